"""What somebody wants to know becomes an ask, and its chains become answers with what they are worth."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from PIL import Image
from prometheus_client import REGISTRY
from pytest_django.fixtures import Settings

from catalog.imaging.fetch import Fetcher
from tests.factories import photo_bytes
from tests.fakes import FakeSampler
from tests.training.predicting.working import askable, working
from tests.training.rounds import model_folder, version_of
from tests.training.routed import World, dry_run
from training.ml.calibration import Calibration
from training.models import Routing
from training.predicting import asking, queue
from training.predicting.asking import Predicted, Prediction, predict
from training.predicting.queue import Unanswered
from training.predicting.wanted import Impossible, Wanted, Wrong
from training.services import routings

pytestmark = pytest.mark.django_db
PHOTO = photo_bytes()


@pytest.fixture
def world() -> World:
    """A champion with predictions, its adapter's folder, and a listing with a photo."""
    return askable(World())


@pytest.fixture
def sampler(redis: Any, world: World) -> Iterator[FakeSampler]:
    with working(redis) as sampler:
        yield sampler


def by_code(found: Prediction) -> dict[str, Predicted]:
    return {one.attribute: one for one in found.answers}


def confirmed(world: World, by: Any) -> Routing:
    routing = dry_run(world)
    routings.routing_confirm(routing_id=routing.pk, by=by)
    return routing


@pytest.mark.usefixtures("sampler")
def test_photos_are_answered_in_the_words_and_codes_of_the_schema(world: World) -> None:
    found = predict(Wanted(vertical="kurta", photos=[PHOTO], title="A blue one"))
    assert (found.version, found.vertical, found.chains) == (world.version, "kurta", 8)
    answers = by_code(found)
    assert list(answers) == ["color", "shape"]
    color = answers["color"]
    assert color.said in ("red", "blue") and color.values == [color.said]
    assert sum(color.counts.values()) == len(color.chains) == 8
    assert color.agreement == color.counts[color.said] / 8
    assert (color.confidence, color.accepted) == (None, None) and "no routing" in color.why


@pytest.mark.usefixtures("world")
def test_who_asks_the_same_again_is_answered_the_same(sampler: FakeSampler) -> None:
    wanted = Wanted(vertical="kurta", photos=[PHOTO, photo_bytes((1, 2, 3))])
    one, again = predict(wanted), predict(wanted)
    assert one.answers == again.answers
    other = predict(Wanted(vertical="kurta", photos=[PHOTO, photo_bytes((1, 2, 3))], title="Another"))
    assert other.answers != one.answers
    assert sampler.asked[0] == sampler.asked[1] != sampler.asked[2]


def test_a_listing_is_asked_as_its_round_asked_it(world: World, sampler: FakeSampler) -> None:
    listing = world.listings[0]
    found = predict(Wanted(listing=listing.external_id, attributes=["shape"], chains=3))
    assert sampler.asked == [[f"{listing.external_id}/Shape"]]
    assert list(by_code(found)) == ["shape"] and found.chains == 3
    assert found.photos == []


def test_answers_are_accepted_and_sure_as_the_current_routing_says(
    world: World, sampler: FakeSampler, admin_user: Any
) -> None:
    sampler.sure = lambda question: question.listing.title == "sure"
    routing = confirmed(world, admin_user)
    least = routing.thresholds.get(attribute=world.color).threshold
    assert least is not None and routing.thresholds.get(attribute=world.shape).threshold is None
    calibration = Calibration.from_json(routing.calibration["policy"]["calibration"])
    accepted = []
    for title in ("sure", "unsure"):
        found = predict(Wanted(vertical="kurta", photos=[PHOTO], title=title))
        assert found.routing == routing.pk
        answers = by_code(found)
        color, shape = answers["color"], answers["shape"]
        assert color.accepted == (color.agreement >= least) and shape.accepted is False
        assert color.confidence == calibration.probability("kurta", "color", color.agreement)
        assert not color.why
        accepted.append(color.accepted)
    assert accepted == [True, False]
    fewer = by_code(predict(Wanted(vertical="kurta", photos=[PHOTO], chains=4)))["color"]
    assert (fewer.confidence, fewer.accepted) == (None, None)
    assert "calibrated for 8 chains" in fewer.why


@pytest.mark.usefixtures("sampler")
def test_another_version_has_no_confidence(world: World, admin_user: Any) -> None:
    confirmed(world, admin_user)
    other = version_of(world.version.round, iteration=1)
    found = predict(Wanted(vertical="kurta", photos=[PHOTO], version=other.pk))
    assert found.version == other and found.routing is None
    assert by_code(found)["color"].confidence is None


