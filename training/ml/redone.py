"""How much of a round's work was done again because workers died over it: arithmetic over what they reported.

Work is what a round is made of: questions that chains are drawn for, and optimiser steps, each weighted with
the seconds that it takes in a round that nobody disturbs. What a new worker needs before its first batch or
step (to start, to load the model) is no work and is counted beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import fmean

from training.ml.records import JsonRecord


@dataclass(frozen=True, slots=True)
class Report(JsonRecord):
    """How far a worker was with a shard or a training, at a moment."""

    process: int
    attempt: str
    """Of this shard or training; the reports of an attempt are of one process."""
    stage: str
    """Its key: 1-sample."""
    shard: int | None
    """None of a stage that has none."""
    at: float
    """Seconds since the epoch."""
    done: int
    """Questions or optimiser steps, from what was there when the attempt began."""
    total: int


@dataclass(frozen=True, slots=True)
class Kill:
    """A worker that was killed."""

    process: int
    at: float
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a stage takes when nobody disturbs it."""

    seconds: float
    """In all."""
    per_unit: float
    """Seconds of a question or step."""
    longest: float
    """Seconds between two reports, at most."""


STILL = Pace(0.0, 0.0, 0.0)
"""Of a stage that the undisturbed round did not have."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What of an attempt is done again by a later one."""

    stage: str
    shard: int | None
    units: int
    """Whole questions or steps."""
    seconds: float
    """Those, and the batch or step that was not done yet."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What kills cost a round."""

    seconds: float
    """Of work in the undisturbed round."""
    seconds_again: float
    """Of that pace, for what was done again in the disturbed one."""
    questions: int
    """That the undisturbed round drew chains for, each as often as there are stages that ask it."""
    questions_again: int
    steps: int
    """Optimiser steps of the undisturbed round."""
    steps_again: int
    restarts: tuple[float, ...]
    """Seconds from each kill to the next batch or step."""

    @property
    def percent(self) -> float:
        """Of the work, that was done again."""
        return 100 * self.seconds_again / self.seconds if self.seconds else 0.0

    @property
    def restart_mean(self) -> float:
        """Seconds; 0 without kills."""
        return fmean(self.restarts) if self.restarts else 0.0

    @property
    def restart_longest(self) -> float:
        """Seconds; 0 without kills."""
        return max(self.restarts, default=0.0)


def cost_of(undisturbed: Sequence[Report], disturbed: Sequence[Report], *, kills: Sequence[Kill]) -> Cost:
    """What the kills cost a round that was run undisturbed as well.

    Args:
        kills: of workers, in the order of time.
    """
    pace = paces(undisturbed)
    again = losses(disturbed, kills, pace)
    drawn, steps = (_units(undisturbed, is_shard=is_shard) for is_shard in (True, False))
    return Cost(
        seconds=sum(one.seconds for one in pace.values()),
        seconds_again=sum(one.seconds for one in again),
        questions=drawn,
        questions_again=sum(one.units for one in again if one.shard is not None),
        steps=steps,
        steps_again=sum(one.units for one in again if one.shard is None),
        restarts=tuple(restarts(disturbed, kills)),
    )


def paces(reports: Iterable[Report]) -> dict[str, Pace]:
    """{stage: what it takes}, from the reports of an undisturbed round."""
    found: defaultdict[str, list[Sequence[Report]]] = defaultdict(list)
    for attempts in _by_work(reports):
        found[attempts[0][0].stage] += attempts
    return {stage: _pace(attempts) for stage, attempts in found.items()}


def losses(reports: Iterable[Report], kills: Sequence[Kill], pace: Mapping[str, Pace]) -> list[Loss]:
    """What was done again in a disturbed round.

    Args:
        kills: in the order of time.
        pace: of each stage in an undisturbed round.
    """
    ended: dict[int, float] = {kill.process: kill.at for kill in kills}
    return [
        _loss(before, after, pace.get(before[0].stage, STILL), ended.get(before[0].process))
        for attempts in _by_work(reports)
        for before, after in pairwise(attempts)
    ]


def restarts(reports: Iterable[Report], kills: Sequence[Kill]) -> list[float]:
    """Seconds from each kill to the next report of a living worker; none for a kill that nothing follows."""
    dead, ordered, seconds = set[int](), sorted(reports, key=lambda one: one.at), list[float]()
    for kill in kills:
        dead.add(kill.process)
        following = (one.at for one in ordered if one.at > kill.at and one.process not in dead)
        seconds += [at - kill.at for at in [next(following, None)] if at is not None]
    return seconds


def _by_work(reports: Iterable[Report]) -> list[list[list[Report]]]:
    """The attempts at every shard and training, in the order of time."""
    ordered = sorted(reports, key=lambda one: (one.stage, -1 if one.shard is None else one.shard, one.at))
    found = []
    for _, of_work in groupby(ordered, key=lambda one: (one.stage, one.shard)):
        attempts: dict[str, list[Report]] = {}
        for report in of_work:
            attempts.setdefault(report.attempt, []).append(report)
        found.append(list(attempts.values()))
    return found


def _units(reports: Iterable[Report], *, is_shard: bool) -> int:
    """Questions of all shards, or steps of all trainings."""
    works = _by_work(one for one in reports if (one.shard is not None) is is_shard)
    return sum(attempts[-1][-1].done for attempts in works)


def _pace(attempts: Sequence[Sequence[Report]]) -> Pace:
    seconds = sum(attempt[-1].at - attempt[0].at for attempt in attempts)
    units = sum(attempt[-1].done - attempt[0].done for attempt in attempts)
    gaps = [after.at - before.at for attempt in attempts for before, after in pairwise(attempt)]
    return Pace(seconds, seconds / units if units else 0.0, max(gaps, default=0.0))


def _loss(before: Sequence[Report], after: Sequence[Report], pace: Pace, killed: float | None) -> Loss:
    """What `after`, which begins behind what was kept, does again of `before`."""
    first, last = after[0], before[-1]
    units = max(0, last.done - first.done)
    unfinished = 0.0
    if killed is not None and last.done < last.total:
        unfinished = min(max(0.0, killed - last.at), pace.longest)
    return Loss(first.stage, first.shard, units, units * pace.per_unit + unfinished)
