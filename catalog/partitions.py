"""Rows in parts: each row carries the first row of its part. Pure."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]
Parts = NDArray[np.intp]
"""Shape (n,): the first row of each row's part."""


def parts_of_equals(values: NDArray[np.int64]) -> Parts:
    """Rows with the same value form a part; a row whose value is 0 stays alone."""
    _, first, number = np.unique(values, return_index=True, return_inverse=True)
    return np.where(values == 0, np.arange(len(values)), first[number])


def heads(parts: Parts) -> Rows:
    """The first row of each part."""
    return np.flatnonzero(parts == np.arange(len(parts)))


def merged(parts: Parts, left: Rows, right: Rows) -> Parts:
    """The parts once each left row is in one part with its right row, whatever chains that makes."""
    merged = parts.copy()
    apart = merged[left] != merged[right]
    left, right = left[apart], right[apart]
    while len(left):
        lower = np.minimum(merged[left], merged[right])
        np.minimum.at(merged, merged[left], lower)
        np.minimum.at(merged, merged[right], lower)
        merged = _settled(merged)
        apart = merged[left] != merged[right]
        left, right = left[apart], right[apart]
    return merged


def bounded(base: Parts, levels: Sequence[Parts], *, most: int) -> tuple[Parts, int]:
    """Merge the parts of `base` along the levels, the surest first; returns the parts, and how many were cut.

    A part that would come to hold more than `most` parts of `base` is left at the last level where it does
    not: evidence that connects that many says nothing about two of them. The order of rows does not matter.
    """
    kept = level = base
    parts, cut = heads(base), 0
    for links in levels:
        level = merged(level, np.arange(len(base)), links)
        held = np.bincount(level[parts], minlength=len(base))
        kept = np.where(held[level] <= most, level, kept)
        cut = int(np.count_nonzero(held > most))
    return kept, cut


def _settled(parts: Parts) -> Parts:
    """Every row with the first row of its part, not with another that leads to it."""
    while not np.array_equal(parts[parts], parts):
        parts = parts[parts]
    return parts
