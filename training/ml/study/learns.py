"""Whether the loop learns: python -m training.ml.cli study.

Every arm on every seed, each written down as it ends: a second call goes on behind what is there. A seed
draws the catalogue (or, of a given data folder, the split), the chains and the trainings. Arms of one seed
share all but what they change, so that they are compared seed by seed.
"""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path

from training.ml.params import LoopParams
from training.ml.processes import processes
from training.ml.progress import Progress, silent
from training.ml.runner import StageRunner
from training.ml.study.arm_run import ArmRun, Material, Watch, kept, run_arm, run_first
from training.ml.study.arm_summary import Summary, summarise
from training.ml.study.arms import FIRST, Arm
from training.ml.study.charts import svg
from training.ml.study.report import report
from training.ml.study.tables import charts, told


@dataclass(frozen=True, slots=True)
class Sizes:
    """Listings of each vertical."""

    labelled: int = 10
    """The seed set."""
    gold: int = 20
    pool: int | None = 40
    """Of arms that do not say; None: all that is left."""


@dataclass(frozen=True, slots=True)
class Study:
    """What is run."""

    arms: Sequence[Arm]
    """The loop itself first."""
    seeds: Sequence[int]
    sizes: Sizes
    defaults: LoopParams
    """Of every arm; the seed is set for each."""
    material: Callable[[int], Material]
    """What a seed gives to its arms."""

    @property
    def loop(self) -> Arm:
        return self.arms[0]

    def pool_of(self, arm: Arm) -> float:
        """Listings of each vertical in its pool; infinite: all that is left."""
        size = self.sizes.pool if arm.pool is None else arm.pool
        return math.inf if size is None else size

    def repeats_loop(self, arm: Arm) -> bool:
        """Whether its runs are the loop's once more."""
        return arm != self.loop and arm.is_loop(self.defaults, pool=self.sizes.pool)


def run_study(
    study: Study, out: Path, *, runner: StageRunner, watch: Watch, tell: Callable[[str], None], jobs: int = 1
) -> Summary:
    """Run what is missing in `out`; write study.json, study.md and the charts there.

    Args:
        watch: the progress of a stage with this label.
        tell: told a line about each run as it ends.
        jobs: runs that are under way together, each in a process of its own.
    """
    if jobs > 1:
        _abreast(study, out, runner, tell, jobs)
    first: list[ArmRun] = []
    runs: list[ArmRun] = []
    total = len(study.seeds) * (1 + len(study.arms))
    for number, run in enumerate(_every(study, out, runner, watch), 1):
        (first if run.arm == FIRST else runs).append(run)
        if jobs == 1:  # Otherwise it was told as it ended.
            tell(f"{number} of {total}: {told(run)}")
    summary = summarise(first, runs, study.arms)
    whole = {
        "params": study.defaults.to_json(),
        "sizes": asdict(study.sizes),
        "arms": {arm.name: arm.text for arm in study.arms},
        "summary": {**summary.line(), "steps": [asdict(row) for row in summary.steps]},
        "runs": [run.to_json() for run in (*first, *runs)],
    }
    (out / "study.json").write_text(json.dumps(whole, indent=1) + "\n")
    (out / "study.md").write_text(report(summary, first, runs, study.arms))
    for name, chart in charts(summary, study.arms).items():
        (out / f"{name}.svg").write_text(svg(chart))
    return summary


def _abreast(study: Study, out: Path, runner: StageRunner, tell: Callable[[str], None], jobs: int) -> None:
    """Run what takes time, written down for who reads it afterwards; the longest arms first."""
    own = [arm for arm in study.arms if not study.repeats_loop(arm)]
    arms = sorted(own, key=study.pool_of, reverse=True)
    # Runs have threads of their own (model.threads): those that wait must leave the cores to the other runs.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    with processes(jobs) as pool:
        for names in ([FIRST], [arm.name for arm in arms]):
            runs = [
                pool.submit(_apart, study, out, runner, seed, name) for name in names for seed in study.seeds
            ]
            for number, run in enumerate(as_completed(runs), 1):
                tell(f"{number} of {len(runs)}: {run.result()}")


def _apart(study: Study, out: Path, runner: StageRunner, seed: int, name: str) -> str:
    """One run in this process; what is told of it."""
    of_seed = _Seed(study, seed, out / f"seed-{seed}", runner, _unwatched)
    if name == FIRST:
        return told(of_seed.first())
    return told(of_seed.arm(next(arm for arm in study.arms if arm.name == name)))


def _unwatched(label: str) -> Progress:
    return silent


def _every(study: Study, out: Path, runner: StageRunner, watch: Watch) -> Iterator[ArmRun]:
    for seed in study.seeds:
        of_seed = _Seed(study, seed, out / f"seed-{seed}", runner, watch)
        yield of_seed.first()
        for arm in study.arms:
            yield of_seed.arm(arm)


@dataclass(frozen=True)
class _Seed:
    """All runs of one seed."""

    study: Study
    seed: int
    folder: Path
    runner: StageRunner
    watch: Watch

    @property
    def params(self) -> LoopParams:
        return replace(self.study.defaults, seed=self.seed)

    @cached_property
    def material(self) -> Material:
        return self.study.material(self.seed)

    def first(self) -> ArmRun:
        """Zero-shot and SFT."""
        return kept(self._file(FIRST), self._first)

    def arm(self, arm: Arm) -> ArmRun:
        """The arm's iterations; its adapters and chains are gone once it is written down."""
        run = kept(self._file(arm.name), partial(self._arm, arm))
        shutil.rmtree(self.folder / arm.name, ignore_errors=True)
        return run

    def _file(self, name: str) -> Path:
        return self.folder / "done" / f"{name}.json"

    def _first(self) -> ArmRun:
        return run_first(
            self.material,
            self.params,
            seed_folder=self.folder,
            runner=self.runner,
            watch=self._labelled(FIRST),
        )

    def _arm(self, arm: Arm) -> ArmRun:
        if self.study.repeats_loop(arm):
            return replace(self.arm(self.study.loop), arm=arm.name, seconds=0.0)
        return run_arm(
            arm,
            self.material,
            self.params,
            pool=self.study.sizes.pool,
            seed_folder=self.folder,
            runner=self.runner,
            watch=self._labelled(arm.name),
        )

    def _labelled(self, name: str) -> Watch:
        return lambda stage: self.watch(f"seed {self.seed}, {name}, {stage}")
