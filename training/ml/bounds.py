"""How good the answers of the pool are at least, from a sample of them that was judged: exact, without SciPy."""

from __future__ import annotations

import math

import numpy as np

from training.ml.errors import DataError


def precision_bound(errors: int, n: int, *, alpha: float, pool: int | None = None) -> float:
    """The precision that the pool's answers have at least, at one-sided confidence 1 - alpha.

    Without `pool` it is the Clopper-Pearson bound of the probability that an answer is right. With it, it is a
    bound of the share of right ones among exactly those `pool` answers, of which and the n judged ones any n
    might have been drawn: the hypergeometric counterpart, which also allows for the luck of a small pool.

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
    return 1 - _most_errors(errors, n, pool, alpha) / pool


def answers_needed(target: float, precision: float, *, alpha: float, pool: int | None = None) -> int | None:
    """How many judged answers it takes for the bound to reach `target` if the share `precision` of them is right.

    None: no number does, because the precision is not above the target, or the pool is too small.
    """
    if precision <= target:
        return None
    most = 2
    while not _reaches(most, target, precision, alpha, pool):
        most *= 2
        if most > 1 << 40:
            return None
    least = most // 2
    while most - least > 1:
        middle = (least + most) // 2
        if _reaches(middle, target, precision, alpha, pool):
            most = middle
        else:
            least = middle
    return most


def _reaches(n: int, target: float, precision: float, alpha: float, pool: int | None) -> bool:
    errors = math.ceil((1 - precision) * n - 1e-9)
    return precision_bound(errors, n, alpha=alpha, pool=pool) >= target


def _largest_share(errors: int, n: int, alpha: float) -> float:
    """The error probability q with P(Binomial(n, q) <= errors) = alpha, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _binomial_tail(errors, n, middle) > alpha:
            low = middle
        else:
            high = middle
    return high


def _most_errors(errors: int, n: int, pool: int, alpha: float) -> int:
    """The most errors of the pool that are not refuted at level alpha."""
    low, high = -1, pool + 1  # Refuted are more and more of them, from `high` on.
    while high - low > 1:
        middle = (low + high) // 2
        if middle < 0 or _hypergeometric_tail(errors, n, middle + errors, n + pool) > alpha:
            low = middle
        else:
            high = middle
    return min(pool, max(0, low))


def _binomial_tail(x: int, n: int, share: float) -> float:
    """P(X <= x) of the binomial distribution, 0 < share < 1."""
    at = np.arange(x)
    steps = np.log((n - at) / (at + 1)) + math.log(share) - math.log1p(-share)
    return _sum(n * math.log1p(-share), steps)


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
