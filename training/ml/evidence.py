"""Judged questions as a sample of the pool: how divided, for what they stand, how alike."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from training.ml.calibration import Calibration, Judged
from training.ml.sequence import Tested

Pool = Mapping[tuple[str, str], Mapping[float, int]]
"""{(vertical, attribute): {agreement: pool questions whose majority has it}}"""

Scored = tuple[float, Judged]
"""(how precise its attribute's answers are expected to be from its agreement on, the question)"""


def fold_of(group: str, *, salt: str) -> float:
    """A stable number in [0, 1) for a group."""
    return int.from_bytes(hashlib.sha256(f"{salt}:{group}".encode()).digest()[:8], "big") / 2**64


def as_in_pool(judged: Sequence[Judged], pool: Pool) -> list[Judged]:
    """The questions, weighted so that each vertical weighs as much as it does in the pool.

    Gold listings are so many of each vertical, however large it is. What the pool does not have is left out.
    """
    wanted, there = defaultdict[str, float](float), defaultdict[str, float](float)
    for (vertical, _), counts in pool.items():
        wanted[vertical] += sum(counts.values())
    for one in judged:
        there[one.vertical] += one.weight
    return [
        replace(one, weight=one.weight * wanted[one.vertical] / there[one.vertical])
        for one in judged
        if wanted[one.vertical]
    ]


def likeness(calibration: Calibration, judged: Sequence[Judged]) -> float:
    """How alike the outcomes within a group are, beyond what the probabilities say: in [0, 1].

    The mean product of two residuals of a group over their mean square: an intraclass correlation.
    """
    residuals: defaultdict[str, list[float]] = defaultdict(list)
    for one in judged:
        chance = calibration.probability(one.vertical, one.attribute, one.agreement)
        residuals[one.group].append(one.correct - chance)
    squares = sum(value**2 for values in residuals.values() for value in values)
    products = sum(sum(values) ** 2 - sum(value**2 for value in values) for values in residuals.values())
    pairs = sum(len(values) * (len(values) - 1) for values in residuals.values())
    if not pairs or not squares:
        return 0.0
    return min(1.0, max(0.0, products / pairs / (squares / len(judged))))


def prefixes(
    scored: Sequence[Scored], pool_from: Callable[[float], tuple[int, float]], alike: float
) -> Iterator[tuple[float, Tested]]:
    """(least score, the set of all that have it) for every score that occurs, the highest first.

    Args:
        pool_from: gives of a least score the pool's answers from there on, and their expected precision.
        alike: `likeness` of a group's outcomes. By the design effect 1 + (m - 1) alike, with m the mean size
            of a question's group, questions of one listing say less than as many of different ones.
    """
    sizes: defaultdict[str, int] = defaultdict(int)
    n = errors = together = 0
    mass = squares = wrong = 0.0
    for score, rows in groupby(sorted(scored, key=lambda row: -row[0]), key=lambda row: row[0]):
        for _, one in rows:
            together += 2 * sizes[one.group] + 1
            sizes[one.group] += 1
            n += 1
            errors += not one.correct
            mass += one.weight
            squares += one.weight**2
            wrong += one.weight * (not one.correct)
        kish = mass**2 / squares
        answers, expected = pool_from(score)
        yield (
            score,
            Tested(
                questions=n,
                errors=errors,
                share=wrong / mass,
                effective=min(n, kish / (1 + (together / n - 1) * alike)),
                pool=answers,
                expected=expected,
            ),
        )
