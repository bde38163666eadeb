"""Which listings to label: few that stand for all the others. Pure; any vectors will do.

Sources of the rules, both greedy: k-median is G. Cornuéjols, M. Fisher and G. Nemhauser, "Location of Bank
Accounts to Optimize Float", Management Science 23, 1977; k-centre is T. Gonzalez, "Clustering to Minimize the
Maximum Intercluster Distance", Theoretical Computer Science 38, 1985, used for labelling by O. Sener and
S. Savarese, "Active Learning for Convolutional Neural Networks: A Core-Set Approach", ICLR 2018, algorithm 1.
docs/experiments.md compares what they find, docs/decisions/0015 says which is the default and why.
"""

from collections.abc import Collection, Sequence
from enum import StrEnum
from random import Random

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""(listings, dimensions)"""
Distances = NDArray[np.float64]


class Rule(StrEnum):
    """By what listings are chosen."""

    TYPICAL = "typical"
    """the least distance, on average, from a listing to the nearest chosen one: k-median"""
    DIFFERENT = "different"
    """no listing far from the nearest chosen one: k-centre"""
    RANDOM = "random"


def choose(
    vectors: Vectors,
    count: int,
    *,
    rule: Rule,
    chosen: Collection[int] = (),
    never: Collection[int] = (),
    draw: int = 0,
) -> list[int]:
    """Choose listings; equal input gives the same choice.

    Args:
        count: how many; fewer where there are not enough listings.
        chosen: indices of listings that are there already, and that the others go with.
        never: indices that are not to be chosen.
        draw: another number is another draw at random; the other rules do not look at it.

    Returns:
        Indices of new listings, the most telling first.
    """
    free = np.ones(len(vectors), dtype=np.bool_)
    free[[*chosen, *never]] = False
    count = min(count, int(free.sum()))
    if count <= 0:
        return []
    if rule is Rule.RANDOM:
        return Random(draw).sample(np.flatnonzero(free).tolist(), count)
    by_rule = k_median if rule is Rule.TYPICAL else k_centre
    return by_rule(vectors, count, chosen=chosen, free=free)


def k_centre(
    vectors: Vectors, count: int, *, chosen: Collection[int] = (), free: NDArray[np.bool_] | None = None
) -> list[int]:
    """Indices of `count` listings that leave none far from the nearest chosen one.

    The first is the one nearest to the middle, unless some are `chosen` already; each further one is that
    which is farthest from all chosen so far. Where all may be chosen, the largest distance is at most twice
    the least possible one. Ties go to the lower index.
    """
    may = np.ones(len(vectors), dtype=np.bool_) if free is None else free.copy()
    nearest = _nearest(vectors, chosen)
    new: list[int] = []
    for _ in range(count):
        if new or len(chosen):
            pick = int(np.argmax(np.where(may, nearest, -1.0)))
        else:
            middle = vectors.mean(axis=0, dtype=np.float64)
            pick = int(np.argmin(np.where(may, _distances(vectors, middle), np.inf)))
        may[pick] = False
        new.append(pick)
        nearest = np.minimum(nearest, _distances(vectors, vectors[pick]))
    return new


def k_median(
    vectors: Vectors, count: int, *, chosen: Collection[int] = (), free: NDArray[np.bool_] | None = None
) -> list[int]:
    """Indices of `count` listings that lower the mean distance to the nearest chosen one most, one by one.

    What is gained over a nearest one at the largest distance that occurs, or over the `chosen`, is at least
    1 - 1/e of the most that could be. Ties go to the lower index. Takes memory for listings x listings.
    """
    may = np.ones(len(vectors), dtype=np.bool_) if free is None else free.copy()
    between = _between(vectors)
    nearest = np.minimum(_nearest(vectors, chosen), between.max())
    new: list[int] = []
    for _ in range(count):
        gains = np.maximum(nearest[:, None] - between, 0.0).sum(axis=0)
        pick = int(np.argmax(np.where(may, gains, -1.0)))
        may[pick] = False
        new.append(pick)
        nearest = np.minimum(nearest, between[:, pick])
    return new


def stand_for(vectors: Vectors, chosen: Sequence[int]) -> list[int]:
    """For each chosen listing, how many listings are nearest to it, itself among them."""
    if not len(chosen):
        return []
    between = np.stack([_distances(vectors, vectors[index]) for index in chosen])
    between[np.arange(len(chosen)), list(chosen)] = -1.0
    counts: list[int] = np.bincount(np.argmin(between, axis=0), minlength=len(chosen)).tolist()
    return counts


def _nearest(vectors: Vectors, chosen: Collection[int]) -> Distances:
    """How far each listing is from the nearest chosen one; endlessly, where none is."""
    nearest = np.full(len(vectors), np.inf)
    for index in chosen:
        nearest = np.minimum(nearest, _distances(vectors, vectors[index]))
    return nearest


def _distances(vectors: Vectors, to: Distances | Vectors) -> Distances:
    distances: Distances = np.linalg.norm(vectors - to.astype(np.float64), axis=1)
    return distances


def _between(vectors: Vectors) -> Distances:
    """(listings, listings), by way of products: a hundred times as fast as one row after the other."""
    exact = vectors.astype(np.float64)
    lengths = (exact**2).sum(axis=1)
    squares = lengths[:, None] + lengths - 2 * exact @ exact.T
    between: Distances = np.sqrt(np.maximum(squares, 0.0))
    return between
