import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from training.ml.calibration import Judged, calibrate
from training.ml.errors import DataError
from training.ml.evidence import Pool, as_in_pool, likeness
from training.ml.policy import Policy, TargetParams, Why
from training.ml.thresholds import choose_thresholds, held_out


def judged(
    number: int, votes: int, correct: bool, attribute: str = "colour", vertical: str = "cap"
) -> Judged:
    return Judged(
        f"{vertical}-{number}/{attribute}", f"{vertical}-{number}", vertical, attribute, votes, 8, correct
    )


def catalogue(
    count: int, right: dict[int, float], *, attribute: str = "colour", vertical: str = "cap", seed: int = 0
) -> list[Judged]:
    """Questions with 4 to 8 votes in turn, right with the probability of their votes."""
    chance = np.random.default_rng(seed)
    levels = sorted(right)
    return [
        judged(number, votes, bool(chance.random() < right[votes]), attribute, vertical)
        for number, votes in enumerate(levels[at % len(levels)] for at in range(count))
    ]


def counted(rows: list[Judged], times: int = 10) -> Pool:
    pool: dict[tuple[str, str], Counter[float]] = {}
    for one in rows:
        pool.setdefault((one.vertical, one.attribute), Counter())[one.agreement] += times
    return pool


STEEP = {4: 0.3, 5: 0.5, 6: 0.7, 7: 0.98, 8: 1.0}


def test_the_threshold_is_where_precision_reaches_the_target() -> None:
    rows = catalogue(3000, STEEP)
    policy = choose_thresholds(rows, counted(rows))
    [threshold] = policy.thresholds
    assert (threshold.agreement, threshold.why, threshold.more) == (7 / 8, Why.ACCEPTED, None)
    assert threshold.expected == pytest.approx(0.99, abs=0.01)
    assert policy.accepts("cap", "colour", 7 / 8) and policy.accepts("cap", "colour", 1.0)
    assert not policy.accepts("cap", "colour", 6 / 8) and not policy.accepts("cap", "other", 1.0)
    [unit] = policy.units
    assert unit.passed and unit.bound >= 0.95 and unit.name == "cap/colour"


def test_too_few_answers_accept_nothing_and_say_how_many_more() -> None:
    rows = catalogue(100, STEEP)
    policy = choose_thresholds(rows, counted(rows, 1000))
    [threshold] = policy.thresholds
    assert (threshold.agreement, threshold.why) == (None, Why.TOO_FEW)
    assert not policy.accepts("cap", "colour", 1.0)
    assert threshold.more is not None and 50 < threshold.more < 1000


