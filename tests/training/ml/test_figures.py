"""Figures of answers on gold equal what scikit-learn and statsmodels make of the same answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    confusion_matrix,
    jaccard_score,
    precision_recall_fscore_support,
)
from sklearn.preprocessing import MultiLabelBinarizer
from statsmodels.stats.proportion import proportion_confint

from training.ml.figures import (
    Answer,
    Estimate,
    Part,
    confusions,
    labels_to_halve,
    macro_f1,
    mean_of,
    share_of,
    value_figures,
)
from training.ml.records import Attribute, values_in

SINGLE = Attribute("colour", "", ("red", "blue", "red, faded", "green"))
MULTI = Attribute("uses", "", ("home", "sport", "work, office", "travel"), multi=True)
STATES = ("not visible", "unknown")


def answers_to(attribute: Attribute) -> st.SearchStrategy[list[Answer]]:
    """Up to forty labels with what a model said."""
    values = st.sets(
        st.sampled_from(attribute.allowed_values), min_size=1, max_size=3 if attribute.multi else 1
    )
    truth = st.one_of(values.map(attribute.answer_of), st.sampled_from(STATES))
    return st.lists(st.tuples(truth, st.one_of(st.none(), truth)), min_size=1, max_size=40)


def wilson(hits: float, count: float) -> tuple[float, float]:
    low, high = proportion_confint(hits, count, alpha=0.05, method="wilson")
    return float(low), float(high)


def parts(attribute: Attribute, text: str | None) -> set[str]:
    """The values of an answer, found by trying every set of values: not how the code does it."""
    if text is None or text in STATES:
        return {text} if text else set()
    allowed = attribute.allowed_values
    sets = [{value for place, value in enumerate(allowed) if bits >> place & 1} for bits in range(1, 16)]
    wanted = [one for one in sets if ", ".join(v for v in allowed if v in one) == text]
    return next(one for one in wanted if attribute.multi or len(one) == 1)


@pytest.mark.parametrize("attribute", [SINGLE, MULTI], ids=["single", "multi"])
@given(data=st.data())
def test_precision_recall_and_f1_are_those_of_scikit_learn(attribute: Attribute, data: st.DataObject) -> None:
    answers = data.draw(answers_to(attribute))
    found = value_figures(attribute, answers)
    names = [one.answer for one in found]
    # A name that nothing has: with one column alone scikit-learn takes it for two classes.
    binary = MultiLabelBinarizer(classes=[*names, "no answer"])
    true = binary.fit_transform([parts(attribute, truth) for truth, _ in answers])
    said = binary.transform([parts(attribute, answer) for _, answer in answers])
    precision, recall, f1, support = precision_recall_fscore_support(
        true, said, labels=range(len(names)), average=None, zero_division=np.nan
    )
    assert [one.true for one in found] == list(support)
    assert [one.precision.value if one.precision else None for one in found] == _known(precision)
    assert [one.recall.value if one.recall else None for one in found] == _known(recall)
    assert [one.f1.value for one in found] == pytest.approx(list(f1))
    assert macro_f1(found) == pytest.approx(float(np.mean(f1)))


def _known(figures: Sequence[float]) -> list[object]:
    return [None if np.isnan(one) else pytest.approx(one) for one in figures]


@pytest.mark.parametrize("attribute", [SINGLE, MULTI], ids=["single", "multi"])
@given(data=st.data())
def test_intervals_are_those_of_statsmodels(attribute: Attribute, data: st.DataObject) -> None:
    answers = data.draw(answers_to(attribute))
    for one in value_figures(attribute, answers):
        has = [one.answer in parts(attribute, truth) for truth, _ in answers]
        was_said = [one.answer in parts(attribute, answer) for _, answer in answers]
        both = sum(map(min, zip(has, was_said, strict=True)))
        if one.precision:
            assert bounds(one.precision) == pytest.approx(wilson(both, sum(was_said)))
        if one.recall:
            assert bounds(one.recall) == pytest.approx(wilson(both, sum(has)))
        low, high = wilson(both, sum(map(max, zip(has, was_said, strict=True))))
        assert bounds(one.f1) == pytest.approx((2 * low / (1 + low), 2 * high / (1 + high)))
        j = jaccard_score(has, was_said)
        assert one.f1.value == pytest.approx(2 * j / (1 + j))


def bounds(found: Estimate) -> tuple[float, float]:
    assert found.low <= found.value <= found.high
    return found.low, found.high


def test_the_interval_of_f1_holds_its_level() -> None:
    """Precision .75 and recall .6 of a value that a quarter of 120 questions have: F1 is 2/3."""
    random = np.random.default_rng(4)
    # Has it and said, has it only, said only, neither.
    chances = [0.15, 0.10, 0.05, 0.70]
    covered = 0
    for both, missed, wrongly, _ in random.multinomial(120, chances, size=4000):
        answers = [("red", "red")] * both + [("red", "blue")] * missed + [("blue", "red")] * wrongly
        if answers:
            found = next(one for one in value_figures(SINGLE, answers) if one.answer == "red")
            covered += found.f1.low <= 2 / 3 <= found.f1.high
    assert 0.94 <= covered / 4000 <= 0.965


@given(answers_to(SINGLE))
def test_confusions_are_those_of_scikit_learn(answers: list[Answer]) -> None:
    names = [*sorted({text or "" for pair in answers for text in pair}), "no answer"]
    matrix = confusion_matrix(
        [truth for truth, _ in answers], [said or "" for _, said in answers], labels=names
    )
    found = confusions(answers)
    assert {(truth, said or ""): count for (truth, said), count in found.items()} == {
        (names[row], names[column]): int(matrix[row, column]) for row, column in np.argwhere(matrix)
    }


COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(st.lists(st.tuples(COUNTS, st.floats(0.1, 1e6)), min_size=1, max_size=8))
def test_a_mean_and_its_interval_are_made_of_the_parts(rows: list[tuple[tuple[int, int], float]]) -> None:
    found = mean_of([Part(correct, count, weight) for (correct, count), weight in rows])
    shares = np.array([correct / count for (correct, count), _ in rows])
    weights = np.array([weight for _, weight in rows])
    lows, highs = np.array([wilson(*counts) for counts, _ in rows]).T
    share = weights / weights.sum()
    assert found.value == pytest.approx(np.average(shares, weights=weights))
    assert found.low == pytest.approx(max(0, found.value - np.linalg.norm(share * (shares - lows))), abs=1e-9)
    assert found.high == pytest.approx(
        min(1, found.value + np.linalg.norm(share * (highs - shares))), abs=1e-9
    )
    assert found.count == sum(count for (_, count), _ in rows)


def test_the_interval_of_a_mean_holds_its_level() -> None:
    """Five attributes of thirty questions each."""
    random, chances = np.random.default_rng(5), np.array([0.6, 0.75, 0.9, 0.97, 0.5])
    covered = 0
    for correct in random.binomial(30, chances, size=(4000, 5)):
        found = mean_of([Part(int(one), 30) for one in correct])
        covered += found.low <= chances.mean() <= found.high
    assert 0.94 <= covered / 4000 <= 0.97


@pytest.mark.parametrize("parts_", [[], [Part(3, 5, 0.0)]])
def test_nothing_has_no_mean(parts_: list[Part]) -> None:
    with pytest.raises(ValueError, match="nothing to average"):
        mean_of(parts_)


@given(COUNTS)
def test_so_many_more_labels_halve_the_interval_and_one_less_does_not(counts: tuple[int, int]) -> None:
    correct, count = counts

    def width(n: float) -> float:
        low, high = wilson(correct / count * n, n)
        return high - low

    needed = count + labels_to_halve(correct, count)
    assert width(needed) <= width(count) / 2 + 1e-9
    assert width(needed - 1) > width(count) / 2 - 1e-9


def test_four_times_as_many_labels_halve_a_narrow_interval() -> None:
    assert labels_to_halve(2400, 3000) == pytest.approx(3 * 3000, rel=0.01)


@given(COUNTS)
def test_a_share_has_wilsons_interval(counts: tuple[int, int]) -> None:
    found = share_of(*counts)
    assert (found.value, *bounds(found)) == pytest.approx(
        (counts[0] / counts[1], *wilson(*counts)), abs=1e-12
    )
    assert (found.hits, found.count) == counts


@given(st.sets(st.sampled_from(MULTI.allowed_values), min_size=1))
def test_an_answer_of_several_values_is_taken_apart_as_it_was_put_together(values: set[str]) -> None:
    assert set(MULTI.values_of(MULTI.answer_of(values))) == values


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (SINGLE.values_of, ("red, faded",)),
        (lambda text: values_in(text, ("red", "blue")), ()),
        (Attribute("colour", "", ("red", "faded"), multi=True).values_of, ("red", "faded")),
    ],
)
def test_a_value_may_hold_the_separator(
    text: Callable[[str], tuple[str, ...]], read: tuple[str, ...]
) -> None:
    assert text("red, faded") == read


def test_a_state_and_a_foreign_answer_are_values_of_their_own() -> None:
    assert MULTI.values_of("not visible") == ("not visible",)
    assert MULTI.values_of("garden") == ("garden",)
