"""What benchmark_scaling makes of what it measured; the measurement itself takes minutes."""

import pytest
from django.core.management import CommandError

from catalog.models import Status
from tests.training.rounds import round_in, stage_of
from training.management.commands.benchmark_scaling import Scaling, is_past, rate, where_is

GOOD = Scaling(one=50.0, two=95.0, on_celery=105.0, in_one_process=100.0, plain=1.95)


def test_both_targets_are_judged() -> None:
    assert (GOOD.ratio, GOOD.overhead, GOOD.is_met) == (1.9, 1.05, True)
    assert not Scaling(one=50.0, two=85.0, on_celery=105.0, in_one_process=100.0, plain=1.95).is_met
    assert not Scaling(one=50.0, two=95.0, on_celery=115.0, in_one_process=100.0, plain=1.95).is_met


def test_people_and_machines_read_the_same_figures() -> None:
    assert GOOD.text == (
        "sampling: 50.0 questions/s with one worker, 95.0 with two: 1.90 times\n"
        "without a queue: two processes that share nothing draw 1.95 times what one does\n"
        "the round: 105.0 s on Celery, 100.0 s in one process: 1.050 times"
    )
    assert GOOD.summary() == {
        "ratio": 1.9,
        "plain_ratio": 1.95,
        "overhead": 1.05,
        "round_seconds": 105.0,
        "met": True,
    }


@pytest.mark.django_db
def test_the_rate_is_that_of_the_sampling_stage() -> None:
    round_ = round_in(Status.RUNNING)
    stage_of(round_, Status.DONE, "zero_shot", done=80, total=80)
    stage_of(round_, Status.DONE, "sample", 1, done=60, total=60)
    progress = where_is(round_.pk)
    assert rate(progress) == 20.0, "stage_of ends a stage after three seconds"
    assert is_past(progress, "sample") and not is_past(progress, "dpo")


@pytest.mark.django_db
def test_a_stage_that_runs_is_not_past() -> None:
    round_ = round_in(Status.RUNNING)
    stage_of(round_, Status.RUNNING, "sample", 1, done=1, total=60)
    assert not is_past(where_is(round_.pk), "sample")


@pytest.mark.django_db
def test_a_round_that_took_no_time_has_no_rate() -> None:
    round_ = round_in(Status.RUNNING)
    stage_of(round_, Status.RUNNING, "sample", 1)
    with pytest.raises(CommandError, match="--per-vertical"):
        rate(where_is(round_.pk))
