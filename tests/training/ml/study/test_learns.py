"""The study runs every arm on every seed once, shares what arms share, and goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import FakeStages
from training.ml.errors import DataError
from training.ml.overrides import override
from training.ml.params import LoopParams, tiny_params
from training.ml.progress import Progress, silent
from training.ml.run import LoopRun, Stage
from training.ml.study.arm_summary import Summary
from training.ml.study.arms import ALL_LABELS, ARMS, LOOP, NO_POOL, SELF_TRAINING, VERDICTS, Arm, chosen_arms
from training.ml.study.command import UNMARKED
from training.ml.study.learns import Sizes, Study, run_study
from training.ml.study.material import SplitFolder
from training.ml.study.tables import charts

DEFAULTS = replace(tiny_params(iterations=2), patience=1)
CHAINS = Arm("chains-2", "chains", "two chains", ("sample.chains=2",))
NAMED = {arm.name: arm for arm in ARMS}


@dataclass
class FakeLoop:
    """A runner of which each arm gets better in its own way, and worse in no iteration."""

    gains: Mapping[str, Mapping[int, float]]
    """{arm: {iteration: share of gold answered right}}"""
    asked: list[tuple[str, str, int, int]] = field(default_factory=list)
    """(arm, stage, listings in the seed set, listings in the pool)"""
    fails_at: tuple[str, str] | None = None

    def __call__(self, run: LoopRun, stage: Stage, *, progress: Progress) -> dict[str, Any]:
        arm = run.folder.name
        if (arm, stage.key) == self.fails_at:
            raise DataError("the power went")
        if not run.path(stage).is_dir():
            self.asked.append((arm, stage.key, len(run.splits.seed), len(run.splits.pool)))
        stages = FakeStages(right=self.gains.get(arm, {}))
        return stages(run, stage, progress=progress)

    def ran(self, arm: str) -> list[str]:
        return [stage for name, stage, _, _ in self.asked if name == arm]


@pytest.fixture
def folder(data_folder: Path) -> SplitFolder:
    return SplitFolder.read(data_folder, seed_listings=2, gold_share=0.25, groups=None, hide_text=True)


@pytest.fixture
def arms() -> list[Arm]:
    return [NAMED[LOOP], NAMED[SELF_TRAINING], NAMED[ALL_LABELS], CHAINS]


GAINS = {
    "first": {-1: 0.25, 0: 0.5},
    LOOP: {1: 0.75, 2: 1.0},
    SELF_TRAINING: {1: 0.5, 2: 0.25},
    ALL_LABELS: {0: 1.0},
}


def run(
    folder: SplitFolder,
    arms: list[Arm],
    out: Path,
    runner: FakeLoop,
    *,
    seeds: tuple[int, ...] = (1, 2),
    defaults: LoopParams = DEFAULTS,
) -> tuple[Summary, list[str]]:
    told: list[str] = []
    study = Study(arms, seeds, Sizes(labelled=2, pool=3), defaults, folder.material)
    summary = run_study(study, out, runner=runner, watch=lambda label: silent, tell=told.append)
    return summary, told


def test_arms_are_held_against_each_other_seed_by_seed(
    folder: SplitFolder, arms: list[Arm], tmp_path: Path
) -> None:
    summary, told = run(folder, arms, tmp_path, FakeLoop(GAINS))
    assert (summary.zero_shot, summary.sft, summary.final) == (0.3333, 0.5, 1.0)
    assert (summary.gain_points.mean, summary.gain_points.low) == (50.0, 50.0)
    assert summary.vs_self_training and summary.vs_self_training.mean == pytest.approx(66.67, abs=0.01)
    assert summary.below_ceiling and summary.below_ceiling.mean == 0
    assert summary.vs_majority_sft is None
    assert (summary.ceiling, summary.gap_closed) == (ALL_LABELS, 1.0)
    assert [line.split(":")[0] for line in told] == [f"{number} of 10" for number in range(1, 11)]


def test_runs_side_by_side_come_to_the_same(folder: SplitFolder, arms: list[Arm], tmp_path: Path) -> None:
    alone, _ = run(folder, arms, tmp_path / "alone", FakeLoop(GAINS))
    told: list[str] = []
    study = Study(arms, (1, 2), Sizes(labelled=2, pool=3), DEFAULTS, folder.material)
    out, runner = tmp_path / "abreast", FakeLoop(GAINS)
    abreast = run_study(study, out, runner=runner, watch=lambda label: silent, tell=told.append, jobs=2)
    assert abreast == alone
    assert runner.asked == [], "all ran in other processes, and nothing again in this one"
    assert sorted(line.split(":")[0] for line in told[:2]) == ["1 of 2", "2 of 2"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_changes_nothing_is_the_loop_told_once_more(
    folder: SplitFolder, tmp_path: Path, jobs: int
) -> None:
    eight = Arm("chains-8", "chains", "eight chains", ("sample.chains=8",))
    three, two = (Arm(f"pool-{size}", "pool", "a pool", pool=size) for size in (3, 2))
    runner = FakeLoop({**GAINS, "pool-2": {1: 0.75, 2: 0.75}})
    study = Study(
        [NAMED[LOOP], eight, three, two], (1,), Sizes(labelled=2, pool=3), DEFAULTS, folder.material
    )
    run_study(
        study, tmp_path / "out", runner=runner, watch=lambda label: silent, tell=lambda line: None, jobs=jobs
    )
    done = {
        path.stem: json.loads(path.read_text()) for path in (tmp_path / "out" / "seed-1" / "done").iterdir()
    }
    assert done["chains-8"]["steps"] == done["pool-3"]["steps"] == done[LOOP]["steps"]
    assert done["chains-8"]["seconds"] == 0 < done["pool-2"]["seconds"]
    if jobs == 1:
        assert {name for name, *_ in runner.asked} == {"first", LOOP, "pool-2"}


def test_an_arm_whose_labels_are_other_ones_is_never_the_loop() -> None:
    alike = [arm.name for arm in ARMS if arm.is_loop(override(DEFAULTS, UNMARKED), pool=40)]
    assert alike == [
        LOOP,
        "pool-40",
        "chains-8",
        "temperature-1.0",
        "threshold-0.5",
        "weight-margin",
        "nll-0.2",
        "beta-0.1",
    ]


def test_the_stop_rule_does_not_choose_the_last_iteration(
    folder: SplitFolder, arms: list[Arm], tmp_path: Path
) -> None:
    runner = FakeLoop({"first": {0: 0.75}, LOOP: {1: 0.5, 2: 0.25}})
    summary, _ = run(folder, arms[:1], tmp_path, runner)
    assert runner.ran(LOOP).count("2-evaluate") == 2
    assert summary.gain_points.mean < 0


def test_sft_is_trained_once_a_seed_and_measured_again_only_with_other_chains(
    folder: SplitFolder, arms: list[Arm], tmp_path: Path
) -> None:
    runner = FakeLoop(GAINS)
    run(folder, arms, tmp_path, runner, seeds=(1,))
    assert runner.ran("first") == ["0-zero_shot", "0-sft", "0-evaluate"]
    assert [stage for stage in runner.ran(LOOP) if stage.startswith("0-")] == []
    assert [stage for stage in runner.ran("chains-2") if stage.startswith("0-")] == ["0-evaluate"]
    assert runner.ran(ALL_LABELS) == ["0-sft", "0-evaluate"]


def test_the_ceiling_alone_is_told_the_pools_answers(
    folder: SplitFolder, arms: list[Arm], tmp_path: Path
) -> None:
    runner = FakeLoop(GAINS)
    run(folder, arms, tmp_path, runner, seeds=(1,))
    seen = {arm: (seeds, pool) for arm, _, seeds, pool in runner.asked}
    assert seen[LOOP] == seen["first"][:1] + (6,)
    assert seen[ALL_LABELS] == (seen[LOOP][0] + 6, 6)
    material = folder.material(1)
    assert all(not listing.answers for listing in material.of(NAMED[LOOP], pool=3).pool)
    assert all(listing.answers for listing in material.of(NAMED[ALL_LABELS], pool=3).seed)


def test_verdicts_come_after_the_sft_that_all_arms_share(folder: SplitFolder, tmp_path: Path) -> None:
    runner = FakeLoop({**GAINS, VERDICTS: {1: 1.0, 2: 1.0}})
    run(folder, [NAMED[LOOP], NAMED[VERDICTS]], tmp_path, runner, seeds=(1,))
    assert runner.ran(VERDICTS) == runner.ran(LOOP)
    material = folder.material(1)
    loop, told = (material.of(NAMED[arm], pool=3) for arm in (LOOP, VERDICTS))
    assert (told.seed, told.pool) == (loop.seed, loop.pool)
    assert [one.listing_id for one in told.reviewed] == [one.listing_id for one in loop.pool]
    assert all(listing.answers for listing in told.reviewed) and not loop.reviewed


@pytest.mark.parametrize(
    ("all_labels", "verdicts", "ceiling", "closed"),
    [(1.0, 2 / 3, ALL_LABELS, 0.5), (0.0, 1.0, VERDICTS, 0.5), (0.0, 1 / 3, VERDICTS, None)],
)
def test_the_ceiling_is_the_better_of_those_who_know_the_pools_labels(
    folder: SplitFolder, tmp_path: Path, all_labels: float, verdicts: float, ceiling: str, closed: float
) -> None:
    gains = {"first": {0: 1 / 3}, LOOP: {2: 2 / 3}, ALL_LABELS: {0: all_labels}, VERDICTS: {2: verdicts}}
    arms = [NAMED[name] for name in (LOOP, ALL_LABELS, VERDICTS)]
    summary, _ = run(folder, arms, tmp_path, FakeLoop(gains))
    assert (summary.ceiling, summary.gap_closed) == (ceiling, closed)


def test_smaller_pools_are_the_beginnings_of_larger_ones(folder: SplitFolder) -> None:
    material = folder.material(3)
    few, more = (
        [one.listing_id for one in material.of(replace(CHAINS, pool=size), pool=None).pool] for size in (1, 3)
    )
    assert len(few) == 2 and len(more) == 6
    assert set(few) < set(more)


def test_a_second_call_does_nothing_again_and_a_third_adds_a_seed(
    folder: SplitFolder, arms: list[Arm], tmp_path: Path
) -> None:
    first, _ = run(folder, arms, tmp_path, FakeLoop(GAINS))
    idle = FakeLoop(GAINS)
    second, _ = run(folder, arms, tmp_path, idle)
    assert idle.asked == []
    assert second == first
    more = FakeLoop(GAINS)
    third, _ = run(folder, arms, tmp_path, more, seeds=(1, 2, 3))
    assert third.seeds == [1, 2, 3]
    assert len(more.ran("first")) == 3


def test_what_stopped_in_an_arm_goes_on_behind_its_last_stage(
    folder: SplitFolder, arms: list[Arm], tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="the power went"):
        run(folder, arms, tmp_path, FakeLoop(GAINS, fails_at=(LOOP, "2-sample")), seeds=(1,))
    runner = FakeLoop(GAINS)
    run(folder, arms, tmp_path, runner, seeds=(1,))
    assert runner.ran("first") == []
    assert runner.ran(LOOP)[0] == "2-sample"


def test_the_folder_keeps_figures_and_charts_but_no_adapters(
    folder: SplitFolder, arms: list[Arm], tmp_path: Path
) -> None:
    summary, _ = run(folder, arms, tmp_path, FakeLoop(GAINS))
    whole = json.loads((tmp_path / "study.json").read_text())
    assert len(whole["runs"]) == 10
    assert whole["summary"]["gain_points"] == summary.gain_points.mean
    assert (tmp_path / "iterations.svg").is_file()
    assert not (tmp_path / "pool.svg").exists()
    assert not (tmp_path / "seed-1" / LOOP).exists()


def test_the_main_arms_are_drawn_by_the_names_that_people_know(
    folder: SplitFolder, arms: list[Arm], tmp_path: Path
) -> None:
    summary, _ = run(folder, arms, tmp_path, FakeLoop(GAINS), seeds=(1,))
    lines = {line.label: line for line in charts(summary, arms)["iterations"].lines}
    assert list(lines) == ["The loop", "Self-training", "SFT with all labels", "The loop, majority"]
    assert lines["The loop"].values == [row.greedy.mean for row in summary.steps if row.arm == LOOP]
    assert lines["SFT with all labels"].values == [100.0] * 3, "it stands beside every iteration"
    assert {tuple(line.places) for line in lines.values()} == {(0, 1, 2)}


def test_the_pool_is_drawn_where_its_sizes_were_run(folder: SplitFolder, tmp_path: Path) -> None:
    arms = [NAMED[LOOP], NAMED[NO_POOL], *(Arm(f"pool-{size}", "pool", "", pool=size) for size in (1, 2))]
    right = {NO_POOL: {2: 0.5}, "pool-1": {2: 0.75}, "pool-2": {2: 1.0}}
    summary, _ = run(folder, arms, tmp_path, FakeLoop({**GAINS, **right}))
    assert [summary.pool[size].mean for size in (0, 1, 2)] == pytest.approx([0, 25, 50], abs=9)
    assert summary.line()["pool"].keys() == {"0", "1", "2"}
    assert "pool listings" in (tmp_path / "pool.svg").read_text()


def test_arms_that_want_more_than_there_is_are_left_out_and_unknown_groups_are_named() -> None:
    names = [arm.name for arm in chosen_arms(["pool"], largest_pool=20)]
    assert names == [LOOP, "pool-10", "pool-20"]
    with pytest.raises(DataError, match="no group 'pools' of arms: choose from main, seed, evidence, pool"):
        chosen_arms(["pools"])


def test_every_arm_has_parameters_and_another_name() -> None:
    assert len({arm.name for arm in ARMS}) == len(ARMS)
    for arm in ARMS:
        changed = arm.params(DEFAULTS)
        assert changed.strategy == arm.strategy
        assert changed.seed == DEFAULTS.seed
