"""Whether accepted answers are as precise as was asked for, over many draws of what is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from training.ml.metrics import wilson_interval
from training.ml.policy import TargetParams
from training.ml.records import JsonRecord
from training.ml.routing import is_audited
from training.ml.study.known import Known, Reviewer, drawn_gold, pool_of
from training.ml.thresholds import choose_thresholds


@dataclass(frozen=True, slots=True)
class EvidenceParams(JsonRecord):
    """What is judged in a run."""

    gold_per_vertical: int = 20
    """Listings, whose labels are settled: the truth."""
    audit_share: float = 0.1
    """Of the other listings; a reviewer answers them."""


@dataclass(frozen=True, slots=True)
class TargetRun(JsonRecord):
    """What one policy accepted."""

    target: float
    seed: int
    judged: int
    routed: int
    accepted: int
    right: int
    expected: float | None
    """Calibrated precision of the accepted answers; None without any."""

    @property
    def coverage(self) -> float:
        return self.accepted / self.routed

    @property
    def precision(self) -> float | None:
        return self.right / self.accepted if self.accepted else None

    @property
    def held(self) -> bool:
        """The target was kept; by nothing as well."""
        return not self.accepted or self.right >= self.target * self.accepted


@dataclass(frozen=True, slots=True)
class TargetSummary(JsonRecord):
    """All runs with one target."""

    target: float
    runs: int
    accepting: int
    """Runs that accepted anything."""
    held: int
    """Runs whose realised precision was at or above target; of those that accepted nothing all."""
    coverage: float
    """Mean over all runs, as are the next two over those that accepted anything."""
    precision: float | None
    expected: float | None
    lowest: float | None
    """Least realised precision."""

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the share of runs that held."""
        return wilson_interval(self.held, self.runs)


def target_runs(
    questions: Sequence[Known],
    targets: Sequence[float],
    reviewer: Reviewer,
    evidence: EvidenceParams,
    *,
    seed: int,
) -> list[TargetRun]:
    """One draw of gold and audited listings, and what is accepted of the others at each target."""
    gold, others = drawn_gold(questions, per_vertical=evidence.gold_per_vertical, seed=seed)
    judged = [one.judged(one.truth) for one in gold]
    routed = []
    for one in others:
        if is_audited(one.group, share=evidence.audit_share, salt=f"audit {seed}"):
            judged.append(one.judged(reviewer.answer(one)))
        else:
            routed.append(one)
    pool = pool_of(routed)
    runs = []
    for target in targets:
        policy = choose_thresholds(judged, pool, TargetParams(precision=target, salt=str(seed)))
        accepted = [one for one in routed if policy.accepts(one.vertical, one.attribute, one.agreement)]
        chances = [
            policy.calibration.probability(one.vertical, one.attribute, one.agreement) for one in accepted
        ]
        runs.append(
            TargetRun(
                target=target,
                seed=seed,
                judged=len(judged),
                routed=len(routed),
                accepted=len(accepted),
                right=sum(one.right for one in accepted),
                expected=mean(chances) if chances else None,
            )
        )
    return runs


def summarise(runs: Sequence[TargetRun]) -> list[TargetSummary]:
    """A row for each target, ascending."""
    rows = []
    for target in sorted({run.target for run in runs}):
        own = [run for run in runs if run.target == target]
        precisions = [run.precision for run in own if run.precision is not None]
        expected = [run.expected for run in own if run.expected is not None]
        rows.append(
            TargetSummary(
                target=target,
                runs=len(own),
                accepting=len(precisions),
                held=sum(run.held for run in own),
                coverage=mean(run.coverage for run in own),
                precision=mean(precisions) if precisions else None,
                expected=mean(expected) if expected else None,
                lowest=min(precisions, default=None),
            )
        )
    return rows
