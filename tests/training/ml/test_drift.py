"""Weekly figures: what is compared, what is an alarm, and that many comparisons raise no false one."""

import numpy as np
import pytest

from training.ml.drift import (
    LEAST_REFERENCE,
    LEAST_WEEK,
    LEVEL,
    OTHERS,
    Compared,
    Figure,
    Kind,
    Measured,
    Part,
    Tally,
    Window,
    figures_of,
    is_alarm,
    measured,
)


def window(n: int, seed: int = 0, *, shift: float = 0.0, agreement: float = 0.8, red: float = 0.5) -> Window:
    """n listings whose photos lie at `shift`, whose votes agree so far, and of which a share is red."""
    draw = np.random.default_rng(seed)
    shares = np.clip(draw.normal(agreement, 0.1, n), 0, 1)
    answers = ["red" if one else "blue" for one in draw.random(n) < red]
    return Window(
        draw.normal(shift, 1, (n, 6)), {"color": shares.tolist()}, {"color": answers}, {"color": Tally(0, n)}
    )


def compared(week: Window, reference: Window | None = None, **fields: object) -> Compared:
    before = window(120, 1) if reference is None else reference
    return Compared("kurta", week, before, listings=60, **fields)  # type: ignore[arg-type]


def figure(figures: list[Figure], kind: Kind, attribute: str = "") -> Figure:
    [found] = [one for one in figures if (one.kind, one.attribute) == (kind, attribute)]
    return found


def alarms(one: Compared) -> set[Kind]:
    least = {Kind.AGREEMENT: 0.03, Kind.VALUE_MIX: 0.1, Kind.IMAGE_SHIFT: 0.01, Kind.ASKED: 3}
    figures = figures_of([one], seed=0)
    return {found.kind for found in figures if is_alarm(found, least=least.get(found.kind, 0.03))}


def test_a_week_like_those_before_raises_no_alarm() -> None:
    assert alarms(compared(window(60))) == set()


@pytest.mark.parametrize(
    ("week", "kind"),
    [
        (window(60, shift=1.0), Kind.IMAGE_SHIFT),
        (window(60, agreement=0.6), Kind.AGREEMENT),
        (window(60, red=0.95), Kind.VALUE_MIX),
    ],
)
def test_what_changed_is_an_alarm_and_nothing_else(week: Window, kind: Kind) -> None:
    assert alarms(compared(week)) == {kind}


def test_agreement_that_rises_is_no_alarm() -> None:
    assert alarms(compared(window(60, agreement=0.95))) == set()


def test_values_that_people_miss_are_an_alarm() -> None:
    week = Window(asked={"color": Tally(7, 12)})
    reference = Window(asked={"color": Tally(1, 96)})
    found = figure(figures_of([compared(week, reference)], seed=0), Kind.ASKED, "color")
    assert (found.value, found.count, found.reference) == (7, 12, 1 / 96)
    assert is_alarm(found, least=3)


def test_audited_answers_that_fall_behind_gold_are_an_alarm() -> None:
    gold, bad = measured(400, 500), measured(45, 100)
    found = figure(figures_of([compared(Window(), audited=bad, gold=gold)], seed=0), Kind.AUDITED)
    assert found.effect == pytest.approx(0.35)
    assert is_alarm(found, least=0.03)


def test_few_audits_are_not_compared() -> None:
    few = Measured(0.0, 0.0, 0.3, 8)
    found = figure(figures_of([compared(Window(), audited=few, gold=measured(9, 10))], seed=0), Kind.AUDITED)
    assert found.p is None
    assert not is_alarm(found, least=0.03)


def test_a_vertical_that_no_model_knows_is_an_alarm_by_its_listings_alone() -> None:
    found = figure(figures_of([compared(Window(), Window(), is_known=False)], seed=0), Kind.UNSEEN)
    assert (found.value, found.p) == (60, None)
    assert is_alarm(found, least=10)
    assert not is_alarm(found, least=61)


def test_a_vertical_that_the_champion_knows_has_a_zero_there() -> None:
    assert figure(figures_of([compared(window(60))], seed=0), Kind.UNSEEN).value == 0


@pytest.mark.parametrize(("week", "reference"), [(LEAST_WEEK - 1, 120), (60, LEAST_REFERENCE - 1)])
def test_too_little_is_shown_and_not_compared(week: int, reference: int) -> None:
    figures = figures_of([compared(window(week, shift=5.0), window(reference, 1))], seed=0)
    shift = figure(figures, Kind.IMAGE_SHIFT)
    assert (shift.count, shift.p, shift.adjusted) == (week, None, None)
    assert not is_alarm(shift, least=0.0)


def test_an_effect_below_the_threshold_is_no_alarm_however_sure_it_is() -> None:
    sure = Figure("kurta", Kind.VALUE_MIX, "color", 0.08, 10_000, p=1e-9, adjusted=1e-7)
    assert not is_alarm(sure, least=0.1)
    assert is_alarm(sure, least=0.05)


def test_the_mix_says_what_the_shares_are() -> None:
    week = Window(answers={"color": ["red"] * 15 + ["blue"] * 5})
    reference = Window(answers={"color": ["red"] * 20 + ["green"] * 20})
    parts = figure(figures_of([compared(week, reference)], seed=0), Kind.VALUE_MIX, "color").parts
    assert set(parts) == {Part("red", 0.75, 0.5), Part("green", 0, 0.5), Part("blue", 0.25, 0)}


def test_rare_answers_count_as_one() -> None:
    names = [f"value {number}" for number in range(30)]
    week, reference = Window(answers={"color": names}), Window(answers={"color": names * 2})
    parts = figure(figures_of([compared(week, reference)], seed=0), Kind.VALUE_MIX, "color").parts
    assert (len(parts), parts[-1].value) == (21, OTHERS)
    assert sum(part.share for part in parts) == pytest.approx(1)


def test_a_week_of_many_verticals_keeps_the_level_for_all_of_them_together() -> None:
    weeks_with_alarm = 0
    for seed in range(20):
        many = [
            Compared(
                f"vertical-{number}",
                window(40, 1000 * seed + number),
                window(120, 1000 * seed + number + 500),
                listings=40,
            )
            for number in range(6)
        ]
        figures = figures_of(many, seed=seed)
        weeks_with_alarm += any(one.adjusted is not None and one.adjusted <= LEVEL for one in figures)
    assert weeks_with_alarm <= 1


def test_the_same_week_gives_the_same_figures_whatever_else_is_compared() -> None:
    one = compared(window(60))
    other = Compared("lamp", window(60, 7), window(120, 8), listings=60)
    alone = [found.p for found in figures_of([one], seed=3)]
    beside = [found.p for found in figures_of([one, other], seed=3) if found.vertical == "kurta"]
    assert alone == beside
