"""The log of a training can be read while it grows, and only its end is."""

from dataclasses import replace
from pathlib import Path

from training.ml.steplog import TAIL_BYTES, Step, StepLog, last_steps, worked_seconds


def step(number: int) -> Step:
    return Step(number, loss=1 / number, seconds=float(number), device="cpu", memory=2**20, margin=0.5)


def written(path: Path, count: int) -> StepLog:
    log = StepLog(path)
    log.begin(after=0)
    for number in range(1, count + 1):
        log.add(step(number))
    return log


def test_steps_come_back_as_they_were_added(tmp_path: Path) -> None:
    written(tmp_path / "log.jsonl", 3)
    assert last_steps(tmp_path / "log.jsonl") == [step(1), step(2), step(3)]


def test_a_training_that_has_not_begun_has_no_steps(tmp_path: Path) -> None:
    assert last_steps(tmp_path / "log.jsonl") == []


def test_only_the_end_of_a_long_log_is_read(tmp_path: Path) -> None:
    written(tmp_path / "log.jsonl", 2000)
    steps = last_steps(tmp_path / "log.jsonl")
    assert steps[-1] == step(2000)
    assert 200 < len(steps) < 2000 and (tmp_path / "log.jsonl").stat().st_size > 2 * TAIL_BYTES
    assert [one.step for one in steps] == list(range(2001 - len(steps), 2001))


def test_a_line_that_is_still_being_written_is_left_out(tmp_path: Path) -> None:
    written(tmp_path / "log.jsonl", 2)
    with (tmp_path / "log.jsonl").open("a") as lines:
        lines.write('{"step": 3, "lo')
    assert last_steps(tmp_path / "log.jsonl") == [step(1), step(2)]


def test_a_training_that_goes_on_replaces_the_steps_it_repeats(tmp_path: Path) -> None:
    written(tmp_path / "log.jsonl", 5)
    again = StepLog(tmp_path / "log.jsonl")
    again.begin(after=3)
    again.add(step(4))
    assert [one.step for one in last_steps(tmp_path / "log.jsonl")] == [1, 2, 3, 4]


def test_the_seconds_of_a_training_that_went_on_are_those_of_both_parts(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    log = written(path, 5)
    log.begin(after=3)
    for number, seconds in ((4, 0.5), (5, 1.5)):
        log.add(replace(step(number), seconds=seconds))
    assert worked_seconds(path) == 3 + 1.5, "what was done again counts once"
    assert worked_seconds(tmp_path / "none.jsonl") == 0
