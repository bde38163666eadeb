"""Whether two samples may come from one source: tests that hold their level at any size. Pure.

Each p-value is that of a permutation test, or of an exact one: it is right whatever the distribution is, as
long as the units of both samples could be exchanged. Draws stop early where nothing is to be found (Besag and
Clifford, Sequential Monte Carlo p-values, Biometrika 78, 1991).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Generator = np.random.Generator

ENOUGH = 20
"""Draws at least as extreme as what was observed: after so many of them the p-value is known well enough."""
FIRST, MOST = 64, 1024
"""Draws at once: few at first, which mostly are enough, then twice as many each time."""
DIRECTIONS = 20
"""Vectors are compared in those in which they vary most, each in units of its deviation."""
ROUNDING = 1e-9
"""Draws so close to what was observed count as equal to it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far apart two samples are, and how often chance alone brings them so far."""

    value: float
    p: float


def energy_shift(week: Floats, reference: Floats, *, most: int, random: Generator) -> Outcome:
    """How far two clouds of vectors, (n, d) and (m, d), are apart: their energy coefficient, and its p-value.

    The coefficient (Szekely and Rizzo, Energy statistics, 2013) is 0 for clouds of one distribution and at
    most 1.
    The directions are found from both clouds together, so that exchanging their vectors changes nothing about
    them. n and m are 2 or more.
    """
    n, m = len(week), len(reference)
    distances = _distances(_main_directions(np.concatenate([week, reference])))
    sums, total = distances.sum(axis=1), float(distances.sum())

    def energy(chosen: Floats) -> Floats:
        """(draws,) of (draws, n + m) zeros, and ones for what is of the week."""
        within = np.einsum("ij,ij->i", chosen @ distances, chosen)
        across = chosen @ sums - within
        rest = total - 2 * across - within
        shift: Floats = 2 * across / (n * m) - within / (n * (n - 1)) - rest / (m * (m - 1))
        return shift

    observed = np.zeros((1, n + m))
    observed[0, :n] = 1
    value = float(energy(observed)[0])
    across = float((observed @ sums)[0]) - float((observed @ distances @ observed.T)[0, 0])
    p = _permuted_p(lambda draws: energy(_choices(draws, n, n + m, random)), value, most=most)
    return Outcome(max(0.0, value * n * m / (2 * across)) if across else 0.0, p)


def mix_change(week: Counts, reference: Counts, *, most: int, random: Generator) -> Outcome:
    """The population stability index of two counts (k,) of the same categories, and its p-value."""
    both, n = week + reference, int(week.sum())

    def index(draws: int) -> Floats:
        drawn = random.multivariate_hypergeometric(both, n, size=draws)
        return _stability(drawn, both - drawn)

    value = float(_stability(week[None], reference[None])[0])
    return Outcome(value, _permuted_p(index, value, most=most))


def mean_fall(week: Floats, reference: Floats, *, most: int, random: Generator) -> Outcome:
    """By how much the mean of (n,) lies below that of (m,), and the one-sided p-value."""
    n, both = len(week), np.concatenate([week, reference])
    rest = len(both) - n
    value = float(reference.mean() - week.mean())

    def fall(draws: int) -> Floats:
        taken = _choices(draws, n, len(both), random) @ both
        difference: Floats = (both.sum() - taken) / rest - taken / n
        return difference

    return Outcome(value, _permuted_p(fall, value, most=most))


def rise_p(hits: int, of: int, reference_hits: int, reference_of: int) -> float:
    """One-sided p-value of Fisher's exact test: so many hits of `of` or more, if both shares are equal."""
    total, drawn = of + reference_of, hits + reference_hits
    ways = [
        math.exp(_log_choose(drawn, one) + _log_choose(total - drawn, of - one) - _log_choose(total, of))
        for one in range(hits, min(of, drawn) + 1)
        if of - one <= total - drawn
    ]
    return min(1.0, math.fsum(ways))


def holm(p_values: list[float]) -> list[float]:
    """Holm's adjusted p-values, in the order given: those up to a level hold it for all of them together."""
    adjusted, highest = [1.0] * len(p_values), 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


def _permuted_p(null: Callable[[int], Floats], observed: float, *, most: int) -> float:
    """The p-value of what was observed; `null` gives so many draws as there are if there is no difference."""
    drawn = extreme = 0
    batch = FIRST
    while drawn < most:
        draws = null(min(batch, most - drawn))
        batch = min(2 * batch, MOST)
        hits = np.flatnonzero(draws >= observed - ROUNDING)
        if extreme + len(hits) >= ENOUGH:
            return ENOUGH / (drawn + int(hits[ENOUGH - extreme - 1]) + 1)
        extreme += len(hits)
        drawn += len(draws)
    return (extreme + 1) / (most + 1)


def _choices(draws: int, n: int, of: int, random: Generator) -> Floats:
    """(draws, of): zeros, and in each row n ones by chance."""
    ranks = np.argpartition(random.random((draws, of)), n - 1, axis=1)[:, :n]
    chosen = np.zeros((draws, of))
    np.put_along_axis(chosen, ranks, 1.0, axis=1)
    return chosen


def _main_directions(vectors: Floats) -> Floats:
    """(n, DIRECTIONS at most) of (n, d): whitened principal components of the standardised dimensions."""
    deviation = vectors.std(axis=0)
    standard = (vectors - vectors.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    left, strengths, _ = np.linalg.svd(standard, full_matrices=False)
    found = strengths > ROUNDING * max(1.0, float(strengths[0]))
    directions: Floats = left[:, found][:, :DIRECTIONS] * math.sqrt(len(vectors))
    return directions


def _distances(vectors: Floats) -> Floats:
    squares = (vectors**2).sum(axis=1)
    squared = squares[:, None] + squares[None, :] - 2 * vectors @ vectors.T
    np.fill_diagonal(squared, 0.0)
    distances: Floats = np.sqrt(np.maximum(squared, 0.0))
    return distances


def _stability(week: Counts, reference: Counts) -> Floats:
    """(draws,) of (draws, k) each; half a listing is added to every category, so that none is empty."""
    shares = (week + 0.5) / (week + 0.5).sum(axis=1, keepdims=True)
    before = (reference + 0.5) / (reference + 0.5).sum(axis=1, keepdims=True)
    index: Floats = ((shares - before) * np.log(shares / before)).sum(axis=1)
    return index


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
