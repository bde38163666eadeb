"""How accurate the model is on the catalogue right now, from audited questions alone."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from training.ml.errors import DataError
from training.ml.records import JsonRecord


@dataclass(frozen=True, slots=True)
class Audited(JsonRecord):
    """An audited question that a reviewer has answered without seeing the model's answer."""

    group: str
    """What was drawn as one (routing.is_audited)."""
    vertical: str
    correct: bool
    """Whether the majority is what the reviewer answered."""
    inclusion: float
    """Probability with which its group was drawn, (0, 1] (Routed.inclusion)."""

    def __post_init__(self) -> None:
        if not 0 < self.inclusion <= 1:
            raise DataError(
                f"group {self.group}: inclusion is {self.inclusion}: a probability is above 0 and up to 1"
            )


@dataclass(frozen=True, slots=True)
class LiveAccuracy(JsonRecord):
    """The estimated accuracy of the majority over all pool questions of a slice."""

    vertical: str
    """Empty: all verticals."""
    questions: int
    """Audited and answered."""
    groups: int
    """Of listings, that they belong to."""
    accuracy: float
    low: float
    high: float
    """Interval at the asked confidence."""
    reviewed: int
    """Verdicts of the review queue in this slice."""
    naive: float | None
    """Share of the reviewed majorities that were right, which is what the queue alone would make one believe.

    It is too low, because reviews are chosen for being doubtful. None without verdicts."""


def live_accuracy(
    audited: Iterable[Audited],
    reviewed: Iterable[tuple[str, bool]] = (),
    *,
    confidence: float = 0.95,
) -> list[LiveAccuracy]:
    """A row for each vertical that was audited, in order, and last the whole; empty without audits.

    Each answer stands for 1 / inclusion questions, and the estimate is the weighted share of right ones
    (Hájek 1971, the ratio of two Horvitz-Thompson sums). Its variance is that between groups, which are what
    was drawn: attributes of one listing are right and wrong together. The interval is Wilson's for so many
    independent questions as have that variance, with Student's quantile for the few groups there are; Korn
    and Graubard (1998) do the same with another interval.

    Args:
        reviewed: (vertical, whether the majority was right) of each verdict of the review queue.

    Raises:
        DataError: for a confidence outside (0, 1).
    """
    if not 0 < confidence < 1:
        raise DataError(f"confidence is {confidence}: give a share between 0 and 1, such as 0.95")
    slices: defaultdict[str, list[Audited]] = defaultdict(list)
    verdicts: defaultdict[str, list[bool]] = defaultdict(list)
    for one in audited:
        slices[one.vertical].append(one)
        slices[""].append(one)
    for vertical, right in reviewed:
        verdicts[vertical].append(right)
        verdicts[""].append(right)
    return [
        _estimated(name, slices[name], verdicts[name], confidence)
        for name in sorted(slices, key=lambda name: (not name, name))
    ]


def _estimated(
    name: str, rows: Sequence[Audited], verdicts: Sequence[bool], confidence: float
) -> LiveAccuracy:
    mass = sum(1 / one.inclusion for one in rows)
    accuracy = min(1.0, sum(one.correct / one.inclusion for one in rows) / mass)
    groups = len({one.group for one in rows})
    n = _independent(rows, accuracy, mass, groups)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    n *= (z / _student(z, groups - 1)) ** 2 if groups > 1 else 0.0
    low, high = _wilson(accuracy, n, z)
    return LiveAccuracy(
        vertical=name,
        questions=len(rows),
        groups=groups,
        accuracy=accuracy,
        low=low,
        high=high,
        reviewed=len(verdicts),
        naive=sum(verdicts) / len(verdicts) if verdicts else None,
    )


def _independent(rows: Sequence[Audited], accuracy: float, mass: float, groups: int) -> float:
    """How many independent questions would have the variance that the groups show; at most all of them.

    Where the groups show none, because all is right or all wrong, each group counts as one.
    """
    residuals: defaultdict[str, float] = defaultdict(float)
    for one in rows:
        residuals[one.group] += (one.correct - accuracy) / one.inclusion
    variance = sum(value**2 for value in residuals.values()) / mass**2 * groups / max(1, groups - 1)
    kish = mass**2 / sum(1 / one.inclusion**2 for one in rows)
    if variance <= 1e-12 * accuracy:
        return min(float(groups), kish)
    return min(kish, accuracy * (1 - accuracy) / variance)


def _wilson(share: float, n: float, z: float) -> tuple[float, float]:
    """Wilson's score interval for a number of questions that need not be whole."""
    if n <= 0:
        return 0.0, 1.0
    centre = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, (centre - half) / (1 + z * z / n)), min(1.0, (centre + half) / (1 + z * z / n))


def _student(z: float, freedom: int) -> float:
    """Student's quantile by Cornish and Fisher's expansion of the normal one, good to 1 % from 3 degrees on."""
    n = float(freedom)
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )
