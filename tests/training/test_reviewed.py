"""Verdicts in a round's inputs: frozen with their weights, read back, noted by round."""

from dataclasses import replace
from pathlib import Path

import pytest

from catalog.models import Attribute, Image, Listing, Value
from catalog.splits import Split
from labeling.models import Purpose
from tests.training.reviews import pool, verdict
from tests.training.rounds import small_catalogue
from training import inputs
from training.ml.params import LoopParams
from training.ml.pool import write_pool
from training.ml.splits import Splits
from training.ml.strategies import follow
from training.models import Round, VerdictUse
from training.reruns import check_photos
from training.selectors.estimates import sizes_now
from training.selectors.manifests import round_manifest
from training.services import round_start

pytestmark = pytest.mark.django_db

BRIEF = replace(LoopParams(), iterations=1)


@pytest.fixture(autouse=True)
def catalogue() -> None:
    small_catalogue()


def frozen(params: LoopParams = BRIEF) -> inputs.Json:
    return inputs.freeze(params)


def thawed(found: inputs.Json, folder: Path) -> Splits:
    """The splits of a round over these inputs, whose pool is frozen in `folder`."""
    write_pool(folder, inputs.PoolRows(found))
    return inputs.thaw_splits(found, folder)


def test_without_verdicts_nothing_is_reviewed(tmp_path: Path) -> None:
    found = frozen()
    assert (found["reviewed"], found["sources"]["verdicts"]) == ([], [])
    assert thawed(found, tmp_path).reviewed == ()


def test_a_settled_review_is_frozen_with_its_weight_and_stays_in_the_pool(tmp_path: Path) -> None:
    first, second = pool()
    given = verdict(first, "color", "blue", reasoning_wrong=True)
    verdict(first, "shape", "red", evidence_position=1)
    found = frozen()
    [row] = found["reviewed"]
    assert (row["listing_id"], row["answers"]) == (first.external_id, {"color": "blue", "shape": "red"})
    assert row["weights"] == {"color": pytest.approx(0.9), "shape": pytest.approx(0.9)}
    assert row["unreasoned"] == ["color"]
    splits = thawed(found, tmp_path)
    [listing] = splits.reviewed
    assert (listing.answers, listing.weights) == (row["answers"], row["weights"])
    assert listing.unreasoned == {"color"}
    assert listing.images == splits.pool[0].images
    assert {one.listing_id for one in splits.pool} >= {first.external_id, second.external_id}
    assert not any(one.answers for one in splits.pool)
    assert [one["id"] for one in found["sources"]["verdicts"]][0] == given.pk
    labels = [one for one in found["sources"]["labels"] if one["listing_id"] == first.external_id]
    assert [one["attribute"] for one in labels] == ["color", "shape"]


def test_an_audited_question_is_never_learned_from() -> None:
    first, second = pool()
    verdict(first, purpose=Purpose.AUDIT)
    verdict(second)
    verdict(second, purpose=Purpose.AUDIT, by="rob")
    assert frozen()["reviewed"] == []


def test_what_is_disputed_still_is_left_out_and_what_is_adjudicated_is_in() -> None:
    first, _ = pool()
    verdict(first, "color", "blue", settles=False)
    verdict(first, "color", "red", by="rob", settles=False)
    assert frozen()["reviewed"] == []
    verdict(first, "color", "red", by="vera", purpose=Purpose.ADJUDICATION)
    found = frozen()
    [row] = found["reviewed"]
    assert row["answers"] == {"color": "red"}
    assert 0.9 < row["weights"]["color"] < 1
    assert len(found["sources"]["verdicts"]) == 2


def test_what_is_not_asked_any_more_is_left_out() -> None:
    first, second = pool()
    verdict(first, "color", "blue")
    verdict(second, "shape", "red")
    Value.objects.filter(attribute__code="color", code="blue").update(retired=True)
    Attribute.objects.filter(code="shape").update(retired=True)
    assert frozen()["reviewed"] == []


def test_listings_without_photos_or_of_a_gold_group_are_left_out() -> None:
    first, second = pool()
    verdict(first)
    verdict(second)
    Image.objects.filter(listing=first).delete()
    gold = Listing.objects.filter(split=Split.GOLD, vertical=second.vertical).first()
    assert gold
    Listing.objects.filter(pk=second.pk).update(group_key=gold.group_key)
    assert frozen()["reviewed"] == []


@pytest.mark.parametrize("strategy", ["sft", "champion_dpo", "self_training"])
def test_every_strategy_has_them(strategy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    verdict(pool()[0])
    params = follow(BRIEF, strategy)  # type: ignore[arg-type]  # one of them
    monkeypatch.setattr("training.inputs.freezing._champion", lambda params: None)
    assert len(frozen(params)["reviewed"]) == 1


def test_a_round_notes_its_verdicts_and_its_manifest_has_them() -> None:
    first, second = pool()
    given = verdict(first)
    verdict(second, purpose=Purpose.AUDIT)
    round_ = round_start(iterations=1)
    [use] = VerdictUse.objects.all()
    assert (use.round, use.verdict) == (round_, given)
    assert use.weight == pytest.approx(0.9)
    manifest = round_manifest(round_id=round_.pk)
    assert manifest
    assert manifest["inputs"]["reviewed"] == Round.objects.get().inputs["reviewed"]
    check_photos(manifest["inputs"]["reviewed"])


def test_a_round_over_new_verdicts_is_another_round() -> None:
    before = frozen()
    verdict(pool()[0])
    assert not inputs.same_inputs(before, frozen())
    assert inputs.same_inputs(frozen(), frozen())


def test_a_round_that_was_frozen_before_verdicts_can_be_read(tmp_path: Path) -> None:
    old = frozen()
    del old["reviewed"]
    assert thawed(old, tmp_path).reviewed == ()


def test_listings_of_reviews_alone_count_as_learned_from() -> None:
    first, _ = pool()
    verdict(first)
    assert first.external_id in inputs.labelled_to_learn_from(frozen(follow(BRIEF, "sft")))


def test_the_estimate_counts_what_the_round_would_freeze() -> None:
    first, second = pool()
    verdict(first)
    verdict(first, "shape", "red")
    verdict(second, purpose=Purpose.AUDIT)
    verdict(second, "shape", "red", settles=False)
    found = frozen()
    assert sizes_now(BRIEF).reviewed == inputs.reviewed_questions(found) == 2
