"""What lost its worker goes back to the queue, and what waits is told of."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from catalog.models import Status
from catalog.services.ledger import worker_name
from tests.queues import Queue
from tests.training.rounds import round_in, shard_of, stage_of
from training import services
from training.models import Round, RoundStage, Shard
from training.services.shards import MOST_ATTEMPTS

pytestmark = pytest.mark.django_db

ROUND_RUN, SHARD_RUN = "training.tasks.round_run", "training.tasks.shard_run"
LONG_AGO = timedelta(seconds=61)


def test_a_silent_round_waits_for_another_worker_with_its_stage(
    queue: Queue, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    round_ = round_in(Status.RUNNING, heartbeat=timezone.now() - LONG_AGO)
    stage = stage_of(round_, Status.RUNNING, "sample", iteration=2)
    with django_capture_on_commit_callbacks(execute=True):
        assert services.rounds_sweep() == [round_.pk]
    round_.refresh_from_db()
    stage.refresh_from_db()
    assert (round_.status, round_.claim, round_.worker) == (Status.QUEUED, None, "")
    assert (stage.status, stage.finished) == (Status.QUEUED, None)
    assert queue.take() == [(ROUND_RUN, round_.pk)]


def test_a_stage_that_keeps_ending_its_workers_fails_the_round_with_a_remedy() -> None:
    round_ = round_in(Status.RUNNING, heartbeat=timezone.now() - LONG_AGO)
    stage = stage_of(round_, Status.RUNNING, "sft", attempts=MOST_ATTEMPTS, done=3, reached=3)
    assert services.rounds_sweep() == [round_.pk]
    round_.refresh_from_db()
    stage.refresh_from_db()
    assert (round_.status, stage.status) == (Status.FAILED, Status.FAILED)
    assert round_.error == stage.error
    assert round_.error.startswith(
        "The worker (process 7 on laptop) stopped answering during SFT. "
        f"That was attempt {MOST_ATTEMPTS}, and none got further."
    )
    services.round_resume(round_id=round_.pk)
    assert RoundStage.objects.get().attempts == 0


def test_a_stage_that_gets_further_each_time_goes_on() -> None:
    round_ = round_in(Status.RUNNING, heartbeat=timezone.now() - LONG_AGO)
    stage_of(round_, Status.RUNNING, "sft", attempts=MOST_ATTEMPTS, done=4, total=9, reached=3)
    services.rounds_sweep()
    round_.refresh_from_db()
    assert round_.status == Status.QUEUED


def test_a_round_that_gives_signs_of_life_is_not_swept() -> None:
    round_ = round_in(Status.RUNNING, heartbeat=timezone.now() - timedelta(seconds=50))
    assert services.rounds_sweep() == []
    round_.refresh_from_db()
    assert round_.status == Status.RUNNING


@pytest.mark.parametrize("status", [Status.QUEUED, Status.DONE, Status.FAILED, Status.CANCELLED])
def test_only_running_rounds_are_swept(status: Status) -> None:
    long_ago = timezone.now() - timedelta(days=1)
    round_ = round_in(status, heartbeat=None if status == Status.QUEUED else long_ago)
    assert services.rounds_sweep() == []
    round_.refresh_from_db()
    assert round_.status == status


def test_a_silent_round_that_was_to_be_cancelled_is_cancelled() -> None:
    round_ = round_in(Status.RUNNING, heartbeat=timezone.now() - LONG_AGO, cancel_requested=True)
    assert services.rounds_sweep() == [round_.pk]
    round_.refresh_from_db()
    assert (round_.status, round_.cancel_requested, round_.error) == (Status.CANCELLED, False, "")


def test_a_worker_that_is_known_to_be_gone_loses_its_rounds_and_shards_and_no_others() -> None:
    gone = round_in(Status.RUNNING, worker=worker_name(12345))
    other = round_in(Status.RUNNING, worker=worker_name(12346))
    stage = stage_of(other, Status.RUNNING, "sample", iteration=1)
    lost = shard_of(stage, Status.RUNNING, 0, worker=worker_name(12345))
    kept = shard_of(stage, Status.RUNNING, 1, worker=worker_name(12346))
    assert services.worker_gone(pid=12345) == [gone.pk]
    for row, status in (
        *((gone, Status.QUEUED), (other, Status.RUNNING)),
        *((lost, Status.QUEUED), (kept, Status.RUNNING)),
    ):
        row.refresh_from_db()
        assert row.status == status


def test_a_silent_shard_goes_back_to_the_queue_and_fails_in_the_end() -> None:
    stage = stage_of(round_in(Status.RUNNING), Status.RUNNING, "sample", iteration=1)
    silent = {"heartbeat": timezone.now() - LONG_AGO}
    first = shard_of(stage, Status.RUNNING, 0, attempts=1, **silent)
    last = shard_of(stage, Status.RUNNING, 1, attempts=MOST_ATTEMPTS, **silent)
    services.rounds_sweep()
    first.refresh_from_db()
    last.refresh_from_db()
    assert (first.status, first.claim, first.attempts) == (Status.QUEUED, None, 1)
    assert last.status == Status.FAILED
    assert "resume the round" in last.error


def test_what_waits_is_told_of_again(queue: Queue) -> None:
    waiting = round_in(Status.QUEUED)
    stage = stage_of(round_in(Status.RUNNING), Status.RUNNING, "sample", iteration=1)
    for number, status in enumerate((Status.QUEUED, Status.QUEUED, Status.DONE, Status.RUNNING)):
        shard_of(stage, status, number)
    services.rounds_remind()
    assert queue.take() == [(ROUND_RUN, waiting.pk), (SHARD_RUN, stage.pk), (SHARD_RUN, stage.pk)]


def test_a_queue_that_is_away_does_no_harm_to_what_waits(no_queue: None) -> None:
    round_in(Status.QUEUED)
    services.rounds_remind()
    assert Round.objects.get().status == Status.QUEUED


def test_a_round_that_is_cancelled_while_it_waits_ends_with_its_shards() -> None:
    round_ = round_in(Status.QUEUED)
    stage = stage_of(round_, Status.QUEUED, "sample", iteration=1, finished=None)
    for number, status in enumerate((Status.QUEUED, Status.RUNNING, Status.DONE)):
        shard_of(stage, status, number)
    assert services.round_cancel(round_id=round_.pk)
    stage.refresh_from_db()
    assert stage.status == Status.FAILED
    assert [row.status for row in Shard.objects.all()] == [Status.CANCELLED, Status.CANCELLED, Status.DONE]


def test_the_round_that_has_waited_longest_has_the_next_turn() -> None:
    now = timezone.now()
    seen = round_in(Status.QUEUED, heartbeat=now + timedelta(minutes=5))
    new = round_in(Status.QUEUED)
    turns = [services.round_claim_next(worker="process 1 on laptop") for _ in range(3)]
    assert [turn.pk if turn else None for turn in turns] == [new.pk, seen.pk, None]
