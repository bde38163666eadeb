"""The first stage of a round: the pool as it is then, whole or not at all."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from django.conf import settings

from catalog.imaging.storage import media_delete
from catalog.models import Image, Listing, Status, Vertical
from catalog.splits import Split
from tests.factories import ImageFactory, PhotoFactory
from tests.fakes import FakeStages
from tests.training.rounds import listing_with_photo
from training import inputs, jobs, services
from training.inputs import pool
from training.ml.errors import DataError
from training.ml.pool import Row, pool_rows
from training.models import Round, RoundStage
from training.snapshots import snapshot

pytestmark = pytest.mark.usefixtures("catalogue")


def folder_of(round_: Round) -> Path:
    return Path(settings.ATTRX_ARTIFACTS_DIR) / round_.artifact_path / "0-snapshot"


def taken(round_: Round) -> list[str]:
    """The listings of the round's snapshot, taken now."""
    snapshot(round_.pk, folder_of(round_))
    return [row["listing_id"] for row in pool_rows(folder_of(round_) / "pool")]


def run(round_: Round) -> Round:
    claim = services.round_claim(round_id=round_.pk, worker="process 1 on laptop")
    assert claim is not None
    jobs.run_round(claim, run_stage=FakeStages())
    return Round.objects.get(pk=round_.pk)


def learned_from() -> set[str]:
    return set(Listing.objects.filter(trained_on=True).values_list("external_id", flat=True))


SEEDS = {"kurta-seed-0", "lamp-seed-0"}
POOL = ["kurta-pool-0", "kurta-pool-1", "lamp-pool-0", "lamp-pool-1"]


def test_the_ledger_says_what_was_frozen() -> None:
    round_ = run(services.round_start(iterations=0))
    assert round_.status == Status.DONE
    assert round_.counts == {"seed": 2, "gold": 4, "pool": 4}
    assert round_.questions == {"seed": 4, "gold": 8, "pool": 8}
    assert round_.pool == {"listings": 4, "sha256": inputs.pool_now(round_.inputs).sha256}
    stage = RoundStage.objects.get(round=round_, name="snapshot")
    assert (stage.status, stage.result["sha256"]) == (Status.DONE, round_.pool["sha256"])


def test_the_click_notes_the_seed_and_the_snapshot_the_pool() -> None:
    round_ = services.round_start()
    assert learned_from() == SEEDS
    taken(round_)
    assert learned_from() == SEEDS | set(POOL)


def test_a_pool_that_is_only_predicted_is_not_learned_from() -> None:
    assert taken(services.round_start(strategy="sft")) == POOL
    assert learned_from() == SEEDS


def test_the_pool_is_that_of_the_snapshot_not_of_the_click() -> None:
    round_ = services.round_start()
    lamp = Vertical.objects.get(code="lamp")
    listing_with_photo(lamp, "new", Split.POOL, [])
    Listing.objects.filter(external_id="kurta-pool-0").delete()
    Listing.objects.filter(external_id="kurta-pool-1").update(retired=True)
    Listing.objects.filter(external_id="lamp-pool-0").update(split=Split.GOLD)
    other = Vertical.objects.create(code="sofa", label="Sofa")
    listing_with_photo(other, "sofa", Split.POOL, [])
    assert taken(round_) == ["lamp-pool-1", "new"]
    assert "lamp-pool-0" not in learned_from()


def test_what_the_round_measures_by_is_never_in_its_pool() -> None:
    round_ = services.round_start()
    gold = Listing.objects.get(external_id="lamp-gold-0")
    Listing.objects.filter(pk=gold.pk).update(split=Split.POOL)
    twin = listing_with_photo(gold.vertical, "twin", Split.POOL, [])
    Listing.objects.filter(pk=twin.pk).update(group_key=gold.group_key)
    assert taken(round_) == POOL


def test_what_is_frozen_stays_though_the_catalogue_changes() -> None:
    round_ = services.round_start()
    before = taken(round_)
    Listing.objects.filter(split=Split.POOL).delete()
    assert taken(round_) == before


def test_a_listing_without_its_photo_is_left_out_with_the_reason() -> None:
    photo = PhotoFactory.create(file="gone.png", sha256="f" * 64)
    for name in ("kurta-pool-0", "kurta-pool-1"):
        ImageFactory.create(listing=Listing.objects.get(external_id=name), position=2, photo=photo)
    media_delete("gone.png")
    round_ = run(services.round_start(iterations=0))
    assert round_.counts["pool"] == 2
    [one] = round_.left_out
    assert (one["vertical"], one["reason"]) == (
        "kurta",
        "2 of its pool listings are not used, because a photo is missing from the media storage, as gone.png "
        "of listing 'kurta-pool-0': import the folder of this listing again",
    )
    assert "kurta-pool-0" not in learned_from()


def test_a_pool_of_which_nothing_is_left_fails_the_round() -> None:
    round_ = services.round_start()
    Listing.objects.filter(split=Split.POOL).delete()
    failed = run(round_)
    assert (failed.status, failed.counts) == (Status.FAILED, {"seed": 2, "gold": 4})
    assert "the pool is empty: import unlabelled listings" in failed.error
    assert not folder_of(round_).exists()


def test_a_worker_that_dies_in_it_leaves_nothing_and_another_begins_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "BATCH", 2)
    round_ = services.round_start()

    def die(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        snapshot(round_.pk, folder_of(round_), progress=die)
    assert not list(folder_of(round_).parent.iterdir())
    assert learned_from() == {*SEEDS, *POOL[:2]}, "as far as it came"
    assert taken(round_) == POOL


def test_rows_come_batch_by_batch_as_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = services.round_start().inputs
    at_once: list[Row] = list(inputs.PoolRows(frozen))
    monkeypatch.setattr(pool, "BATCH", 3)
    taken: list[int] = []

    def take(listing_ids: Sequence[int]) -> Sequence[int]:
        taken.append(len(listing_ids))
        return listing_ids

    assert list(inputs.PoolRows(frozen, take)) == at_once
    assert taken == [3, 1]


def test_a_round_is_like_another_when_their_pools_are() -> None:
    round_ = run(services.round_start(iterations=1))
    assert services.round_like(iterations=1, seed=0) == round_.pk
    Listing.objects.filter(external_id="lamp-pool-0").update(title="changed")
    assert services.round_like(iterations=1, seed=0) is None
    waiting = services.round_start(iterations=1)
    assert services.round_like(iterations=1, seed=0) == waiting.pk, "it will freeze what is there now"


def test_the_folder_says_what_is_in_it() -> None:
    round_ = run(services.round_start(iterations=1))
    result = json.loads((folder_of(round_) / "result.json").read_text())
    assert (result["listings"], result["questions"], result["left_out"]) == (4, 8, [])


def test_an_adapter_says_which_pool_it_learned_from() -> None:
    first = run(services.round_start(iterations=1)).versions.earliest("pk")
    Listing.objects.filter(external_id="lamp-pool-0").update(title="changed")
    second = run(services.round_start(iterations=1)).versions.earliest("pk")
    assert first.manifest["inputs_sha256"] != second.manifest["inputs_sha256"]


def test_a_round_needs_a_pool_to_learn_from_at_the_click() -> None:
    Image.objects.filter(listing__split=Split.POOL).delete()
    with pytest.raises(DataError, match="the pool is empty"):
        services.round_start()
