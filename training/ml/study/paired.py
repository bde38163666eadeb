"""What each arm of a recorded study says over its seeds: means with intervals, paired by seed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from training.ml.study.arm_summary import Points, points
from training.ml.study.arms import FIRST, LOOP
from training.ml.study.recorded import Recorded, RecordedRun, RecordedStep


class Measure(StrEnum):
    """What a figure tells; all in points of accuracy, so that an accuracy is in percent."""

    GREEDY = "greedy"
    MAJORITY = "majority"
    HEAD_ROOM = "head_room"
    GAIN = "gain"
    """Greedy, against SFT of the same seed that was asked the same."""
    AGAINST_LOOP = "against_loop"
    """Greedy of the last step, against the loop's last step of the same seed; not of arms with own gold."""


@dataclass(frozen=True, slots=True)
class Paired:
    """A figure of an arm's step, over the arm's seeds."""

    arm: str
    step: str
    position: int
    """Of the step, from 0."""
    measure: Measure
    points: Points
    vertical: str = ""
    """Empty: all."""


def paired(study: Recorded) -> list[Paired]:
    """Every figure: of each step of each arm, and of the loop's last step in each vertical."""
    by_arm: defaultdict[str, dict[int, RecordedRun]] = defaultdict(dict)
    for run in study.runs:
        by_arm[run.arm][run.seed] = run
    return [
        figure
        for arm in study.arms
        if arm.name in by_arm
        for figure in _of_arm(arm.name, by_arm[arm.name], by_arm[FIRST], by_arm[LOOP])
    ]


def _of_arm(
    arm: str,
    runs: Mapping[int, RecordedRun],
    first: Mapping[int, RecordedRun],
    loop: Mapping[int, RecordedRun],
) -> Iterator[Paired]:
    names = list(dict.fromkeys(step.name for run in runs.values() for step in run.steps))
    for position, name in enumerate(names):
        found = {seed: step for seed, run in runs.items() for step in run.steps if step.name == name}
        values = {
            Measure.GREEDY: [step.greedy for step in found.values()],
            Measure.MAJORITY: [step.majority for step in found.values()],
            Measure.HEAD_ROOM: [step.head_room for step in found.values()],
            Measure.GAIN: [
                step.greedy - runs[seed].start(first[seed]).greedy for seed, step in found.items()
            ],
        }
        others = any(run.own_gold for run in runs.values())
        if name == names[-1] and arm not in (FIRST, LOOP) and not others:
            values[Measure.AGAINST_LOOP] = [
                step.greedy - loop[seed].last.greedy for seed, step in found.items()
            ]
        for measure, shares in values.items():
            yield Paired(arm, name, position, measure, points(shares))
        if arm == LOOP and name == names[-1]:
            yield from _of_verticals(position, found, first)


def _of_verticals(
    position: int, found: Mapping[int, RecordedStep], first: Mapping[int, RecordedRun]
) -> Iterator[Paired]:
    """The loop's gain in each vertical that both know."""
    gains: defaultdict[str, list[float]] = defaultdict(list)
    for seed, step in found.items():
        before = first[seed].last.verticals
        for vertical in sorted(step.verticals.keys() & before.keys()):
            gains[vertical].append(step.verticals[vertical] - before[vertical])
    step_name = next(iter(found.values())).name
    for vertical, values in gains.items():
        yield Paired(LOOP, step_name, position, Measure.GAIN, points(values), vertical)