@pytest.mark.usefixtures("sampler", "world")
@pytest.mark.parametrize(
    ("wanted", "field", "said"),
    [
        (Wanted(listing="nowhere"), "listing", "no listing 'nowhere'"),
        (Wanted(listing="pool-001"), "listing", "has no photos"),
        (Wanted(vertical="lamp", photos=[PHOTO]), "vertical", "it knows kurta"),
        (Wanted(vertical="kurta", photos=[PHOTO], attributes=["size"]), "attributes", "color, shape"),
        (Wanted(vertical="kurta"), "photos", "give 1 to 8 photos"),
        (Wanted(vertical="kurta", photos=[PHOTO] * 9), "photos", "give 1 to 8 photos"),
        (Wanted(vertical="kurta", photos=[PHOTO, b"<html>"]), "photos", "number 2 cannot be used"),
        (Wanted(vertical="kurta", urls=["ftp://host/a.jpg"]), "urls", "number 1 is no http"),
        (Wanted(vertical="kurta", urls=["http://127.0.0.1/a.jpg"]), "urls", "number 1 cannot be used"),
        (Wanted(vertical="kurta", photos=[PHOTO], version=987), "version", "no model version 987"),
    ],
)
def test_what_cannot_be_used_is_named(wanted: Wanted, field: str, said: str) -> None:
    with pytest.raises(Wrong) as wrong:
        predict(wanted)
    assert wrong.value.field == field and said in wrong.value.problem


@pytest.mark.usefixtures("sampler", "world")
def test_photos_that_are_too_large_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MOST_BYTES", len(PHOTO) + 1)
    with pytest.raises(Wrong, match="save them smaller"):
        predict(Wanted(vertical="kurta", photos=[PHOTO, PHOTO]))


@pytest.mark.usefixtures("sampler")
def test_a_photo_that_lies_on_its_side_is_shown_upright(world: World) -> None:
    image, target = Image.new("RGB", (20, 10)), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(target, "JPEG", exif=exif)
    [shown] = predict(Wanted(vertical="kurta", photos=[target.getvalue()])).photos
    with Image.open(io.BytesIO(shown)) as found:
        assert found.size == (10, 20)


def test_without_a_champion_there_is_nobody_to_ask(redis: Any) -> None:
    with working(redis), pytest.raises(Impossible, match="no champion yet"):
        predict(Wanted(vertical="kurta", photos=[PHOTO]))


def test_a_version_whose_files_are_gone_cannot_answer(redis: Any, tmp_path: Path, settings: Settings) -> None:
    World(pool=1, gold=1)
    settings.ATTRX_ARTIFACTS_DIR = model_folder(tmp_path / "elsewhere")
    with working(redis), pytest.raises(Impossible, match="missing from the artifacts"):
        predict(Wanted(vertical="kurta", photos=[PHOTO]))


@pytest.mark.usefixtures("redis", "world")
def test_without_a_worker_photos_are_not_even_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []
    monkeypatch.setattr(Fetcher, "fetch", lambda self, address: fetched.append(address))
    with pytest.raises(Unanswered, match="no model worker runs"):
        predict(Wanted(vertical="kurta", urls=["https://example.com/a.jpg"]))
    assert fetched == []


@pytest.mark.usefixtures("sampler", "world")
def test_a_process_keeps_threads_for_its_pages() -> None:
    waiters = django_settings.ATTRX_PREDICT_WAITERS
    held = [asking.WAITERS.acquire(blocking=False) for _ in range(waiters)]
    try:
        assert all(held)
        with pytest.raises(Unanswered, match="ask again soon"):
            predict(Wanted(vertical="kurta", photos=[PHOTO]))
    finally:
        for _ in range(waiters):
            asking.WAITERS.release()
    assert predict(Wanted(vertical="kurta", photos=[PHOTO])).answers


@pytest.mark.usefixtures("world")
def test_what_the_model_cannot_do_is_told(redis: Any) -> None:
    def fail(questions: Any) -> None:
        raise RuntimeError("out of memory")

    with working(redis, FakeSampler(before=fail)), pytest.raises(Impossible, match="out of memory"):
        predict(Wanted(vertical="kurta", photos=[PHOTO]))


@pytest.mark.usefixtures("world")
def test_what_became_of_requests_is_counted(redis: Any) -> None:
    def count(outcome: str) -> float:
        return REGISTRY.get_sample_value("attrx_predict_requests_total", {"outcome": outcome}) or 0

    before = {outcome: count(outcome) for outcome in ("answered", "refused", "unanswered")}
    timed = REGISTRY.get_sample_value("attrx_predict_seconds_count") or 0
    with pytest.raises(Unanswered):
        predict(Wanted(vertical="kurta", photos=[PHOTO]))
    with working(redis):
        predict(Wanted(vertical="kurta", photos=[PHOTO]))
        with pytest.raises(Wrong):
            predict(Wanted(vertical="kurta"))
    assert {outcome: count(outcome) - was for outcome, was in before.items()} == dict.fromkeys(before, 1)
    assert REGISTRY.get_sample_value("attrx_predict_seconds_count") == timed + 1
