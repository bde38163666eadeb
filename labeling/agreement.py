"""How far people agree, beyond what chance would give. Pure.

Sources: J. Cohen, "A Coefficient of Agreement for Nominal Scales", Educational and Psychological Measurement,
1960; K. Krippendorff, "Content Analysis", 4th edition, chapter 12 (nominal data, any number of people, with
missing answers); E. B. Wilson, "Probable Inference", Journal of the American Statistical Association, 1927.

Answers are compared as wholes: an answer of two values is another one than either of them. Over several
attributes, chance is that within each of them: people who say "red" to one and "wool" to the other are not
at odds. The attributes' observed and expected disagreements are added up, their answers are never mixed.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Generic, TypeVar

Answer = TypeVar("Answer", bound=Hashable)

Z_95 = 1.959963984540054
"""97.5 % quantile of the standard normal distribution."""

FEW = 30
"""Questions below which a figure may be far off, and says so."""


class Tally(Generic[Answer]):
    """What several people said to the questions of one attribute, counted."""

    def __init__(self) -> None:
        self.questions = 0
        """with at least two answers; others say nothing about agreement"""
        self.pairs: defaultdict[tuple[int, int], Counter[tuple[Answer, Answer]]] = defaultdict(Counter)
        """{two people, the lower id first: {what the one and the other said: how often}}"""
        self.together: defaultdict[int, Counter[tuple[Answer, Answer]]] = defaultdict(Counter)
        """{how many people answered: {two answers to one question: how often}}"""

    def add(self, answers: Mapping[int, Answer]) -> None:
        """Count a question: {person id: answer}."""
        if len(answers) < 2:
            return
        self.questions += 1
        together = self.together[len(answers)]
        for (one, first), (other, second) in combinations(sorted(answers.items()), 2):
            self.pairs[one, other][first, second] += 1
            together[first, second] += 1


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often answers are the same, and how much of that is more than chance."""

    questions: int
    """that it rests on"""
    observed: float
    """share of the pairs of answers that are the same, in [0, 1]"""
    beyond: float | None
    """kappa or alpha, in [-1, 1]; None where chance alone would always agree, or there is no question"""

    @property
    def percent(self) -> int:
        """The observed share in percent."""
        return round(100 * self.observed)

    @property
    def is_thin(self) -> bool:
        """It rests on so few questions that it may be far off."""
        return self.questions < FEW


@dataclass(frozen=True, slots=True)
class Share:
    """How many of some questions, with what that says about all like them."""

    count: int
    questions: int

    @property
    def value(self) -> float | None:
        """In [0, 1]; None without a question."""
        return self.count / self.questions if self.questions else None

    @property
    def interval(self) -> tuple[float, float]:
        """95 % score interval (Wilson 1927)."""
        if not self.questions:
            return 0.0, 1.0
        n, share = self.questions, self.count / self.questions
        centre = share + Z_95**2 / (2 * n)
        half = Z_95 * math.sqrt(share * (1 - share) / n + Z_95**2 / (4 * n * n))
        return max(0.0, (centre - half) / (1 + Z_95**2 / n)), min(1.0, (centre + half) / (1 + Z_95**2 / n))

    @property
    def is_thin(self) -> bool:
        """It rests on so few questions that it may be far off."""
        return self.questions < FEW


def cohen_kappa(attributes: Iterable[Mapping[tuple[Answer, Answer], int]]) -> Agreement:
    """Cohen's kappa of two people.

    Args:
        attributes: for each attribute {what the one and the other said: how often}.
    """
    questions = same = 0
    by_chance = 0.0
    for counts in attributes:
        asked = sum(counts.values())
        firsts, seconds = Counter[Answer](), Counter[Answer]()
        for (first, second), count in counts.items():
            firsts[first] += count
            seconds[second] += count
            same += count if first == second else 0
        questions += asked
        by_chance += (
            sum(count * seconds[answer] for answer, count in firsts.items()) / asked if asked else 0.0
        )
    if not questions:
        return Agreement(0, 0.0, None)
    # Counts are whole, so that a chance of exactly 1 is met only where both always say the same.
    beyond = (same - by_chance) / (questions - by_chance) if by_chance < questions else None
    return Agreement(questions, same / questions, beyond)


def krippendorff_alpha(attributes: Iterable[Tally[Answer]]) -> Agreement:
    """Krippendorff's alpha for nominal answers, of any number of people."""
    questions = 0
    answers = differing = by_chance = 0.0
    for tally in attributes:
        totals: defaultdict[Answer, float] = defaultdict(float)
        for people, counts in tally.together.items():
            for (first, second), count in counts.items():
                weight = count / (people - 1)
                totals[first] += weight
                totals[second] += weight
                differing += 2 * weight if first != second else 0.0
        every = sum(totals.values())
        questions += tally.questions
        answers += every
        if len(totals) > 1:
            by_chance += (every**2 - sum(total**2 for total in totals.values())) / (every - 1)
    if not questions:
        return Agreement(0, 0.0, None)
    return Agreement(questions, 1 - differing / answers, 1 - differing / by_chance if by_chance else None)


def confusions(tally: Tally[Answer]) -> Counter[frozenset[Answer]]:
    """{one answer or two: how often two people said this, or the one this and the other that}."""
    counts = Counter[frozenset[Answer]]()
    for together in tally.together.values():
        for pair, count in together.items():
            counts[frozenset(pair)] += count
    return counts
