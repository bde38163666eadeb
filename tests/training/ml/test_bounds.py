import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from training.ml.bounds import answers_needed, least_errors, precision_bound, refutation
from training.ml.errors import DataError

ALPHAS = st.sampled_from([0.2, 0.05, 0.001])


@st.composite
def counts(draw: st.DrawFn, most: int = 300) -> tuple[int, int]:
    """(errors, n)"""
    n = draw(st.integers(1, most))
    return draw(st.integers(0, n)), n


@given(counts(), ALPHAS)
def test_without_a_pool_it_is_the_clopper_pearson_bound(seen: tuple[int, int], alpha: float) -> None:
    errors, n = seen
    scipys = stats.binomtest(n - errors, n, alternative="greater").proportion_ci(1 - alpha, method="exact")
    assert precision_bound(errors, n, alpha=alpha) == pytest.approx(scipys.low, abs=1e-9)


@example((0, 1), 0.2, 119)  # 24 of 120 is alpha itself.
@given(counts(80), ALPHAS, st.integers(1, 120))
def test_a_pool_has_the_most_errors_that_scipy_does_not_refute(
    seen: tuple[int, int], alpha: float, pool: int
) -> None:
    errors, n = seen
    refuted = [
        bad
        for bad in range(pool + 1)
        if stats.hypergeom(n + pool, bad + errors, n).cdf(errors) <= alpha * (1 + 1e-9)
    ]
    most = min(refuted, default=pool + 1) - 1
    assert precision_bound(errors, n, alpha=alpha, pool=pool) == pytest.approx(1 - most / pool)


@given(counts(), ALPHAS, st.floats(0.5, 0.99), st.one_of(st.none(), st.integers(1, 500)))
def test_the_test_and_the_bound_agree(
    seen: tuple[int, int], alpha: float, target: float, pool: int | None
) -> None:
    bound, p = precision_bound(*seen, alpha=alpha, pool=pool), refutation(*seen, target, pool=pool)
    if abs(bound - target) > 1e-9 and abs(p - alpha) > 1e-9:
        assert (p <= alpha) == (bound >= target)


@given(counts(), ALPHAS)
def test_the_bound_of_a_large_pool_is_that_of_none(seen: tuple[int, int], alpha: float) -> None:
    assert precision_bound(*seen, alpha=alpha, pool=10**7) == pytest.approx(
        precision_bound(*seen, alpha=alpha), abs=1e-4
    )


@given(counts(), st.floats(0.001, 0.999))
def test_least_errors_is_the_binomial_distribution(seen: tuple[int, int], share: float) -> None:
    assert least_errors(*seen, share) == pytest.approx(stats.binom.cdf(*seen, share), rel=1e-7, abs=1e-12)


@given(counts(), ALPHAS)
def test_another_error_never_raises_the_bound(seen: tuple[int, int], alpha: float) -> None:
    errors, n = seen
    if errors < n:
        assert precision_bound(errors + 1, n, alpha=alpha) <= precision_bound(errors, n, alpha=alpha)


def test_it_holds_what_it_says_of_a_small_pool() -> None:
    """Of all ways in which 12 errors fall into 60 judged and 40 accepted, 95 % keep the bound's word."""
    n, pool, wrong = 60, 40, 12
    broken = sum(
        stats.hypergeom(n + pool, wrong, n).pmf(seen)
        for seen in range(wrong + 1)
        if 1 - (wrong - seen) / pool < precision_bound(seen, n, alpha=0.05, pool=pool) - 1e-9
    )
    assert 0 < broken <= 0.05


def test_fifty_nine_right_answers_show_95_percent() -> None:
    assert answers_needed(0.95, 1.0, alpha=0.05) == 59
    assert precision_bound(0, 59, alpha=0.05) >= 0.95 > precision_bound(0, 58, alpha=0.05)


@pytest.mark.parametrize("precision", [0.96, 0.97, 0.99])
def test_so_many_answers_are_needed_and_hardly_fewer(precision: float) -> None:
    needed = answers_needed(0.95, precision, alpha=0.05)
    assert needed is not None
    errors = math.ceil((1 - precision) * needed - 1e-9)
    assert precision_bound(errors, needed, alpha=0.05) >= 0.95
    fewer = needed // 2
    assert precision_bound(math.ceil((1 - precision) * fewer), fewer, alpha=0.05) < 0.95


def test_no_number_of_answers_shows_what_is_not_so() -> None:
    assert answers_needed(0.95, 0.95, alpha=0.05) is None


@pytest.mark.parametrize(
    ("errors", "n", "alpha", "pool"), [(3, 2, 0.05, None), (0, 5, 1.0, None), (0, 5, 0.05, -1)]
)
def test_impossible_counts_are_refused(errors: int, n: int, alpha: float, pool: int | None) -> None:
    with pytest.raises(DataError):
        precision_bound(errors, n, alpha=alpha, pool=pool)


def test_nothing_right_shows_nothing() -> None:
    assert precision_bound(5, 5, alpha=0.05) == 0.0
    assert precision_bound(0, 0, alpha=0.05) == 0.0
    assert refutation(5, 5, 0.5) == 1.0
    assert least_errors(2, 5, 1.0) == 0.0
