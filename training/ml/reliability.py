"""How well probabilities keep their word: the reliability curve and its expected calibration error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from training.ml.calibration import Calibration, Judged
from training.ml.metrics import wilson_interval
from training.ml.records import JsonRecord

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin(JsonRecord):
    """Judged questions whose probability lies in [low, high); the last bin includes 1."""

    low: float
    high: float
    questions: int
    correct: int
    expected: float
    """Their mean probability; the middle of the bin without questions."""

    @property
    def precision(self) -> float | None:
        return self.correct / self.questions if self.questions else None

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson score interval of the precision; all of [0, 1] without questions."""
        return wilson_interval(self.correct, self.questions)


def reliability(calibration: Calibration, judged: Iterable[Judged], *, bins: int = BINS) -> list[Bin]:
    """The judged questions in bins of equal width by their probability.

    On the questions that it was learned from a calibration looks better than it is: give others, or take
    `thresholds.held_out`, which says each question's probability without having seen its group.
    """
    return reliability_of(
        (calibration.probability(one.vertical, one.attribute, one.agreement), one.correct) for one in judged
    )


def reliability_of(outcomes: Iterable[tuple[float, bool]], *, bins: int = BINS) -> list[Bin]:
    """The curve of (probability, whether it came true)."""
    sums = [(0, 0, 0.0)] * bins
    for chance, came_true in outcomes:
        at = min(bins - 1, int(chance * bins))
        questions, correct, total = sums[at]
        sums[at] = questions + 1, correct + came_true, total + chance
    return [
        Bin(
            low=at / bins,
            high=(at + 1) / bins,
            questions=questions,
            correct=correct,
            expected=total / questions if questions else (at + 0.5) / bins,
        )
        for at, (questions, correct, total) in enumerate(sums)
    ]


def expected_calibration_error(curve: Iterable[Bin]) -> float:
    """Mean distance of probability and precision over questions, in [0, 1]; 0 without any."""
    filled = [one for one in curve if one.questions]
    total = sum(one.questions for one in filled)
    return sum(abs(one.questions * one.expected - one.correct) for one in filled) / total if total else 0.0
