"""The chi-square tests of the benchmarks find what differs, and nothing else."""

from __future__ import annotations

import random

import pytest
from scipy.stats import chi2, chi2_contingency, chisquare

from training.ml.bench.agreement import chi_square_p, follows, same_distribution

VALUES = ["red", "green", "blue", None]


def drawn(seed: int, weights: list[int], count: int = 2000) -> list[str | None]:
    return random.Random(seed).choices(VALUES, weights, k=count)


def test_p_is_scipys() -> None:
    for statistic, freedom in ((3.2, 1), (40.0, 31), (12.5, 20)):
        assert chi_square_p(statistic, freedom) == pytest.approx(chi2.sf(statistic, freedom), rel=1e-9)
    assert chi_square_p(0.0, 0) == 1.0


def test_one_question_is_scipys_test_of_a_table() -> None:
    ours, theirs = drawn(1, [4, 3, 2, 1]), drawn(2, [4, 3, 2, 1])
    table = [[side.count(value) for value in VALUES] for side in (ours, theirs)]
    expected = chi2_contingency(table, correction=False).pvalue
    assert same_distribution({"q": ours}, {"q": theirs}) == pytest.approx(expected, rel=1e-9)


def test_the_same_source_passes_and_another_does_not() -> None:
    ours = {f"q{number}": drawn(number, [4, 3, 2, 1]) for number in range(5)}
    same = {f"q{number}": drawn(50 + number, [4, 3, 2, 1]) for number in range(5)}
    assert same_distribution(ours, same) > 0.01
    assert same_distribution(ours, same | {"q3": drawn(9, [3, 4, 2, 1])}) < 1e-4


def test_a_question_with_one_answer_says_nothing() -> None:
    assert same_distribution({"q": ["red"] * 50}, {"q": ["red"] * 50}) == 1.0


def test_answers_that_follow_given_shares_pass_as_in_scipy() -> None:
    shares = {"red": 0.4, "green": 0.3, "blue": 0.2, None: 0.1}
    answers = drawn(4, [4, 3, 2, 1])
    observed = [answers.count(value) for value in VALUES]
    expected = [share * len(answers) for share in shares.values()]
    assert follows(answers, shares) == pytest.approx(chisquare(observed, expected).pvalue, rel=1e-9)
    assert follows(answers, {"red": 0.3, "green": 0.4, "blue": 0.2, None: 0.1}) < 1e-4
