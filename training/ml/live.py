"""How accurate the model is on the catalogue right now, from audited questions alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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
                f"group {self.group}: inclusion is {self.inclusion}: a probability above 0 and up to 1"
            )


@dataclass(frozen=True, slots=True)
class LiveAccuracy(JsonRecord):
    """The estimated accuracy of the majority over all pool questions of a slice."""

    vertical: str
    """Empty: all verticals."""
    questions: int
    """Audited and answered."""
    groups: int
    accuracy: float
    low: float
    high: float
    """Interval at the asked confidence."""
    reviewed: int
    """Verdicts of the review queue in this slice."""
    naive: float | None
    """Share of the reviewed majorities that were right: what the queue alone would make one believe, and wrong,
    because reviews are chosen for being doubtful. None without verdicts."""


def live_accuracy(
    audited: Iterable[Audited],
    reviewed: Iterable[tuple[str, bool]] = (),
    *,
    confidence: float = 0.95,
) -> list[LiveAccuracy]:
    """A row for each vertical that was audited, in order, and last the whole; empty without audits.

    Args:
        reviewed: (vertical, whether the majority was right) of each verdict of the review queue.
    """
    raise NotImplementedError
