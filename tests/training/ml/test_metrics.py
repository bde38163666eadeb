"""Accuracies are counted right and come with the majority-class share and an interval."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from training.ml.metrics import (
    Z_95,
    Accuracy,
    accuracies,
    mean_interval,
    student_quantile,
    wilson_interval,
)
from training.ml.records import Attribute, Listing, Question

ATTRIBUTES = {code: Attribute(code, "", ("x", "y", "z")) for code in ("colour", "shape")}

outcomes = st.lists(
    st.tuples(
        st.sampled_from(["bag", "cap"]),
        st.sampled_from(["colour", "shape"]),
        st.sampled_from(["x", "y", "z", "unknown"]),
        st.sampled_from(["x", "y", "z", "unknown", None]),
    ),
    min_size=1,
    max_size=40,
)


def asked(number: int, vertical: str, attribute: str, truth: str) -> Question:
    listing = Listing(f"{vertical}-{number}", vertical, (Path("x.png"),), answers={attribute: truth})
    return Question(listing, ATTRIBUTES[attribute])


@pytest.mark.parametrize(
    ("correct", "n", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1.0),
    ],
)
def test_the_interval_is_wilsons(correct: int, n: int, low: float, high: float) -> None:
    assert wilson_interval(correct, n) == pytest.approx((low, high), abs=5e-5)


def test_nothing_is_known_without_questions() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)


@given(st.integers(0, 300), st.integers(1, 300))
def test_the_interval_holds_the_share_and_stays_in_bounds(correct: int, n: int) -> None:
    correct = min(correct, n)
    low, high = wilson_interval(correct, n)
    assert 0.0 <= low <= correct / n + 1e-12
    assert correct / n - 1e-12 <= high <= 1.0


@given(outcomes)
def test_every_slice_agrees_with_a_plain_count(rows: list[tuple[str, str, str, str | None]]) -> None:
    questions = [asked(number, *row[:3]) for number, row in enumerate(rows)]
    said = {question.question_id: row[3] for question, row in zip(questions, rows, strict=True)}
    for accuracy in accuracies(questions, said):
        slice_rows = [
            row for row in rows if accuracy.vertical in ("", row[0]) and accuracy.attribute in ("", row[1])
        ]
        classes = {(row[0], row[1]) for row in slice_rows}
        most_frequent = {
            one: Counter(row[2] for row in slice_rows if row[:2] == one).most_common(1)[0][1]
            for one in classes
        }
        assert accuracy.questions == len(slice_rows)
        assert accuracy.correct == sum(row[2] == row[3] for row in slice_rows)
        assert accuracy.unparseable == sum(row[3] is None for row in slice_rows)
        assert accuracy.majority_class == pytest.approx(sum(most_frequent.values()) / len(slice_rows))
        assert accuracy.value == accuracy.correct / accuracy.questions
        assert accuracy.interval == wilson_interval(accuracy.correct, accuracy.questions)


def test_rows_go_from_attributes_to_verticals_to_the_whole() -> None:
    questions = [
        asked(0, "cap", "shape", "x"),
        asked(1, "bag", "colour", "x"),
        asked(2, "cap", "colour", "y"),
    ]
    rows = accuracies(questions, {question.question_id: "x" for question in questions})
    assert [(row.vertical, row.attribute) for row in rows] == [
        ("bag", "colour"),
        ("bag", ""),
        ("cap", "colour"),
        ("cap", "shape"),
        ("cap", ""),
        ("", ""),
    ]
    assert (rows[-1].correct, rows[-1].questions) == (2, 3)
    assert Accuracy.from_json(rows[-1].to_json()) == rows[-1]


def test_a_question_left_out_is_an_error_and_not_a_wrong_answer() -> None:
    with pytest.raises(KeyError, match="bag-0/colour"):
        accuracies([asked(0, "bag", "colour", "x")], {})


def test_a_question_without_a_known_answer_cannot_be_evaluated() -> None:
    question = Question(Listing("a", "bag", ()), ATTRIBUTES["colour"])
    with pytest.raises(ValueError, match="a/colour has no known answer"):
        accuracies([question], {"a/colour": "x"})


@given(st.integers(3, 1000))
def test_students_quantile_is_that_of_scipy(freedom: int) -> None:
    assert student_quantile(Z_95, freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=0.01)


def test_the_interval_of_a_mean_is_that_of_scipy() -> None:
    values = [0.3, -0.2, 0.9, 0.4, 0.1, 0.6]
    mean, *interval = mean_interval(values)
    theirs = stats.t.interval(0.95, len(values) - 1, loc=mean, scale=stats.sem(values))
    assert mean == pytest.approx(0.35)
    assert interval == pytest.approx(theirs, abs=0.005)


def test_one_value_has_no_width() -> None:
    mean, low, high = mean_interval([0.5])
    assert (mean, low, high) == (0.5, float("-inf"), float("inf"))
