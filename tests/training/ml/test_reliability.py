import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from tests.training.ml.test_calibration import several
from training.ml.calibration import calibrate
from training.ml.reliability import Bin, expected_calibration_error, reliability, reliability_of

OUTCOMES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=200)


@given(OUTCOMES)
def test_every_question_is_in_one_bin(outcomes: list[tuple[float, bool]]) -> None:
    curve = reliability_of(outcomes)
    assert sum(one.questions for one in curve) == len(outcomes)
    assert sum(one.correct for one in curve) == sum(right for _, right in outcomes)
    assert all(one.low <= one.expected <= one.high for one in curve)
    for one in curve:
        low, high = one.interval
        assert one.precision is None or low - 1e-9 <= one.precision <= high + 1e-9


def test_the_curve_is_that_of_scikit_learn() -> None:
    chance = np.random.default_rng(0)
    probabilities = chance.random(500)
    came_true = chance.random(500) < probabilities**2
    theirs, expected = calibration_curve(came_true, probabilities, n_bins=10)
    curve = reliability_of(zip(probabilities.tolist(), came_true.tolist(), strict=True))
    assert [one.precision for one in curve] == pytest.approx(theirs.tolist())
    assert [one.expected for one in curve] == pytest.approx(expected.tolist())


def test_the_error_is_the_mean_distance() -> None:
    curve = [Bin(0.0, 0.5, 10, 1, 0.3), Bin(0.5, 1.0, 30, 30, 0.9), Bin(0.5, 1.0, 0, 0, 0.75)]
    assert expected_calibration_error(curve) == pytest.approx((10 * 0.2 + 30 * 0.1) / 40)
    assert expected_calibration_error([]) == 0.0


def test_a_calibration_of_its_own_questions_is_near_the_diagonal() -> None:
    rows = several(90, 10) + several(30, 70, votes=4)
    assert expected_calibration_error(reliability(calibrate(rows), rows)) < 0.02