def test_as_many_more_as_it_says_are_enough() -> None:
    """With what was seen so far gone on with, the bound passes, and with far fewer it does not."""
    rows = catalogue(100, {6: 0.5, 8: 1.0})
    more = choose_thresholds(rows, counted(rows, 1000)).thresholds[0].more
    assert more is not None
    passed = [
        choose_thresholds(grown, counted(grown, 1000)).thresholds[0].agreement is not None
        for grown in (catalogue(100 + count, {6: 0.5, 8: 1.0}) for count in (more // 2, round(more * 1.3)))
    ]
    assert passed == [False, True]


def test_no_number_helps_an_attribute_below_the_target() -> None:
    rows = catalogue(2000, {6: 0.5, 8: 0.9})
    [threshold] = choose_thresholds(rows, counted(rows)).thresholds
    assert (threshold.agreement, threshold.why, threshold.more) == (None, Why.BELOW_TARGET, None)


def test_a_bad_attribute_is_not_accepted_among_good_ones() -> None:
    rows = catalogue(1500, STEEP) + catalogue(1500, {6: 0.4, 8: 0.8}, attribute="strap", seed=1)
    policy = choose_thresholds(rows, counted(rows))
    assert policy.accepts("cap", "colour", 1.0) and not policy.accepts("cap", "strap", 1.0)


def test_attributes_with_few_answers_are_tested_together() -> None:
    """Forty attributes with 30 answers each: none could be shown alone, all together can."""
    rows = [
        one
        for number in range(40)
        for one in catalogue(
            30, {5: 0.4, 8: 1.0}, attribute=f"a{number}", vertical=f"v{number % 4}", seed=number
        )
    ]
    policy = choose_thresholds(rows, counted(rows, 100))
    assert {unit.name for unit in policy.units} == {""}
    assert sum(threshold.agreement == 1.0 for threshold in policy.thresholds) >= 35


def test_an_attribute_with_many_answers_stands_alone_and_the_others_together() -> None:
    rows = catalogue(4000, {5: 0.4, 8: 1.0}) + catalogue(200, {5: 0.4, 8: 1.0}, attribute="strap", seed=1)
    names = [unit.name for unit in choose_thresholds(rows, counted(rows)).units]
    assert names == ["", "cap/colour"]


def test_an_attribute_hardly_judged_is_never_accepted() -> None:
    rows = catalogue(3000, {5: 0.4, 8: 1.0}) + [judged(number, 8, True, "strap") for number in range(4)]
    policy = choose_thresholds(rows, counted(rows))
    strap = next(one for one in policy.thresholds if one.attribute == "strap")
    assert (strap.agreement, strap.why, strap.more) == (None, Why.NO_EVIDENCE, 6)


def test_an_attribute_of_the_pool_that_nobody_judged_is_there() -> None:
    rows = catalogue(100, STEEP)
    policy = choose_thresholds(rows, {**counted(rows), ("bag", "new"): {1.0: 7}})
    assert [(one.vertical, one.why) for one in policy.thresholds] == [
        ("bag", Why.NO_EVIDENCE),
        ("cap", Why.TOO_FEW),
    ]


def test_without_any_judged_question_nothing_is_accepted() -> None:
    policy = choose_thresholds([], {("cap", "colour"): {1.0: 1000}})
    assert [one.agreement for one in policy.thresholds] == [None]
    assert not policy.accepts("cap", "colour", 1.0)


def test_it_comes_back_from_json() -> None:
    rows = catalogue(600, STEEP)
    policy = choose_thresholds(rows, counted(rows))
    assert Policy.from_json(json.loads(json.dumps(policy.to_json()))) == policy


def test_a_higher_target_never_accepts_more_of_one_attribute() -> None:
    rows = catalogue(3000, STEEP)
    cuts = [
        choose_thresholds(rows, counted(rows), TargetParams(precision=target)).thresholds[0].agreement
        for target in (0.6, 0.8, 0.9, 0.95)
    ]
    assert None not in cuts
    assert cuts == sorted(cuts, key=lambda cut: cut or 0)


def test_a_vertical_weighs_as_in_the_pool() -> None:
    rows = catalogue(100, STEEP) + catalogue(300, STEEP, vertical="bag")
    weighted = as_in_pool(rows, {("cap", "colour"): {1.0: 900}, ("bag", "colour"): {1.0: 100}})
    mass = Counter[str]()
    for one in weighted:
        mass[one.vertical] += one.weight  # type: ignore[assignment]  # a Counter of weights
    assert mass == {"cap": pytest.approx(900), "bag": pytest.approx(100)}
    assert as_in_pool(rows, {("cap", "colour"): {1.0: 5}}) == as_in_pool(
        rows[:100], {("cap", "colour"): {1.0: 5}}
    )


def test_a_vertical_that_is_rare_in_gold_and_bad_is_not_hidden() -> None:
    """Nine tenths of the pool are a vertical that is a tenth of gold, and at chance."""
    rows = catalogue(900, {8: 1.0}) + catalogue(100, {8: 0.5}, vertical="bag", seed=1)
    pool = {("cap", "colour"): {1.0: 1000}, ("bag", "colour"): {1.0: 9000}}
    assert not choose_thresholds(rows, pool).accepts("bag", "colour", 1.0)


def test_likeness_is_that_of_the_groups() -> None:
    chance = np.random.default_rng(0)
    alike, apart = [], []
    for number in range(400):
        luck = bool(chance.random() < 0.6)
        for attribute in "abcd":
            alike.append(judged(number, 8, luck, attribute))
            apart.append(judged(number, 8, bool(chance.random() < 0.6), attribute))
    assert likeness(calibrate(alike), alike) > 0.9
    assert likeness(calibrate(apart), apart) < 0.1
    assert likeness(calibrate([]), []) == 0.0


def test_questions_that_are_right_together_are_harder_to_believe() -> None:
    """The same share of right answers, from listings that are right or wrong as a whole."""
    chance = np.random.default_rng(0)
    units = []
    for together in (False, True):
        rows = []
        for number in range(100):
            luck = [bool(one) for one in chance.random(4) < 0.97]
            rows += [
                judged(number, 8, luck[0] if together else right, attribute)
                for attribute, right in zip("abcd", luck, strict=True)
            ]
        [unit] = choose_thresholds(rows, counted(rows, 1000), TargetParams(precision=0.9)).units
        units.append(unit)
    assert units[1].effective < 0.5 * units[0].effective
    assert units[1].bound < units[0].bound


def test_held_out_probabilities_have_not_seen_their_group() -> None:
    """Outcomes by the toss of a coin: nothing is learned about a group from the others."""
    chance = np.random.default_rng(0)
    rows = [judged(number, 8, bool(chance.random() < 0.5)) for number in range(500)]
    outcomes = held_out(rows)
    assert sorted(right for _, right in outcomes) == sorted(one.correct for one in rows)
    assert all(0.4 < probability < 0.6 for probability, _ in outcomes)


@pytest.mark.parametrize("wrong", [{"precision": 1.0}, {"confidence": 0.0}, {"fit_share": 1.0}])
def test_impossible_targets_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(DataError, match=next(iter(wrong))):
        replace(TargetParams(), **wrong)  # type: ignore[arg-type]  # one wrong value each
