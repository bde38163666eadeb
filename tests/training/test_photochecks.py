"""A photo that is gone costs its listing, not the round, and always the same listing."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from pytest_django.asserts import assertContains, assertNotContains

from attrx_web.roles import Role
from catalog.models import Image, Listing, Status
from catalog.splits import Split
from tests.factories import PhotoFactory
from tests.fakes import FakeStages
from tests.training.pages.test_workers import signed_in
from training import jobs, services, sharding
from training.models import Metric, Round
from training.photochecks import FILE
from training.selectors.manifests import round_manifest

pytestmark = pytest.mark.usefixtures("catalogue", "queue")

GOLD = "lamp-gold-0"
NO_PHOTO = b"this is no photo"


@pytest.fixture(autouse=True)
def own_photos(catalogue: None) -> None:
    """A photo for each listing: those of the catalogue share one."""
    for number, image in enumerate(Image.objects.all()):
        image.photo = PhotoFactory.create(color=(number, 7, 7))
        image.save()


def photo_of(external_id: str) -> Path:
    listing = Listing.objects.get(external_id=external_id)
    return Path(default_storage.path(str(listing.images.get().photo.file.name)))


def run(round_: Round) -> Round:
    sharding._prepared.cache_clear()
    claim = services.round_claim(round_id=round_.pk, worker="process 1 on laptop")
    assert claim is not None
    jobs.run_round(claim, run_stage=FakeStages(per_shard=1))
    round_.refresh_from_db()
    return round_


def left_out(round_: Round) -> list[tuple[str, str, str]]:
    path = Path(settings.ATTRX_ARTIFACTS_DIR) / round_.artifact_path / FILE
    return [(one["listing_id"], one["split"], one["reason"]) for one in json.loads(path.read_text())]


def test_a_round_whose_photos_are_there_leaves_nothing_out() -> None:
    round_ = run(services.round_start(iterations=1))
    assert (round_.status, left_out(round_)) == (Status.DONE, [])


@pytest.mark.parametrize("split", [Split.SEED, Split.GOLD])
def test_a_listing_without_its_photo_is_left_out_and_the_round_goes_on(split: Split) -> None:
    round_ = services.round_start(iterations=1)
    listing_id = f"lamp-{split}-0"
    photo_of(listing_id).unlink()
    assert run(round_).status == Status.DONE
    [(found, of_split, reason)] = left_out(round_)
    assert (found, of_split) == (listing_id, split)
    assert reason.endswith("is missing from the media storage")


def test_the_manifest_has_what_the_round_used() -> None:
    round_ = services.round_start(iterations=0)
    photo_of(GOLD).unlink()
    run(round_)
    manifest = round_manifest(round_id=round_.pk)
    assert manifest is not None
    assert GOLD in [row["listing_id"] for row in round_.inputs["listings"]["gold"]]
    assert GOLD not in [row["listing_id"] for row in manifest["inputs"]["listings"]["gold"]]


def test_gold_that_cannot_be_opened_is_not_counted() -> None:
    round_ = services.round_start(iterations=0)
    photo_of(GOLD).write_bytes(NO_PHOTO)
    assert run(round_).status == Status.DONE
    whole = Metric.objects.filter(vertical=None, method="greedy")
    assert {metric.questions for metric in whole} == {6}, "of 8, two are the listing's"
    [(_, _, reason)] = left_out(round_)
    assert "cannot be opened (cannot identify image file" in reason


def test_a_photo_that_is_cut_short_cannot_be_opened() -> None:
    round_ = services.round_start(iterations=0)
    path = photo_of(GOLD)
    path.write_bytes(path.read_bytes()[:45])
    assert run(round_).status == Status.DONE
    assert [found for found, _, _ in left_out(round_)] == [GOLD]


def test_a_vertical_without_any_usable_listing_is_left_out() -> None:
    round_ = services.round_start(iterations=1)
    for image in Image.objects.filter(listing__vertical__code="lamp"):
        Path(default_storage.path(str(image.photo.file.name))).unlink()
    assert run(round_).status == Status.DONE
    assert {found.partition("-")[0] for found, _, _ in left_out(round_)} == {"lamp"}
    verticals = Metric.objects.exclude(vertical=None).values_list("vertical__code", flat=True)
    assert set(verticals) == {"kurta"}


def test_what_is_left_out_stays_so_when_the_photo_comes_back() -> None:
    round_ = services.round_start(iterations=0)
    photo, content = photo_of(GOLD), photo_of(GOLD).read_bytes()
    photo.unlink()
    run(round_)
    photo.write_bytes(content)
    photo_of("kurta-gold-0").unlink()
    sharding._prepared.cache_clear()
    listings = sharding.prepare(round_.pk).run.splits.gold
    assert {one.listing_id for one in listings} == {"lamp-gold-1", "kurta-gold-0", "kurta-gold-1"}


def test_a_storage_that_is_away_fails_the_round_which_can_be_resumed() -> None:
    round_ = services.round_start(iterations=0)
    photos = {photo_of(f"{name}-gold-{number}") for name in ("lamp", "kurta") for number in range(2)}
    kept = {photo: photo.read_bytes() for photo in photos}
    for photo in photos:
        photo.unlink()
    failed = run(round_)
    assert failed.status == Status.FAILED
    assert failed.error.startswith("no gold listing can be used, as listing 'kurta-gold-0': its photo ")
    for photo, content in kept.items():
        photo.write_bytes(content)
    assert services.round_resume(round_id=round_.pk)
    assert (run(round_).status, left_out(round_)) == (Status.DONE, [])


def test_the_round_s_page_names_what_it_left_out() -> None:
    round_ = services.round_start(iterations=0)
    client = signed_in(Role.REVIEWER)
    assertNotContains(client.get(f"/rounds/{round_.pk}/"), "Photos that cannot be used")
    photo_of(GOLD).unlink()
    run(round_)
    page = client.get(f"/rounds/{round_.pk}/")
    assertContains(page, "Photos that cannot be used: 1 listing left out")
    assertContains(page, GOLD)
