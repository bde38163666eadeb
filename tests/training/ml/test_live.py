import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.ml.errors import DataError
from training.ml.live import Audited, live_accuracy
from training.ml.metrics import wilson_interval


def test_equal_weights_give_the_plain_share() -> None:
    rows = [Audited(str(number), "cap", number < 80, 0.1) for number in range(100)]
    *_, whole = live_accuracy(rows)
    low, high = wilson_interval(80, 100)
    assert whole.accuracy == pytest.approx(0.8)
    assert (whole.questions, whole.groups) == (100, 100)
    # Student's quantile for 99 degrees is 1 % wider than the normal one.
    assert (whole.low, whole.high) == pytest.approx((low, high), abs=0.003)
    assert whole.high - whole.low > high - low


def test_rarely_drawn_questions_stand_for_more() -> None:
    rows = [Audited("a", "cap", True, 0.5), Audited("b", "cap", False, 0.1)]
    assert live_accuracy(rows)[-1].accuracy == pytest.approx(2 / 12)


def test_questions_of_one_listing_say_less_than_as_many_of_several() -> None:
    alone = [Audited(str(number), "cap", number % 4 > 0, 0.1) for number in range(200)]
    together = [Audited(str(number // 4 * 4 % 200), "cap", number // 4 % 4 > 0, 0.1) for number in range(200)]
    wide, narrow = live_accuracy(together)[-1], live_accuracy(alone)[-1]
    assert wide.accuracy == pytest.approx(narrow.accuracy, abs=0.02)
    assert wide.high - wide.low > 1.8 * (narrow.high - narrow.low)


def test_verticals_in_order_and_last_the_whole() -> None:
    rows = [Audited("1", "cap", True, 1.0), Audited("2", "bag", False, 1.0)]
    found = live_accuracy(rows, [("bag", True), ("bag", False), ("shoe", True)])
    assert [row.vertical for row in found] == ["bag", "cap", ""]
    assert [row.reviewed for row in found] == [2, 0, 3]
    assert [row.naive for row in found] == [0.5, None, pytest.approx(2 / 3)]


def test_one_group_says_nothing_sure() -> None:
    [_, whole] = live_accuracy([Audited("1", "cap", True, 0.5)] * 3)
    assert (whole.low, whole.high) == (0.0, 1.0)


def test_all_right_is_not_certain() -> None:
    whole = live_accuracy([Audited(str(number), "cap", True, 0.5) for number in range(30)])[-1]
    assert whole.accuracy == 1.0 and whole.high == 1.0 and 0.8 < whole.low < 0.95


def test_nothing_audited_is_nothing_known() -> None:
    assert live_accuracy([], [("cap", True)]) == []


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.floats(0.01, 1)), min_size=1, max_size=50))
def test_the_interval_holds_the_estimate(drawn: list[tuple[int, bool, float]]) -> None:
    for row in live_accuracy(Audited(str(group), "cap", right, share) for group, right, share in drawn):
        assert 0 <= row.low <= row.accuracy + 1e-9 and row.accuracy - 1e-9 <= row.high <= 1


@pytest.mark.parametrize("inclusion", [0.0, 1.5])
def test_an_impossible_inclusion_is_refused(inclusion: float) -> None:
    with pytest.raises(DataError, match="inclusion"):
        Audited("1", "cap", True, inclusion)


def test_a_reviewers_reliability_divides_the_estimate() -> None:
    rows = [Audited(str(number), "cap", number < 72, 0.1) for number in range(100)]
    plain, made_up_for = live_accuracy(rows)[-1], live_accuracy(rows, reliability=0.9)[-1]
    assert made_up_for.accuracy == pytest.approx(0.8)
    assert made_up_for.high - made_up_for.low == pytest.approx((plain.high - plain.low) / 0.9)
    with pytest.raises(DataError, match="reliability"):
        live_accuracy(rows, reliability=0.0)


def test_an_impossible_confidence_is_refused() -> None:
    with pytest.raises(DataError, match="confidence"):
        live_accuracy([], confidence=1.0)


def test_it_covers_with_unequal_shares_and_listings_that_are_right_together() -> None:
    """200 catalogues of 400 listings with four attributes; the second half is drawn five times as often."""
    covered = 0
    for seed in range(200):
        chance = random.Random(seed)
        right = [
            [chance.random() < ease for _ in range(4)]
            for ease in (chance.betavariate(4, 1) for _ in range(400))
        ]
        truth = sum(map(sum, right)) / 1600
        shares = [0.1 if number < 200 else 0.5 for number in range(400)]
        rows = [
            Audited(str(number), "cap", answer, shares[number])
            for number in range(400)
            if chance.random() < shares[number]
            for answer in right[number]
        ]
        whole = live_accuracy(rows)[-1]
        covered += whole.low <= truth <= whole.high
    assert covered >= 0.93 * 200
