"""What arms say over seeds: the study's own figures again, and those that it does not print."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

import pytest

from tests.training.ml.study.ended import study_folder
from training.ml.study.arms import COLLAPSE, FIRST, LOOP, MAIN
from training.ml.study.paired import Measure, Paired, paired
from training.ml.study.recorded import Recorded, read_study

Key = tuple[str, str, Measure, str]


@pytest.fixture
def study(tmp_path: Path) -> Recorded:
    return read_study(study_folder(tmp_path, seeds=(1, 2, 3), groups=(MAIN, "pool")))


@pytest.fixture
def figures(study: Recorded) -> dict[Key, Paired]:
    found = paired(study)
    named = {(one.arm, one.step, one.measure, one.vertical): one for one in found}
    assert len(named) == len(found)
    return named


def test_steps_have_the_means_and_intervals_that_the_study_printed(
    study: Recorded, figures: dict[Key, Paired]
) -> None:
    rows = study.document["summary"]["steps"]
    assert rows
    for row in rows:
        for measure in (Measure.GREEDY, Measure.MAJORITY, Measure.HEAD_ROOM, Measure.GAIN):
            told = figures[row["arm"], row["step"], measure, ""].points
            assert {name: getattr(told, name) for name in ("mean", "low", "high", "seeds")} == row[measure]


def test_arms_are_held_against_the_loop_seed_by_seed(study: Recorded, figures: dict[Key, Paired]) -> None:
    line = study.line
    against = figures["self_training", "3", Measure.AGAINST_LOOP, ""].points
    assert against.mean == -line["vs_self_training"]
    assert [against.low, against.high] == [-end for end in reversed(line["vs_self_training_interval"])]
    assert (LOOP, "3", Measure.AGAINST_LOOP, "") not in figures
    assert ("self_training", "2", Measure.AGAINST_LOOP, "") not in figures


def test_verticals_have_the_loops_gain_with_its_interval(study: Recorded, figures: dict[Key, Paired]) -> None:
    found = {vertical: one.points for (*_, vertical), one in figures.items() if vertical}
    assert {vertical: one.mean for vertical, one in found.items()} == study.line["verticals"]
    assert all(one.low is not None and one.low < one.mean for one in found.values())


def test_an_arm_that_some_seeds_lack_is_paired_on_those_it_has(study: Recorded) -> None:
    runs = tuple(run for run in study.runs if (run.arm, run.seed) != ("self_training", 2))
    some = Recorded(study.document, study.source, study.arms, runs)
    [against] = [
        one for one in paired(some) if one.arm == "self_training" and one.measure is Measure.AGAINST_LOOP
    ]
    last = {(run.arm, run.seed): run.last.greedy for run in runs}
    wanted = mean(last["self_training", seed] - last[LOOP, seed] for seed in (1, 3))
    assert against.points.seeds == 2
    assert against.points.mean == pytest.approx(100 * wanted, abs=0.01)


def test_an_arm_without_runs_has_no_figures(study: Recorded) -> None:
    runs = tuple(run for run in study.runs if run.arm in (FIRST, LOOP))
    assert {one.arm for one in paired(Recorded(study.document, {}, study.arms, runs))} == {FIRST, LOOP}


def test_an_arm_with_gold_of_its_own_is_held_against_its_own_sft_alone(tmp_path: Path) -> None:
    study = read_study(study_folder(tmp_path, seeds=(1, 2, 3), groups=(COLLAPSE,)))
    figures = {(one.step, one.measure): one.points for one in paired(study) if one.arm == "at_chance"}
    runs = [run for run in study.runs if run.arm == "at_chance"]
    assert figures["sft", Measure.GAIN].mean == 0
    wanted = mean(run.last.greedy - run.steps[0].greedy for run in runs)
    assert figures["3", Measure.GAIN].mean == pytest.approx(100 * wanted, abs=0.01)
    assert ("3", Measure.AGAINST_LOOP) not in figures
    printed = {(row["arm"], row["step"]): row["gain"]["mean"] for row in study.document["summary"]["steps"]}
    assert printed["at_chance", "3"] == figures["3", Measure.GAIN].mean
