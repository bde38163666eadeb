import json
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from training.ml.calibration import Calibration, Judged, calibrate, isotonic
from training.ml.errors import DataError


def judged(
    votes: int,
    correct: bool,
    *,
    vertical: str = "cap",
    attribute: str = "colour",
    number: int = 0,
    weight: float = 1.0,
) -> Judged:
    return Judged(f"{number}/{attribute}", str(number), vertical, attribute, votes, 8, correct, weight)


def several(
    right: int, wrong: int, votes: int = 8, *, vertical: str = "cap", attribute: str = "colour"
) -> list[Judged]:
    return [
        judged(votes, number < right, vertical=vertical, attribute=attribute, number=number)
        for number in range(right + wrong)
    ]


JUDGED = st.lists(
    st.builds(
        judged,
        st.integers(0, 8),
        st.booleans(),
        vertical=st.sampled_from(["cap", "bag"]),
        attribute=st.sampled_from(["colour", "strap"]),
        weight=st.floats(0.1, 50),
    ),
    max_size=60,
)


@given(JUDGED)
def test_a_probability_never_falls_with_agreement(rows: list[Judged]) -> None:
    calibration = calibrate(rows)
    for vertical in ("cap", "bag", "other"):
        curve = [calibration.probability(vertical, "colour", votes / 8) for votes in range(9)]
        assert curve == sorted(curve) and curve[0] >= 0 and curve[-1] <= 1


@given(JUDGED)
def test_it_comes_back_from_json(rows: list[Judged]) -> None:
    calibration = calibrate(rows)
    assert Calibration.from_json(json.loads(json.dumps(calibration.to_json()))) == calibration


@given(JUDGED, st.randoms())
def test_the_order_of_questions_does_not_matter(rows: list[Judged], chance: random.Random) -> None:
    shuffled = rows[:]
    chance.shuffle(shuffled)
    one, other = calibrate(rows), calibrate(shuffled)
    assert one.levels == other.levels
    assert np.allclose(one.whole, other.whole, atol=1e-5)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 9)), min_size=1, max_size=30))
def test_isotonic_is_that_of_scikit_learn(points: list[tuple[float, float]]) -> None:
    values, weights = [list(one) for one in zip(*points, strict=True)]
    theirs = IsotonicRegression().fit_transform(range(len(values)), values, sample_weight=weights)
    assert np.allclose(isotonic(values, weights), theirs, atol=1e-9)


def test_with_many_answers_an_attribute_speaks_for_itself() -> None:
    rows = several(900, 100) + several(100, 900, attribute="strap")
    calibration = calibrate(rows)
    assert calibration.probability("cap", "colour", 1.0) == pytest.approx(0.9, abs=0.01)
    assert calibration.probability("cap", "strap", 1.0) == pytest.approx(0.1, abs=0.01)


def test_with_few_answers_it_borrows() -> None:
    """Two wrong answers do not make an attribute as bad as they look, when the rest is good."""
    calibration = calibrate(several(190, 10) + several(0, 2, attribute="strap"))
    assert 0.3 < calibration.probability("cap", "strap", 1.0) < 0.9


def test_a_name_borrows_from_other_verticals() -> None:
    rows = several(198, 2, vertical="bag") + several(100, 100, vertical="bag", attribute="strap")
    rows += several(3, 0) + several(3, 0, attribute="strap")
    calibration = calibrate(rows)
    of_cap = [calibration.probability("cap", attribute, 1.0) for attribute in ("colour", "strap")]
    assert of_cap[0] > of_cap[1]


def test_an_attribute_never_judged_has_its_verticals_curve() -> None:
    rows = several(180, 20) + several(50, 150, vertical="bag")
    calibration = calibrate(rows)
    assert calibration.probability("cap", "new", 1.0) > 0.7 > 0.5 > calibration.probability("bag", "new", 1.0)
    assert calibration.probability("new", "new", 1.0) == calibration.whole[-1]


def test_an_agreement_in_between_counts_as_the_lower() -> None:
    calibration = calibrate(several(5, 5, votes=4) + several(10, 0, votes=8))
    assert calibration.probability("cap", "colour", 0.9) == calibration.probability("cap", "colour", 0.5)
    assert calibration.probability("cap", "colour", 0.2) == calibration.probability("cap", "colour", 0.5)


def test_weights_count() -> None:
    heavy = [judged(8, True, weight=9.0, number=n) for n in range(50)]
    light = [judged(8, False, weight=1.0, number=50 + n) for n in range(50)]
    assert calibrate(heavy + light).probability("cap", "colour", 1.0) == pytest.approx(0.9, abs=0.02)


def test_nothing_judged_is_nothing_likely() -> None:
    assert calibrate([]).probability("cap", "colour", 1.0) == 0.0


def test_a_question_without_an_answer_is_never_right() -> None:
    assert calibrate(several(10, 0)).probability("cap", "colour", 0.0) == 0.0


@pytest.mark.parametrize("votes", [-1, 9])
def test_impossible_votes_are_refused(votes: int) -> None:
    with pytest.raises(DataError, match="of 8 votes"):
        judged(votes, True)
