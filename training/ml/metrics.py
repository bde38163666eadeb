"""Accuracy with its interval, per vertical and attribute."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.ml.records import JsonRecord, Question

Z_95 = 1.959963984540054
"""97.5 % quantile of the standard normal distribution."""


@dataclass(frozen=True, slots=True)
class Accuracy(JsonRecord):
    """Share of gold questions answered right, of one slice of them."""

    vertical: str
    """Empty: all verticals."""
    attribute: str
    """Empty: all attributes."""
    questions: int
    correct: int
    unparseable: int
    majority_class: float
    """Accuracy of always giving each question's most frequent true answer of its (vertical, attribute)."""

    @property
    def value(self) -> float:
        return self.correct / self.questions

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson score interval."""
        return wilson_interval(self.correct, self.questions)


def wilson_interval(correct: float, n: float, *, z: float = Z_95) -> tuple[float, float]:
    """Score interval of a proportion (Wilson 1927): holds its level where p is near 1 or n small.

    The counts need not be whole: n may be the independent questions that a sample is worth.
    """
    if n <= 0:
        return 0.0, 1.0
    share = correct / n
    centre = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, (centre - half) / (1 + z * z / n)), min(1.0, (centre + half) / (1 + z * z / n))


def gold_accuracy(result: Mapping[str, Any], method: str = "greedy") -> float:
    """Accuracy over all gold questions of a `zero_shot` or `evaluate` result; method: greedy or majority."""
    return Accuracy.from_json(result[method][-1]).value


def student_quantile(z: float, freedom: int) -> float:
    """Student's quantile for the normal quantile z and `freedom` degrees, at least 1.

    Cornish and Fisher's expansion: at 95 % good to 1 % from 3 degrees on, too small by a quarter at 1.
    """
    n = float(freedom)
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )


def mean_interval(values: Sequence[float], *, z: float = Z_95) -> tuple[float, float, float]:
    """The mean of independent values and its Student interval, (mean, low, high): endless for one value."""
    mean = sum(values) / len(values)
    if len(values) < 2:
        return mean, -math.inf, math.inf
    freedom = len(values) - 1
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / freedom)
    half = student_quantile(z, freedom) * deviation / math.sqrt(len(values))
    return mean, mean - half, mean + half


def accuracies(questions: Iterable[Question], answers: Mapping[str, str | None]) -> list[Accuracy]:
    """Compare answers {question_id: canonical answer or None} with the known ones.

    Returns a row for every (vertical, attribute), every vertical, and last the whole. Every question needs
    a known answer and an entry in `answers` (KeyError otherwise: a question left out is not a wrong one).
    """
    slices: defaultdict[tuple[str, str], list[tuple[str, str | None, str]]] = defaultdict(list)
    for question in questions:
        truth = question.answer
        if truth is None:
            raise ValueError(f"question {question.question_id} has no known answer to compare with")
        vertical, attribute = question.listing.vertical, question.attribute.code
        outcome = (truth, answers[question.question_id], f"{vertical}/{attribute}")
        for key in ((vertical, attribute), (vertical, ""), ("", "")):
            slices[key].append(outcome)
    return [_accuracy(*key, outcomes) for key, outcomes in sorted(slices.items(), key=_whole_last)]


def most_frequent(truths: Iterable[tuple[Hashable, str]]) -> int:
    """How many questions are answered rightly by always giving the most frequent true answer of their class.

    Args:
        truths: (what questions of a class share, such as vertical and attribute; the true answer) each.
    """
    counts: defaultdict[Hashable, Counter[str]] = defaultdict(Counter)
    for question_class, truth in truths:
        counts[question_class][truth] += 1
    return sum(max(count.values()) for count in counts.values())


def _whole_last(item: tuple[tuple[str, str], object]) -> tuple[bool, str, bool, str]:
    vertical, attribute = item[0]
    return vertical == "", vertical, attribute == "", attribute


def _accuracy(vertical: str, attribute: str, outcomes: list[tuple[str, str | None, str]]) -> Accuracy:
    truths = ((question_class, truth) for truth, _, question_class in outcomes)
    return Accuracy(
        vertical=vertical,
        attribute=attribute,
        questions=len(outcomes),
        correct=sum(truth == answer for truth, answer, _ in outcomes),
        unparseable=sum(answer is None for _, answer, _ in outcomes),
        majority_class=most_frequent(truths) / len(outcomes),
    )
