"""What the arms of the study say together: paired over seeds, in points of accuracy on gold."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from training.ml.metrics import mean_interval
from training.ml.study.arm_run import ArmRun, Step
from training.ml.study.arms import CEILINGS, FIRST, LOOP, MAJORITY_SFT, NO_POOL, SELF_TRAINING, Arm
from training.ml.study.guard_counts import GuardRow, guard_counts

Runs = Mapping[tuple[str, int], ArmRun]
"""{(arm, seed): what it came to}"""


@dataclass(frozen=True, slots=True)
class Points:
    """A mean over seeds in points of accuracy, with its 95 % Student interval; None: one seed has none."""

    mean: float
    low: float | None
    high: float | None
    seeds: int

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"{self.mean:+.1f}"
        return f"{self.mean:+.1f} [{self.low:+.1f}, {self.high:+.1f}]"


def points(values: Sequence[float]) -> Points:
    """Of shares, one of each seed, or differences of two of the same seed."""
    mean, low, high = (100 * value for value in mean_interval(values))
    if not math.isfinite(low):
        return Points(round(mean, 2), None, None, len(values))
    return Points(round(mean, 2), round(low, 2), round(high, 2), len(values))


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of an arm, over its seeds."""

    arm: str
    step: str
    greedy: Points
    majority: Points
    head_room: Points
    gain: Points
    """Greedy, against SFT of the same seed that was asked the same."""
    agreement: float
    learned_from: float | None
    names_evidence: float | None
    right_there: float | None
    right_elsewhere: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of the last line, and the tables."""

    seeds: list[int]
    questions: int
    majority_class: float
    zero_shot: float
    sft: float
    final: float
    """Of the loop's last iteration; like the two above a mean of greedy accuracies."""
    gain_points: Points
    """Last iteration against SFT."""
    vs_no_pool: Points | None
    """Last iterations: what listings brought that nobody labelled. None: the arm was not run."""
    vs_self_training: Points | None
    """Likewise, as the next two."""
    vs_majority_sft: Points | None
    below_ceiling: Points | None
    """Against the arm that `ceiling` names."""
    gap_closed: float | None
    """Share of the way from SFT to the ceiling that the loop goes; None: there is none above SFT."""
    ceiling: str
    """The best of the arms that are told the labels of the pool; empty: none was run."""
    verticals: dict[str, Points]
    """{vertical: last iteration against SFT}"""
    verticals_worse: list[str]
    """Whose interval lies below nothing gained."""
    pool: dict[int, Points]
    """{pool listings of a vertical: gain of the last iteration against SFT}."""
    guards: dict[str, GuardRow] = field(default_factory=dict)
    """{arm: how often the guards spoke}"""
    steps: list[StepRow] = field(default_factory=list)

    def line(self) -> dict[str, Any]:
        """The last line that the study prints: flat where one figure says it."""
        row = asdict(self)
        del row["steps"]
        named = ("gain_points", "vs_no_pool", "vs_self_training", "vs_majority_sft", "below_ceiling")
        for name in named:
            found: Points | None = getattr(self, name)
            row[name] = found.mean if found else None
            row[f"{name}_interval"] = [found.low, found.high] if found else None
        row["pool"] = {str(size): found.mean for size, found in self.pool.items()}
        row["verticals"] = {name: found.mean for name, found in self.verticals.items()}
        row["head_room"] = [one.head_room.mean for one in self.steps if one.arm == LOOP]
        return row


def summarise(first: Sequence[ArmRun], runs: Sequence[ArmRun], arms: Sequence[Arm]) -> Summary:
    """Every arm over the seeds that it was run on, held against SFT and the loop of the same seeds.

    Args:
        first: zero-shot and SFT of each seed.
    """
    start = {run.seed: run for run in first}
    by_arm = {(run.arm, run.seed): run for run in runs}
    seeds = sorted(start)
    loop = [by_arm[LOOP, seed] for seed in seeds]
    gain = points([run.last.greedy - start[run.seed].last.greedy for run in loop])
    ceiling, below_ceiling = _ceiling(by_arm, seeds)
    verticals = _verticals(loop, start)
    return Summary(
        seeds=seeds,
        questions=loop[0].questions,
        majority_class=_mean([run.majority_class for run in loop]),
        zero_shot=_mean([run.steps[0].greedy for run in first]),
        sft=_mean([run.last.greedy for run in first]),
        final=_mean([run.last.greedy for run in loop]),
        gain_points=gain,
        vs_no_pool=_against(by_arm, NO_POOL, seeds),
        vs_self_training=_against(by_arm, SELF_TRAINING, seeds),
        vs_majority_sft=_against(by_arm, MAJORITY_SFT, seeds),
        below_ceiling=below_ceiling,
        gap_closed=_closed(gain, below_ceiling),
        ceiling=ceiling,
        verticals=verticals,
        verticals_worse=[name for name, one in verticals.items() if one.high is not None and one.high < 0],
        pool=_pool(by_arm, arms, start),
        guards=guard_counts((run.arm, run.guards) for run in runs if run.guards),
        steps=[*_steps(FIRST, first, start), *_arm_steps(by_arm, arms, start)],
    )


