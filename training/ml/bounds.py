"""How precise the pool's answers are at least, from a judged sample of them. Exact, without SciPy."""

from __future__ import annotations

import math

import numpy as np

from training.ml.errors import DataError

MOST_ANSWERS = 1 << 24
"""Beyond which nobody asks how many more it takes."""
ROUNDED = 1 + 1e-9
"""A probability that equals alpha but for rounding is not above it."""


def precision_bound(errors: int, n: int, *, alpha: float, pool: int | None = None) -> float:
    """The precision that the pool's answers have at least, at one-sided confidence 1 - alpha.

    Without `pool` it is the Clopper-Pearson bound of the probability that an answer is right. With it, it is
    a bound of the share of right ones among exactly those `pool` answers, if the n judged ones could as well
    have been any n of all: the hypergeometric counterpart, which also allows for the luck of a small pool.

    Args:
        errors: wrong ones among the n that were judged.
        pool: answers that are to be accepted unjudged; None: so many that their own luck does not matter.

    Raises:
        DataError: for counts that cannot be, or an alpha outside (0, 1).
    """
    if not 0 <= errors <= n or (pool is not None and pool < 0):
        raise DataError(f"{errors} errors of {n} judged and a pool of {pool}: counts cannot be so")
    if not 0 < alpha < 1:
        raise DataError(f"alpha is {alpha}: give a share between 0 and 1, such as 0.05")
    if errors == n or pool == 0:
        return 0.0
    if pool is None:
        return 1 - _largest_share(errors, n, alpha)
    return 1 - _most_pool_errors(errors, n, pool, alpha) / pool


def refutation(errors: int, n: int, target: float, *, pool: int | None = None) -> float:
    """p of the hypothesis that precision is below target: `precision_bound` reaches it where p <= alpha."""
    if errors >= n or pool == 0:
        return 1.0
    if pool is None:
        return least_errors(errors, n, 1 - target)
    too_many = math.floor((1 - target) * pool + 1e-9) + 1
    if too_many > pool:
        return 0.0
    return _hypergeometric_tail(errors, n, too_many + errors, n + pool)


def answers_needed(target: float, precision: float, *, alpha: float, pool: int | None = None) -> int | None:
    """How many judged answers let the bound reach `target` if the share `precision` of them is right.

    None: no number does, because the precision is not above the target, or the pool is too small.
    """
    if precision <= target:
        return None
    most = 2
    while not _reaches(most, target, precision, alpha, pool):
        most *= 2
        if most > MOST_ANSWERS:
            return None
    least = most // 2
    while most - least > 1:
        middle = (least + most) // 2
        if _reaches(middle, target, precision, alpha, pool):
            most = middle
        else:
            least = middle
    return most


def least_errors(errors: int, n: int, share: float) -> float:
    """P(X <= errors) of X binomial: n answers of which each is wrong with probability `share`."""
    if share <= 0 or errors >= n:
        return 1.0
    if share >= 1:
        return 0.0
    at = np.arange(errors)
    steps = np.log((n - at) / (at + 1)) + math.log(share) - math.log1p(-share)
    return _sum(n * math.log1p(-share), steps)


def _reaches(n: int, target: float, precision: float, alpha: float, pool: int | None) -> bool:
    errors = math.ceil((1 - precision) * n - 1e-9)
    return refutation(errors, n, target, pool=pool) <= alpha * ROUNDED


def _largest_share(errors: int, n: int, alpha: float) -> float:
    """The error probability at which so few errors have the probability alpha, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if least_errors(errors, n, middle) > alpha:
            low = middle
        else:
            high = middle
    return high


def _most_pool_errors(errors: int, n: int, pool: int, alpha: float) -> int:
    """The most errors of the pool that are not refuted at level alpha."""
    low, high = 0, pool + 1
    while high - low > 1:
        middle = (low + high) // 2
        if _hypergeometric_tail(errors, n, middle + errors, n + pool) > alpha * ROUNDED:
            low = middle
        else:
            high = middle
    return low


def _hypergeometric_tail(x: int, n: int, marked: int, total: int) -> float:
    """P(X <= x): of `total`, `marked` are marked and n are drawn; X of these are marked."""
    first = max(0, n + marked - total)
    if x < first:
        return 0.0
    at = np.arange(first, min(x, n, marked), dtype=float)
    steps = np.log((marked - at) * (n - at) / ((at + 1) * (total - marked - n + at + 1)))
    log_first = _log_choose(marked, first) + _log_choose(total - marked, n - first) - _log_choose(total, n)
    return _sum(log_first, steps)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _sum(log_first: float, log_steps: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """The sum of terms, of which each is its predecessor times a step."""
    logs = log_first + np.concatenate([[0.0], np.cumsum(log_steps)])
    top = float(logs.max())
    return math.exp(top) * float(np.exp(logs - top).sum())
