"""The parts of the study, each from questions whose truth is known to figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from training.ml.processes import processes
from training.ml.reliability import expected_calibration_error, reliability_of
from training.ml.study.known import Known, Reviewer, pool_of
from training.ml.study.live import LiveSummary, live_study
from training.ml.study.precision import EvidenceParams, TargetRun, TargetSummary, summarise, target_runs
from training.ml.study.simulated import SimulatedParams, simulate
from training.ml.study.votes import read_known
from training.ml.thresholds import held_out

T = TypeVar("T")

REVIEWS = 500
"""Verdicts of the review queue beside an estimate of live accuracy."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where questions come from: a file of real votes, the same in every run, or a sampler made up anew."""

    votes: Path | None = None
    simulated: SimulatedParams | None = None

    def questions(self, seed: int) -> list[Known]:
        if self.votes is not None:
            return read_known(self.votes)
        return simulate(self.simulated or SimulatedParams(), seed=seed)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is run on a source."""

    targets: tuple[float, ...]
    seeds: int
    live_runs: int
    evidence: EvidenceParams


def targets_of(
    source: Source, reviewers: Mapping[str, Reviewer], plan: Plan, *, jobs: int
) -> dict[str, list[TargetSummary]]:
    """{reviewer: a row for each target}; every seed draws other gold, audited and pool listings."""
    runs = _mapped(partial(_targets, source, reviewers, plan), range(plan.seeds), jobs)
    return {name: summarise([one for of_seed in runs for one in of_seed[name]]) for name in reviewers}


def live_of(source: Source, reviewer: Reviewer, plan: Plan) -> LiveSummary:
    """How often the estimate covers; each run audits other listings of one catalogue."""
    return live_study(
        source.questions(0),
        reviewer,
        audit_share=plan.evidence.audit_share,
        reviews=REVIEWS,
        seeds=range(plan.live_runs),
    )


def calibration_error(questions: Sequence[Known]) -> float:
    """Expected calibration error of probabilities that have not seen their question's group."""
    judged = [one.judged(one.truth) for one in questions]
    return expected_calibration_error(reliability_of(held_out(judged)))


def best_coverage(questions: Sequence[Known], target: float) -> float:
    """The share that thresholds would accept which know the truth.

    For each attribute the lowest agreement from which its answers are as precise as asked for. Only what lets
    attributes fall short of the target, by oversight or on purpose, accepts more.
    """
    accepted = 0
    for counts, own in _by_attribute(questions):
        best, seen, right = 0, 0, 0
        for level in sorted(counts, reverse=True):
            here = [one.right for one in own if one.agreement == level]
            seen, right = seen + len(here), right + sum(here)
            best = seen if right >= target * seen else best
        accepted += best
    return accepted / len(questions)


def _by_attribute(questions: Sequence[Known]) -> Iterable[tuple[Iterable[float], list[Known]]]:
    for (vertical, attribute), counts in pool_of(questions).items():
        yield (
            counts,
            [one for one in questions if (one.vertical, one.attribute) == (vertical, attribute)],
        )


def _targets(
    source: Source, reviewers: Mapping[str, Reviewer], plan: Plan, seed: int
) -> dict[str, list[TargetRun]]:
    questions = source.questions(seed)
    return {
        name: target_runs(questions, plan.targets, reviewer, plan.evidence, seed=seed)
        for name, reviewer in reviewers.items()
    }


def _mapped(run: Callable[[int], T], seeds: Iterable[int], jobs: int) -> list[T]:
    if jobs == 1:
        return [run(seed) for seed in seeds]
    with processes(jobs) as pool:
        return list(pool.map(run, seeds))
