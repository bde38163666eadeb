"""Whether two ways of drawing chains draw from the same distribution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

import torch

Drawn = Mapping[str, Sequence[Hashable]]
"""{question id: the answers that were drawn}"""

T = TypeVar("T", bound=Hashable)

LEAST = 5.0
"""Least expected count of a cell; rarer ones are joined (Cochran 1954)."""


def same_distribution(ours: Drawn, others: Drawn) -> float:
    """p of the chi-square test that, for every question, both drew answers from one distribution.

    Args:
        ours, others: of the same questions, independent of each other.
    """
    statistic, freedom = 0.0, 0
    for question, mine in ours.items():
        counts = Counter(mine), Counter(others[question])
        drawn = [count.total() for count in counts]
        cells = _joined(counts, min(drawn) / sum(drawn))
        for cell in cells:
            for seen, total in zip(cell, drawn, strict=True):
                expected = sum(cell) * total / sum(drawn)
                statistic += (seen - expected) ** 2 / expected
        freedom += len(cells) - 1
    return chi_square_p(statistic, freedom)


def follows(answers: Sequence[T], shares: Mapping[T, float]) -> float:
    """p of the chi-square test that answers were drawn with these probabilities."""
    counts, total = Counter(answers), len(answers)
    cells = [[0.0, 0.0]]  # (seen, expected), the last one being filled
    for answer, share in sorted(shares.items(), key=lambda item: item[1]):
        if cells[-1][1] >= LEAST:
            cells.append([0.0, 0.0])
        cells[-1][0] += counts[answer]
        cells[-1][1] += share * total
    statistic = sum((seen - expected) ** 2 / expected for seen, expected in cells)
    return chi_square_p(statistic, len(cells) - 1)


def chi_square_p(statistic: float, freedom: int) -> float:
    """How likely so large a statistic is by chance; 1 where nothing could differ."""
    if freedom < 1:
        return 1.0
    half = torch.tensor([freedom / 2, statistic / 2], dtype=torch.float64)
    return float(torch.special.gammaincc(half[0], half[1]))


def _joined(counts: tuple[Counter[Hashable], Counter[Hashable]], share: float) -> list[tuple[int, int]]:
    """The cells of both, with those joined whose smaller expected count is below LEAST."""
    cells = [(counts[0][one], counts[1][one]) for one in sorted(counts[0] | counts[1], key=str)]
    common = [cell for cell in cells if sum(cell) * share >= LEAST]
    rare = [cell for cell in cells if sum(cell) * share < LEAST]
    if rare:
        common.append((sum(cell[0] for cell in rare), sum(cell[1] for cell in rare)))
    return common
