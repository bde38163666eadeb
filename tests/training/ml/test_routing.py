import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from training.ml.calibration import Calibration
from training.ml.errors import DataError
from training.ml.policy import Policy, TargetParams, Threshold, Why
from training.ml.routing import (
    PoolQuestion,
    Route,
    RoutingParams,
    confusion_of,
    disagreement,
    is_audited,
    route,
)

CALIBRATION = Calibration((0.5, 1.0), (0.6, 0.9), {}, {"cap": {"colour": (0.7, 0.99)}})
POLICY = Policy(
    params=TargetParams(),
    calibration=CALIBRATION,
    thresholds=(Threshold("cap", "colour", 0.875, Why.ACCEPTED, "", 100, 80, 79, 0.98, None),),
    units=(),
)
COUNTS = st.lists(st.integers(1, 8), min_size=0, max_size=5)


def question(counts: dict[str, int], *, group: str = "g", chains: int = 8, **more: float) -> PoolQuestion:
    return PoolQuestion("g/colour", group, "cap", "colour", counts, chains, **more)


def unaudited() -> str:
    return next(name for name in map(str, range(100)) if not is_audited(name, share=0.02, salt="audit"))


def test_what_reaches_the_threshold_is_accepted() -> None:
    group = unaudited()
    sure = route(question({"red": 7, "blue": 1}, group=group), POLICY, RoutingParams())
    doubtful = route(question({"red": 6, "blue": 2}, group=group), POLICY, RoutingParams())
    assert (sure.route, sure.value, sure.probability) == (Route.ACCEPT, 0.0, 0.7)
    assert (doubtful.route, doubtful.probability) == (Route.REVIEW, 0.7)
    assert doubtful.value > 0


def test_an_attribute_without_a_threshold_is_reviewed() -> None:
    one = PoolQuestion("g/new", unaudited(), "cap", "new", {"red": 8}, 8)
    assert route(one, POLICY, RoutingParams()).route == Route.REVIEW


@given(COUNTS, st.text(min_size=1, max_size=5))
def test_audit_does_not_look_at_the_model(counts: list[int], group: str) -> None:
    votes = {str(number): count for number, count in enumerate(sorted(counts, reverse=True))}
    params = RoutingParams(audit_share=0.5)
    one = route(question(votes, group=group, chains=max(1, sum(counts))), POLICY, params)
    assert (one.route == Route.AUDIT) == is_audited(group, share=0.5, salt="audit")
    assert one.inclusion == 0.5


def test_so_many_are_audited_as_were_asked_for() -> None:
    drawn = sum(is_audited(str(number), share=0.05, salt="s") for number in range(20_000))
    assert stats.binomtest(drawn, 20_000, 0.05).pvalue > 0.01


@given(st.text(), st.floats(0.001, 1), st.floats(0.001, 1))
def test_a_larger_share_audits_the_same_and_more(group: str, one: float, other: float) -> None:
    small, large = sorted([one, other])
    assert is_audited(group, share=large, salt="s") or not is_audited(group, share=small, salt="s")
    assert is_audited(group, share=1.0, salt="s")


@given(COUNTS, st.integers(0, 8))
def test_disagreement_is_the_entropy_of_the_vote(counts: list[int], lost: int) -> None:
    chains = sum(counts) + lost
    if chains > 1:
        votes = {str(number): count for number, count in enumerate(counts)}
        expected = stats.entropy([*counts, *[1] * lost]) / math.log(chains)
        assert disagreement(question(votes, chains=chains)) == pytest.approx(expected, abs=1e-9)


def test_disagreement_is_none_at_one_answer_and_whole_without_any() -> None:
    assert disagreement(question({"red": 8})) == 0.0
    assert disagreement(question({})) == pytest.approx(1.0)
    assert (disagreement(question({"red": 1}, chains=1)), disagreement(question({}, chains=1))) == (0.0, 1.0)


def test_priority_and_weight_multiply_the_value() -> None:
    counts, group = {"red": 5, "blue": 3}, unaudited()
    params = RoutingParams(attribute_weights={("cap", "colour"): 3.0})
    plain = route(question(counts, group=group), POLICY, RoutingParams())
    weighty = route(question(counts, group=group, priority=2.0), POLICY, params)
    assert weighty.value == pytest.approx(6 * plain.value)


def test_a_confusion_has_no_direction() -> None:
    one, other = question({"red": 5, "blue": 3}), question({"blue": 6, "red": 1, "green": 1})
    assert confusion_of(one) == confusion_of(other) == ("cap", "colour", "blue", "red")
    assert confusion_of(question({"red": 8})) == ("cap", "colour", "", "red")


@pytest.mark.parametrize(
    "wrong",
    [
        {"audit_share": 0.0},
        {"audit_share": 1.1},
        {"per_day": 0},
        {"review_seconds": 0.0},
        {"attribute_weights": {("cap", "colour"): -1.0}},
    ],
)
def test_impossible_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(DataError):
        RoutingParams(**wrong)  # type: ignore[arg-type]  # one wrong value each
