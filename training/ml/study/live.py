"""Whether the audited estimate of live accuracy covers the truth, and how far off the review queue's is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean

from training.ml.live import Audited, live_accuracy
from training.ml.metrics import wilson_interval
from training.ml.records import JsonRecord
from training.ml.reviewqueue import ReviewQueue
from training.ml.routing import Confusion, Route, Routed, confusion_of, disagreement, is_audited
from training.ml.study.known import Known, Reviewer


@dataclass(frozen=True, slots=True)
class LiveSummary(JsonRecord):
    """All runs with one reviewer."""

    runs: int
    truth: float
    """Accuracy of the majority over all questions."""
    covered: int
    """Runs whose interval held the truth."""
    estimate: float
    """Mean over runs, as are the others."""
    width: float
    """Of the interval."""
    naive: float
    """The share of the reviewed majorities that were right."""
    verticals_covered: float
    """Share of the verticals' intervals, of all runs, that held their vertical's truth."""

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the share of runs that covered."""
        return wilson_interval(self.covered, self.runs)


def live_study(
    questions: Sequence[Known], reviewer: Reviewer, *, audit_share: float, reviews: int, seeds: Iterable[int]
) -> LiveSummary:
    """Estimate the accuracy once for each seed: another seed audits other listings of the same catalogue.

    Args:
        reviews: verdicts of the review queue in a run, by value.
    """
    truth = _accuracies((one.vertical, one.right) for one in questions)
    order = _by_value(questions)
    found, naive, in_verticals, covered = [], [], list[bool](), 0
    for seed in seeds:
        is_in = {
            group for group in _groups(questions) if is_audited(group, share=audit_share, salt=str(seed))
        }
        audited = [_audited(one, reviewer, audit_share) for one in questions if one.group in is_in]
        queue = [one for one in order if one.group not in is_in][:reviews]
        verdicts = [(one.vertical, one.majority == reviewer.answer(one)) for one in queue]
        *verticals, whole = live_accuracy(audited, verdicts)
        found.append(whole)
        naive.append(whole.naive or 0.0)
        covered += whole.low <= truth[""] <= whole.high
        in_verticals += [row.low <= truth[row.vertical] <= row.high for row in verticals]
    return LiveSummary(
        runs=len(found),
        truth=truth[""],
        covered=covered,
        estimate=mean(row.accuracy for row in found),
        width=mean(row.high - row.low for row in found),
        naive=mean(naive),
        verticals_covered=mean(in_verticals),
    )


def by_value(questions: Sequence[Known], size: int) -> list[Known]:
    """The first of the review queue."""
    queue = ReviewQueue(size)
    known = {one.question_id: one for one in questions}
    for one in questions:
        asked = one.asked()
        confusion: Confusion = confusion_of(asked)
        queue.add(Routed(one.question_id, Route.REVIEW, 0.0, disagreement(asked), confusion, 1.0))
    return [known[one.question_id] for one in queue.ordered()]


def _by_value(questions: Sequence[Known]) -> list[Known]:
    return by_value(questions, len(questions))


def _audited(one: Known, reviewer: Reviewer, share: float) -> Audited:
    return Audited(one.group, one.vertical, one.majority == reviewer.answer(one), share)


def _groups(questions: Iterable[Known]) -> list[str]:
    return list(dict.fromkeys(one.group for one in questions))


def _accuracies(outcomes: Iterable[tuple[str, bool]]) -> dict[str, float]:
    """{vertical, and "" of all: share that is right}"""
    slices: defaultdict[str, list[bool]] = defaultdict(list)
    for vertical, right in outcomes:
        slices[vertical].append(right)
        slices[""].append(right)
    return {name: mean(rights) for name, rights in slices.items()}