def _against(by_arm: Runs, other: str, seeds: Sequence[int]) -> Points | None:
    """The loop's last iteration against another arm's, on the seeds that both have."""
    both = [seed for seed in seeds if (other, seed) in by_arm]
    if not both:
        return None
    return points([by_arm[LOOP, seed].last.greedy - by_arm[other, seed].last.greedy for seed in both])


def _ceiling(by_arm: Runs, seeds: Sequence[int]) -> tuple[str, Points | None]:
    """The arm that the loop is furthest below of those that know the pool's labels, and how far."""
    against = {name: found for name in CEILINGS if (found := _against(by_arm, name, seeds))}
    if not against:
        return "", None
    best = min(against, key=lambda name: against[name].mean)
    return best, against[best]


def _closed(gain: Points, ceiling: Points | None) -> float | None:
    """Nothing where the ceiling is no higher than SFT."""
    gap = gain.mean - ceiling.mean if ceiling else 0.0
    return round(gain.mean / gap, 3) if gap > 0 else None


def _verticals(loop: Sequence[ArmRun], start: Mapping[int, ArmRun]) -> dict[str, Points]:
    return {
        name: points([run.last.verticals[name] - start[run.seed].last.verticals[name] for run in loop])
        for name in sorted(loop[0].last.verticals)
    }


def _pool(by_arm: Runs, arms: Sequence[Arm], start: Mapping[int, ArmRun]) -> dict[int, Points]:
    found: dict[int, Points] = {}
    for arm in arms:
        runs = [by_arm[arm.name, seed] for seed in start if (arm.name, seed) in by_arm]
        if arm.pool is not None and runs:
            found[arm.pool] = points([run.last.greedy - start[run.seed].last.greedy for run in runs])
    return found if len(found) > 1 else {}


def _arm_steps(by_arm: Runs, arms: Sequence[Arm], start: Mapping[int, ArmRun]) -> list[StepRow]:
    rows: list[StepRow] = []
    for arm in arms:
        rows += _steps(
            arm.name, [by_arm[arm.name, seed] for seed in start if (arm.name, seed) in by_arm], start
        )
    return rows


def _steps(name: str, runs: Sequence[ArmRun], start: Mapping[int, ArmRun]) -> list[StepRow]:
    by_step: defaultdict[str, list[tuple[Step, Step]]] = defaultdict(list)
    for run in runs:
        for step in run.steps:
            by_step[step.name].append((step, run.start(start[run.seed])))
    return [_step_row(name, step, found) for step, found in by_step.items()]


def _step_row(arm: str, name: str, found: Sequence[tuple[Step, Step]]) -> StepRow:
    steps = [step for step, _ in found]

    readings = [step.reading for step in steps if step.reading]

    return StepRow(
        arm=arm,
        step=name,
        greedy=points([step.greedy for step in steps]),
        majority=points([step.majority for step in steps]),
        head_room=points([step.head_room for step in steps]),
        gain=points([step.greedy - sft.greedy for step, sft in found]),
        agreement=_mean([step.agreement for step in steps]),
        learned_from=_known([step.learned_from for step in steps]),
        names_evidence=_known([one.names_evidence for one in readings]),
        right_there=_known([one.right_there for one in readings]),
        right_elsewhere=_known([one.right_elsewhere for one in readings]),
    )


def _known(values: Sequence[float | None]) -> float | None:
    """The mean of those that there are."""
    known = [value for value in values if value is not None]
    return _mean(known) if known else None


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4)
