"""Find gold listings whose near-duplicates a round has learned from, or will. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalog.partitions import Parts, Rows
from catalog.splits import Split

SPLITS = tuple(Split)
"""A split is kept in an array as its place here."""
GOLD = SPLITS.index(Split.GOLD)

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the listings of a vertical stand; all arrays have shape (n,)."""

    splits: NDArray[np.uint8]
    """places in SPLITS"""
    trained_on: Flags
    retired: Flags
    groups: Parts
    """as they are settled"""
    families: Parts
    """as the evidence connects them now"""


@dataclass(frozen=True, slots=True)
class Leak:
    """A gold listing in use, and a listing like it that is learned from. Both are rows."""

    gold: int
    other: int
    same_group: bool
    trained_on: bool
    """a round has learned from the other; otherwise the next round will"""


def find_leaks(standing: Standing) -> list[Leak]:
    """The leaks, one for each gold group and way: its own group is divided, or another group is like it."""
    return [
        *_leaks(standing, standing.groups, same_group=True),
        *_leaks(standing, standing.families, same_group=False),
    ]


def _leaks(standing: Standing, parts: Parts, *, same_group: bool) -> Iterator[Leak]:
    in_gold = (standing.splits == GOLD) & ~standing.retired
    learned_from = standing.trained_on | ((standing.splits != GOLD) & ~standing.retired)
    both = _has(parts, in_gold) & _has(parts, learned_from)
    for gold, others in _by_part(parts, in_gold & both, learned_from & both):
        for row in _first_of_each(standing.groups, gold):
            elsewhere = others if same_group else others[standing.groups[others] != standing.groups[row]]
            if len(elsewhere):
                # What a round has learned from is worse than what the next one will.
                other = int(elsewhere[np.argmax(standing.trained_on[elsewhere])])
                yield Leak(int(row), other, same_group, bool(standing.trained_on[other]))


def _has(parts: Parts, flags: Flags) -> Flags:
    """For each row whether some row of its part has the flag."""
    has = np.zeros(len(parts), dtype=np.bool_)
    has[parts[flags]] = True
    return has[parts]


def _by_part(parts: Parts, one: Flags, other: Flags) -> Iterator[tuple[Rows, Rows]]:
    """For each part its rows with one flag and its rows with the other."""
    ones, others = (
        rows[np.argsort(parts[rows], kind="stable")] for rows in map(np.flatnonzero, (one, other))
    )
    labels = np.unique(parts[ones])
    bounds = [
        (np.searchsorted(parts[rows], labels), np.searchsorted(parts[rows], labels, side="right"))
        for rows in (ones, others)
    ]
    for at in range(len(labels)):
        (low, high), (other_low, other_high) = ((begin[at], end[at]) for begin, end in bounds)
        yield ones[low:high], others[other_low:other_high]


def _first_of_each(groups: Parts, rows: Rows) -> Rows:
    _, first = np.unique(groups[rows], return_index=True)
    return rows[first]
