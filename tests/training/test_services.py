from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from catalog.models import Image, Listing, Status, Vertical
from catalog.services.ledger import worker_name
from catalog.splits import Split
from labeling.models import Label
from tests.factories import PhotoFactory, UserFactory, VerticalFactory
from tests.queues import Queue
from tests.training.rounds import listing_with_photo, round_in, small_catalogue, stage_of
from training import services
from training.ml.errors import DataError
from training.models import Round

TASK = "training.tasks.round_run"


def test_a_started_round_is_queued_with_its_inputs_and_the_workers_are_told(
    catalogue: None, queue: Queue, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    user = UserFactory.create()
    with django_capture_on_commit_callbacks(execute=True):
        round_ = services.round_start(iterations=2, seed=7, created_by=user)
        assert queue.take() == []
    round_.refresh_from_db()
    assert (round_.status, round_.created_by, round_.stage_count) == (Status.QUEUED, user, 13)
    assert (round_.params["iterations"], round_.params["seed"]) == (2, 7)
    assert round_.inputs["counts"] == {"seed": 2, "gold": 4, "pool": 4}
    assert queue.take() == [(TASK, round_.pk)]


def test_what_changes_in_the_catalogue_later_does_not_change_a_round(catalogue: None) -> None:
    round_ = services.round_start()
    Listing.objects.filter(split=Split.POOL).update(title="changed")
    Label.objects.update(values=["blue"])
    frozen = Round.objects.get(pk=round_.pk).inputs["listings"]
    assert {listing["title"] for listing in frozen["pool"]} == {""}
    assert frozen["gold"][0]["answers"] == {"color": "red", "shape": "red"}


def test_a_queue_that_does_not_answer_fails_the_round_with_the_remedy(
    catalogue: None, no_queue: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        round_ = services.round_start()
    round_.refresh_from_db()
    assert round_.status == Status.FAILED
    assert "REDIS_URL" in round_.error


def _no_catalogue() -> None:
    Listing.objects.all().delete()


def _no_pool() -> None:
    Listing.objects.filter(split=Split.POOL).delete()


def _no_seed_labels() -> None:
    Label.objects.filter(listing__split=Split.SEED, listing__vertical__code="lamp").delete()


def _no_gold_labels() -> None:
    Label.objects.filter(listing__split=Split.GOLD, listing__vertical__code="kurta").delete()


def _pool_of_another_vertical() -> None:
    listing_with_photo(VerticalFactory.create(code="sofa"), "sofa-1", Split.POOL, [])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_no_catalogue, "the catalogue is empty"),
        (_no_pool, "the pool is empty"),
        (_no_seed_labels, "vertical 'lamp' has no seed labels: label some of its 1 seed listings"),
        (_no_gold_labels, "vertical 'kurta' has no gold labels: label some of its 2 gold listings"),
        (_pool_of_another_vertical, "vertical 'sofa' has no seed labels: import labelled listings"),
    ],
)
def test_a_round_that_could_not_work_is_refused_and_leaves_nothing(
    catalogue: None, spoil: Any, message: str
) -> None:
    spoil()
    with pytest.raises(DataError, match=message):
        services.round_start()
    assert not Round.objects.exists()


def test_a_photo_that_is_gone_is_named(catalogue: None) -> None:
    image = Image.objects.get(listing__external_id="lamp-gold-1")
    Image.objects.filter(pk=image.pk).update(photo=PhotoFactory.create(color=(1, 2, 3)))
    Image.objects.get(pk=image.pk).file.delete(save=False)
    with pytest.raises(
        DataError, match="'lamp-gold-1', photo 1: .* is missing from the media storage: import"
    ):
        services.round_start()


def test_a_base_model_that_is_none_is_named(catalogue: None, base_model: Path) -> None:
    (base_model / "config.json").unlink()
    with pytest.raises(DataError, match=f"{base_model} has no config.json .*: set ATTRX_BASE_MODEL"):
        services.round_start()


@pytest.mark.parametrize("iterations", [-1, 21])
def test_iterations_have_bounds(catalogue: None, iterations: int) -> None:
    with pytest.raises(DataError, match="iterations is -?[0-9]+: give a number from 0 to 20"):
        services.round_start(iterations=iterations)


def test_a_round_with_the_same_settings_over_the_same_data_is_found_again(catalogue: None) -> None:
    round_ = services.round_start(iterations=1)
    assert services.round_like(iterations=1, seed=0) == round_.pk
    assert services.round_like(iterations=2, seed=0) is None
    Label.objects.filter(listing__external_id="lamp-gold-1").update(values=["blue"])
    assert services.round_like(iterations=1, seed=0) is None


