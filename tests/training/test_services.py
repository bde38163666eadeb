from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from catalog.models import Listing, Status, Vertical
from catalog.splits import Split
from labeling.models import Label
from tests.factories import UserFactory
from tests.queues import Queue
from tests.training.rounds import round_in, small_catalogue
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
    assert (round_.status, round_.created_by, round_.stage_count) == (Status.QUEUED, user, 17)
    assert (round_.params["iterations"], round_.params["seed"]) == (2, 7)
    assert (round_.counts, round_.pool) == ({"seed": 2, "gold": 4}, {}), "its first stage counts the pool"
    assert queue.take() == [(TASK, round_.pk)]


def test_what_changes_in_the_catalogue_later_does_not_change_a_round(catalogue: None) -> None:
    round_ = services.round_start()
    Listing.objects.update(title="changed")
    Label.objects.update(values=["blue"])
    frozen = Round.objects.get(pk=round_.pk).inputs["listings"]
    assert {listing["title"] for listing in (*frozen["seed"], *frozen["gold"])} == {""}
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


def _no_labels() -> None:
    Label.objects.all().delete()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_no_catalogue, "the catalogue is empty"),
        (_no_pool, "the pool is empty"),
        (
            _no_labels,
            "no vertical can be used: vertical 'kurta' has no seed labels: label some of its 1 seed",
        ),
    ],
)
def test_a_round_that_could_not_work_is_refused_and_leaves_nothing(
    catalogue: None, spoil: Any, message: str
) -> None:
    spoil()
    with pytest.raises(DataError, match=message):
        services.round_start()
    assert not Round.objects.exists()


def test_a_vertical_that_cannot_be_used_is_left_out_of_the_round(catalogue: None) -> None:
    Label.objects.filter(listing__split=Split.GOLD, listing__vertical__code="kurta").delete()
    round_ = services.round_start()
    assert round_.counts == {"seed": 1, "gold": 2}
    reason = "vertical 'kurta' has no gold labels: label some of its 2 gold listings"
    assert round_.left_out == [{"vertical": "kurta", "name": "kurta", "reason": reason}]
    assert not Listing.objects.filter(vertical__code="kurta", trained_on=True).exists()


def test_a_round_follows_its_strategy_and_preset(catalogue: None) -> None:
    round_ = services.round_start(strategy="sft", preset="gpu80", iterations=3)
    assert (round_.params["strategy"], round_.params["preset"]) == ("sft", "gpu80")
    assert (round_.params["iterations"], round_.stage_count) == (0, 5)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"strategy": "luck"}, "strategy is 'luck': give one of sft_dpo, sft"),
        ({"preset": "abacus"}, "preset is"),
    ],
)
def test_what_is_no_strategy_or_preset_is_refused(asked: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        services.round_params(**asked)


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
    for vertical in {listing["vertical"] for listing in first["listings"]["gold"]}:
        _vertical_delete(vertical)
    small_catalogue()
    second = services.round_start().inputs
    for inputs in (first, second):
        for listings in inputs["listings"].values():
            for listing in listings:
                listing["images"] = [image["sha256"] for image in listing["images"]]
        inputs["sources"] = None  # Primary keys.
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
