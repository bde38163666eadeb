"""What kills cost is told from what workers reported."""

import pytest

from training.ml.redone import Kill, Report, cost_of, losses, paces, restarts


def reports(
    stage: str, *rows: tuple[float, int], shard: int | None = None, process: int = 1, total: int = 10
) -> list[Report]:
    """An attempt's reports from (seconds, done)."""
    attempt = f"{process}-{stage}-{shard}-{rows[0][0]}"
    return [Report(process, attempt, stage, shard, at, done, total) for at, done in rows]


CALM = [
    *reports("1-sample", (0, 0), (2, 10), shard=0),
    *reports("1-sample", (3, 0), (5, 10), shard=1),
    *reports("1-dpo", (10, 0), (13, 1), (15, 2), (17, 3), (19, 4), total=4),
]


def test_a_stage_s_pace_is_that_of_its_attempts() -> None:
    pace = paces(CALM)
    assert (pace["1-sample"].seconds, pace["1-sample"].per_unit, pace["1-sample"].longest) == (4, 0.2, 2)
    assert (pace["1-dpo"].seconds, pace["1-dpo"].per_unit, pace["1-dpo"].longest) == (9, 2.25, 3)


def test_a_round_without_kills_does_nothing_again() -> None:
    cost = cost_of(CALM, CALM, kills=[])
    assert (cost.percent, cost.questions_again, cost.steps_again, cost.restarts) == (0, 0, 0, ())
    assert (cost.seconds, cost.questions, cost.steps) == (13, 20, 4)
    assert (cost.restart_mean, cost.restart_longest) == (0, 0)


def test_a_batch_that_was_not_done_is_lost_as_far_as_it_was() -> None:
    killed = [
        *reports("1-sample", (0, 0), shard=0),
        *reports("1-sample", (8, 0), (10, 10), shard=0, process=2),
    ]
    [loss] = losses(killed, [Kill(1, 1.5)], paces(CALM))
    assert (loss.stage, loss.shard, loss.units, loss.seconds) == ("1-sample", 0, 0, 1.5)


def test_a_worker_that_waited_before_it_was_killed_lost_a_batch_at_most() -> None:
    """The database was locked meanwhile: nobody drew chains."""
    killed = [*reports("1-sample", (0, 0), shard=0), *reports("1-sample", (90, 0), shard=0, process=2)]
    [loss] = losses(killed, [Kill(1, 60)], paces(CALM))
    assert loss.seconds == 2


def test_a_shard_that_was_drawn_and_not_written_is_lost_whole() -> None:
    killed = [
        *reports("1-sample", (0, 0), (5, 10), shard=0),
        *reports("1-sample", (6, 0), shard=0, process=2),
    ]
    [loss] = losses(killed, [Kill(1, 5.5)], paces(CALM))
    assert loss.units == 10
    assert loss.seconds == pytest.approx(2.0)


def test_a_training_loses_its_steps_since_the_checkpoint() -> None:
    killed = [
        *reports("1-dpo", (0, 0), (2, 1), (4, 2), (6, 3), total=4),
        *reports("1-dpo", (20, 2), (22, 3), (24, 4), total=4, process=2),
    ]
    [loss] = losses(killed, [Kill(1, 7)], paces(CALM))
    assert (loss.shard, loss.units, loss.seconds) == (None, 1, 2.25 + 1)


def test_a_training_that_is_killed_twice_loses_twice() -> None:
    killed = [
        *reports("1-dpo", (0, 0), (2, 1), total=4),
        *reports("1-dpo", (10, 0), (12, 1), process=2, total=4),
        *reports("1-dpo", (20, 1), (22, 2), process=3, total=4),
    ]
    found = losses(killed, [Kill(1, 2), Kill(2, 12)], paces(CALM))
    assert [loss.units for loss in found] == [1, 0]


def test_a_stage_that_the_undisturbed_round_had_not_costs_nothing() -> None:
    killed = [*reports("2-dpo", (0, 0), (2, 1)), *reports("2-dpo", (9, 0), process=2)]
    assert [loss.seconds for loss in losses(killed, [Kill(1, 3)], paces(CALM))] == [0]


def test_a_restart_ends_with_the_next_worker_s_first_report() -> None:
    ordered = [*reports("1-dpo", (0, 0), (2, 1)), *reports("1-dpo", (9, 1), (11, 2), process=2)]
    assert restarts(ordered, [Kill(1, 2.5)]) == [6.5]
    assert restarts(ordered, [Kill(1, 2.5), Kill(2, 12)]) == [6.5], "nothing follows the second"
