"""How far people agree. Pure.

Sources: J. Cohen, "A Coefficient of Agreement for Nominal Scales", 1960; K. Krippendorff, "Content Analysis",
4th edition, chapter 12 (nominal data, any number of annotators, missing answers).
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import TypeVar

Answer = TypeVar("Answer", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Kappa:
    """Agreement of two people beyond chance."""

    questions: int
    """that both answered"""
    observed: float
    """share of the questions with the same answer, in [0, 1]"""
    kappa: float | None
    """in [-1, 1]; None where chance alone would agree always, or there is no question"""


def cohen_kappa(pairs: Sequence[tuple[Answer, Answer]]) -> Kappa:
    """Cohen's kappa of two people from what each said about the same questions."""
    if not pairs:
        return Kappa(0, 0.0, None)
    questions = len(pairs)
    observed = sum(first == second for first, second in pairs) / questions
    firsts, seconds = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    chance = sum(count * seconds[answer] for answer, count in firsts.items()) / questions**2
    return Kappa(questions, observed, (observed - chance) / (1 - chance) if chance < 1 else None)


def krippendorff_alpha(questions: Iterable[Mapping[int, Answer]]) -> float | None:
    """Krippendorff's alpha for nominal answers.

    Args:
        questions: for each question {person id: answer}; those with fewer than two answers say nothing.

    Returns:
        In [-1, 1]; None without two different answers anywhere, where alpha is not defined.
    """
    coincidences: dict[tuple[Answer, Answer], float] = {}
    for answers in questions:
        given = list(answers.values())
        for pair in permutations(given, 2):
            coincidences[pair] = coincidences.get(pair, 0.0) + 1 / (len(given) - 1)
    totals: dict[Answer, float] = {}
    for (answer, _), weight in coincidences.items():
        totals[answer] = totals.get(answer, 0.0) + weight
    every = sum(totals.values())
    observed = sum(weight for (one, other), weight in coincidences.items() if one != other)
    expected = (every**2 - sum(total**2 for total in totals.values())) / (every - 1) if every > 1 else 0.0
    return 1 - observed / expected if expected else None


def confusions(questions: Iterable[Mapping[int, Answer]]) -> Counter[frozenset[Answer]]:
    """{two answers: how many pairs of people gave the one and the other to the same question}."""
    counts: Counter[frozenset[Answer]] = Counter()
    for answers in questions:
        counts.update(frozenset(pair) for pair in combinations(answers.values(), 2) if pair[0] != pair[1])
    return counts
