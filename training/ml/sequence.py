"""A chain of growing sets of answers, tested one after the other until the first fails."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from training.ml.bounds import answers_needed, least_errors, precision_bound, refutation


@dataclass(frozen=True, slots=True)
class Tested:
    """One set of answers, as its judged sample shows it."""

    questions: int
    """Judged questions in the set."""
    errors: int
    share: float
    """Weighted share of the errors."""
    effective: float
    """How many independent and equally weighted questions the judged ones are worth, at most `questions`."""
    pool: int
    """Pool answers in the set."""
    expected: float
    """The set's precision, as far as is known without this sample."""

    @property
    def n(self) -> int:
        """Whole effective questions."""
        return math.floor(self.effective + 1e-9)

    @property
    def independent_pool(self) -> int:
        """The pool's answers that hang together count no more than the sample's do."""
        return max(1, round(self.pool * self.effective / self.questions)) if self.questions else self.pool

    def refuted(self, target: float) -> float:
        """p of the hypothesis that precision is below target; between whole errors interpolated."""
        errors = min(self.share * self.n, self.n)
        low, high = math.floor(errors + 1e-9), math.ceil(errors - 1e-9)
        p = refutation(low, self.n, target, pool=self.independent_pool)
        if high == low:
            return p
        return p + (errors - low) * (refutation(high, self.n, target, pool=self.independent_pool) - p)

    def bound(self, alpha: float) -> float:
        """Least precision that is not refuted at level alpha; errors are rounded up to whole ones."""
        errors = min(self.n, math.ceil(self.share * self.n - 1e-9))
        return precision_bound(errors, self.n, alpha=alpha, pool=self.independent_pool)

    def power(self, target: float, alpha: float) -> float:
        """How likely such a sample is to pass, if the set is as precise as expected."""
        most = most_errors(self.n, target, alpha, self.independent_pool)
        return 0.0 if most < 0 else least_errors(most, self.n, 1 - self.expected)

    def more(self, target: float, alpha: float) -> int | None:
        """How many more judged questions of the set let it pass if its errors stay as rare; None: none do."""
        needed = answers_needed(target, 1 - self.share, alpha=alpha, pool=self.independent_pool)
        if needed is None:
            return None
        return max(1, math.ceil(needed * self.questions / self.effective) - self.questions)


def first_to_try(chain: Sequence[Tested], target: float, alpha: float) -> int:
    """The place of the set that is likeliest to pass, the smaller set where two are."""
    powers = [one.power(target, alpha) for one in chain]
    return powers.index(max(powers))


def last_passed(chain: Sequence[Tested], start: int, target: float, alpha: float) -> int | None:
    """The place of the last set, from `start` on, that passes before one fails; None when the first fails."""
    passed = None
    for at in range(start, len(chain)):
        if chain[at].refuted(target) > alpha:
            break
        passed = at
    return passed


def most_errors(n: int, target: float, alpha: float, pool: int | None) -> int:
    """The most errors of n with which a test at level alpha passes; -1 when not even none does."""
    low, high = -1, n + 1
    while high - low > 1:
        middle = (low + high) // 2
        if refutation(middle, n, target, pool=pool) <= alpha:
            low = middle
        else:
            high = middle
    return low
