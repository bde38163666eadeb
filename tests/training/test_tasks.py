from datetime import timedelta

import pytest
from celery import current_app
from django.conf import settings
from django.utils import timezone

from catalog.models import Status
from tests.queues import Queue
from tests.training.rounds import round_in, shard_of, stage_of
from training import tasks
from training.models import Round, Shard
from training.services.rounds import ROUND_RUN
from training.services.shards import SHARD_RUN

pytestmark = pytest.mark.django_db


def test_the_tasks_have_the_names_that_services_and_schedule_use() -> None:
    current_app.loader.import_default_modules()  # as a worker does
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {ROUND_RUN, SHARD_RUN, *scheduled} <= set(current_app.tasks)


def test_a_message_that_comes_twice_does_nothing_to_a_round_that_runs() -> None:
    round_ = round_in(Status.RUNNING)
    tasks.round_run(round_.pk)
    again = Round.objects.get()
    assert (again.status, again.claim, again.worker) == (Status.RUNNING, round_.claim, round_.worker)


@pytest.mark.parametrize("status", [Status.DONE, Status.FAILED, Status.CANCELLED])
def test_a_message_that_comes_late_does_nothing(status: Status) -> None:
    tasks.round_run(round_in(status).pk)
    assert Round.objects.get().status == status


def test_a_worker_that_is_given_a_round_sweeps_first() -> None:
    silent = round_in(Status.RUNNING, heartbeat=timezone.now() - timedelta(minutes=5))
    tasks.round_run(round_in(Status.DONE).pk)
    assert Round.objects.get(pk=silent.pk).status == Status.QUEUED


def test_the_beat_sweeps_and_tells_of_what_waits(queue: Queue) -> None:
    round_ = round_in(Status.RUNNING, heartbeat=timezone.now() - timedelta(minutes=5))
    tasks.round_sweep()
    assert Round.objects.get().status == Status.QUEUED
    assert queue.take() == [(ROUND_RUN, round_.pk)]


def test_a_shard_that_is_not_waiting_any_more_is_not_drawn() -> None:
    stage = stage_of(round_in(Status.RUNNING), Status.RUNNING, "sample", iteration=1)
    taken = shard_of(stage, Status.RUNNING, 0)
    tasks.shard_run(stage.pk)
    assert Shard.objects.get().claim == taken.claim


def test_a_round_that_waits_goes_before_a_shard(queue: Queue) -> None:
    """This one ends at once: it has no inputs to read."""
    stage = stage_of(round_in(Status.RUNNING), Status.RUNNING, "sample", iteration=1)
    shard_of(stage, Status.QUEUED, 0)
    waiting = round_in(Status.QUEUED)
    tasks.shard_run(stage.pk)
    assert Round.objects.get(pk=waiting.pk).status == Status.FAILED
    assert Shard.objects.get().status == Status.QUEUED
    assert queue.take() == [(SHARD_RUN, stage.pk)]