def test_frozen_inputs_do_not_depend_on_primary_keys(catalogue: None) -> None:
    first = services.round_start().inputs
    Label.objects.all().delete()
    Listing.objects.all().delete()
    for vertical in {listing["vertical"] for listing in first["listings"]["pool"]}:
        _vertical_delete(vertical)
    small_catalogue()
    second = services.round_start().inputs
    for inputs in (first, second):
        for listings in inputs["listings"].values():
            for listing in listings:
                listing["images"] = [image["sha256"] for image in listing["images"]]
    assert first == second


def _vertical_delete(code: str) -> None:
    Vertical.objects.get(code=code).delete()


@pytest.mark.django_db
@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_a_round_that_ended_without_success_can_be_resumed(
    status: Status, queue: Queue, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    round_ = round_in(status)
    with django_capture_on_commit_callbacks(execute=True):
        assert services.round_resume(round_id=round_.pk)
    round_.refresh_from_db()
    assert (round_.status, round_.error, round_.finished) == (Status.QUEUED, "", None)
    assert queue.take() == [(TASK, round_.pk)]


@pytest.mark.django_db
@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING, Status.DONE])
def test_other_rounds_cannot_be_resumed(
    status: Status, queue: Queue, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    round_ = round_in(status)
    with django_capture_on_commit_callbacks(execute=True):
        assert not services.round_resume(round_id=round_.pk)
    round_.refresh_from_db()
    assert round_.status == status
    assert queue.take() == []


@pytest.mark.django_db
def test_a_queued_round_is_cancelled_at_once() -> None:
    round_ = round_in(Status.QUEUED)
    assert services.round_cancel(round_id=round_.pk)
    round_.refresh_from_db()
    assert round_.status == Status.CANCELLED


@pytest.mark.django_db
def test_a_running_round_is_asked_to_end() -> None:
    round_ = round_in(Status.RUNNING)
    assert services.round_cancel(round_id=round_.pk)
    round_.refresh_from_db()
    assert (round_.status, round_.cancel_requested) == (Status.RUNNING, True)


@pytest.mark.django_db
@pytest.mark.parametrize("status", [Status.DONE, Status.FAILED, Status.CANCELLED])
def test_a_round_that_ended_cannot_be_cancelled(status: Status) -> None:
    round_ = round_in(status)
    assert not services.round_cancel(round_id=round_.pk)
    round_.refresh_from_db()
    assert round_.status == status


@pytest.mark.django_db
def test_a_silent_round_is_swept_with_its_stage_and_says_how_to_go_on() -> None:
    round_ = round_in(Status.RUNNING, heartbeat=timezone.now() - timedelta(seconds=61))
    stage = stage_of(round_, Status.RUNNING, "sample", iteration=2)
    assert services.rounds_sweep() == [round_.pk]
    round_.refresh_from_db()
    stage.refresh_from_db()
    assert (round_.status, round_.claim, stage.status) == (Status.FAILED, None, Status.FAILED)
    assert round_.error == stage.error
    assert round_.error == (
        "The worker (process 7 on laptop) stopped answering during iteration 2, sampling chains. "
        "Resume the round to go on from there."
    )


@pytest.mark.django_db
def test_a_round_that_gives_signs_of_life_is_not_swept() -> None:
    round_ = round_in(Status.RUNNING, heartbeat=timezone.now() - timedelta(seconds=50))
    assert services.rounds_sweep() == []
    round_.refresh_from_db()
    assert round_.status == Status.RUNNING


@pytest.mark.django_db
@pytest.mark.parametrize("status", [Status.QUEUED, Status.DONE, Status.FAILED, Status.CANCELLED])
def test_only_running_rounds_are_swept(status: Status) -> None:
    long_ago = timezone.now() - timedelta(days=1)
    round_ = round_in(status, heartbeat=None if status == Status.QUEUED else long_ago)
    assert services.rounds_sweep() == []
    round_.refresh_from_db()
    assert round_.status == status


@pytest.mark.django_db
def test_a_silent_round_that_was_to_be_cancelled_is_cancelled() -> None:
    long_ago = timezone.now() - timedelta(days=1)
    round_ = round_in(Status.RUNNING, heartbeat=long_ago, cancel_requested=True)
    assert services.rounds_sweep() == [round_.pk]
    round_.refresh_from_db()
    assert (round_.status, round_.cancel_requested, round_.error) == (Status.CANCELLED, False, "")


@pytest.mark.django_db
def test_a_worker_that_is_known_to_be_gone_loses_its_rounds_and_no_others() -> None:
    gone = round_in(Status.RUNNING, worker=worker_name(12345))
    other = round_in(Status.RUNNING, worker=worker_name(12346))
    assert services.worker_gone(pid=12345) == [gone.pk]
    for round_, status in ((gone, Status.FAILED), (other, Status.RUNNING)):
        round_.refresh_from_db()
        assert round_.status == status
