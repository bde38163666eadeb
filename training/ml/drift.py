"""What changed in a week: figures against a reference window, and which of them are alarms. Pure.

All comparisons of a week are one family: Holm's method keeps the chance of any false alarm among them, over
all verticals, attributes and kinds, to the level.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from training.ml.metrics import Z_95, wilson_interval
from training.ml.twosample import Floats, energy_shift, holm, mean_fall, mix_change, rise_p

LEVEL = 0.01
"""Chance of a false alarm in a week, over everything: one in two years."""
LEAST_WEEK, LEAST_REFERENCE = 15, 30
"""Fewer listings, or answers, are not compared."""
MOST_VALUES = 20
"""Answers beyond the most frequent ones count as one."""
OTHERS = "others"
RESOLUTION = 2
"""The smallest p-value of a permutation test, adjusted, is the level divided by this."""


class Kind(StrEnum):
    """What a weekly figure tells."""

    AGREEMENT = "agreement"
    VALUE_MIX = "value_mix"
    IMAGE_SHIFT = "image_shift"
    ASKED = "asked"
    AUDITED = "audited"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Tally:
    """So many of so many."""

    hits: int
    of: int


@dataclass(frozen=True, slots=True)
class Measured:
    """An accuracy with its 95 % interval, from so many answers."""

    value: float
    low: float
    high: float
    count: int

    @property
    def error(self) -> float:
        """Its standard error, by the interval."""
        return (self.high - self.low) / (2 * Z_95)


@dataclass(frozen=True)
class Window:
    """A vertical in a span of time: one listing of a group at most, so that each tells something new."""

    vectors: Floats = field(default_factory=lambda: np.zeros((0, 1)))
    """(listings, d): what their photos look like"""
    agreements: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """{attribute: agreement of the vote on each listing}"""
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """{attribute: majority of the vote on each listing}"""
    asked: Mapping[str, Tally] = field(default_factory=dict)
    """{attribute: listings for which people found no value, of those they answered}"""


@dataclass(frozen=True)
class Compared:
    """A vertical's week and what it is held against."""

    vertical: str
    week: Window
    reference: Window
    listings: int
    """That came in the week."""
    is_known: bool = True
    """The champion was measured on the vertical."""
    audited: Measured | None = None
    gold: Measured | None = None
    """The champion's accuracy on the vertical's gold set."""


@dataclass(frozen=True, slots=True)
class Part:
    """An answer's share of the week and of the reference."""

    value: str
    share: float
    before: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a week."""

    vertical: str
    kind: Kind
    attribute: str
    """Empty: of the vertical."""
    value: float
    count: int
    """Listings or answers behind it."""
    reference: float | None = None
    reference_count: int = 0
    p: float | None = None
    """None: not compared, for there is too little."""
    adjusted: float | None = None
    low: float | None = None
    high: float | None = None
    parts: tuple[Part, ...] = ()

    @property
    def effect(self) -> float:
        """How bad it is, in the figure's own unit; a rule says from where on it matters."""
        if self.kind in (Kind.AGREEMENT, Kind.AUDITED):
            return 0.0 if self.reference is None else self.reference - self.value
        return self.value


def is_alarm(figure: Figure, *, least: float, level: float = LEVEL) -> bool:
    """Whether the figure is at least so bad, and chance does not explain it."""
    if figure.effect < least:
        return False
    return figure.kind is Kind.UNSEEN or (figure.adjusted is not None and figure.adjusted <= level)


def figures_of(compared: Sequence[Compared], *, seed: int, level: float = LEVEL) -> list[Figure]:
    """All figures of a week, adjusted together. The same seed and data give the same figures."""
    tests = 0
    for one in compared:
        tests += 3 + sum(len(found) for found in (one.week.agreements, one.week.answers, one.week.asked))
    most = max(1999, math.ceil(RESOLUTION * tests / level))
    found = [figure for one in compared for figure in _figures(one, most, seed)]
    tested = [place for place, figure in enumerate(found) if figure.p is not None]
    adjusted = dict(zip(tested, holm([found[place].p or 0.0 for place in tested]), strict=True))
    return [replace(figure, adjusted=adjusted.get(place)) for place, figure in enumerate(found)]


def _figures(one: Compared, most: int, seed: int) -> Iterator[Figure]:
    yield from _agreements(one, most, seed)
    for attribute, answers in one.week.answers.items():
        if answers:
            yield _mix(one, attribute, most, _random(seed, one.vertical, Kind.VALUE_MIX, attribute))
    if len(one.week.vectors):
        yield _look(one, most, _random(seed, one.vertical, Kind.IMAGE_SHIFT))
    for attribute, tally in one.week.asked.items():
        if tally.of:
            yield _asked(one.vertical, attribute, tally, one.reference.asked.get(attribute, Tally(0, 0)))
    if one.audited:
        yield _audited(one.vertical, one.audited, one.gold)
    yield Figure(one.vertical, Kind.UNSEEN, "", 0 if one.is_known else one.listings, one.listings)


def _agreements(one: Compared, most: int, seed: int) -> Iterator[Figure]:
    """The vertical's mean, for people to follow, and each attribute's, which are compared."""
    week = [share for shares in one.week.agreements.values() for share in shares]
    before = [share for shares in one.reference.agreements.values() for share in shares]
    if week:
        mean = float(np.mean(before)) if before else None
        yield Figure(one.vertical, Kind.AGREEMENT, "", float(np.mean(week)), len(week), mean, len(before))
    for attribute, shares in one.week.agreements.items():
        if shares:
            random = _random(seed, one.vertical, Kind.AGREEMENT, attribute)
            yield _agreement(one, attribute, most, random)


def _agreement(one: Compared, attribute: str, most: int, random: np.random.Generator) -> Figure:
    week = np.asarray(one.week.agreements[attribute], dtype=np.float64)
    before = np.asarray(one.reference.agreements.get(attribute, ()), dtype=np.float64)
    p = None
    if _enough(len(week), len(before)):
        p = mean_fall(week, before, most=most, random=random).p
    reference = float(before.mean()) if len(before) else None
    return Figure(
        one.vertical, Kind.AGREEMENT, attribute, float(week.mean()), len(week), reference, len(before), p
    )


def _mix(one: Compared, attribute: str, most: int, random: np.random.Generator) -> Figure:
    week, before = Counter(one.week.answers[attribute]), Counter(one.reference.answers.get(attribute, ()))
    names = [name for name, _ in (week + before).most_common(MOST_VALUES)]
    new, old = (
        np.array([*(counts[name] for name in names), counts.total() - sum(counts[name] for name in names)])
        for counts in (week, before)
    )
    if new[-1] + old[-1] == 0:
        new, old = new[:-1], old[:-1]
    else:
        names.append(OTHERS)
    n, m = week.total(), before.total()
    parts = tuple(
        Part(name, int(now) / n, int(then) / m if m else 0.0)
        for name, now, then in zip(names, new, old, strict=True)
    )
    value, p = 0.0, None
    if _enough(n, m):
        outcome = mix_change(new, old, most=most, random=random)
        value, p = outcome.value, outcome.p
    return Figure(one.vertical, Kind.VALUE_MIX, attribute, value, n, 0.0, m, p, parts=parts)


def _look(one: Compared, most: int, random: np.random.Generator) -> Figure:
    week, before = one.week.vectors, one.reference.vectors
    value, p = 0.0, None
    if _enough(len(week), len(before)):
        outcome = energy_shift(week, before, most=most, random=random)
        value, p = outcome.value, outcome.p
    return Figure(one.vertical, Kind.IMAGE_SHIFT, "", value, len(week), 0.0, len(before), p)


def _asked(vertical: str, attribute: str, week: Tally, before: Tally) -> Figure:
    share = before.hits / before.of if before.of else None
    p = rise_p(week.hits, week.of, before.hits, before.of) if before.of >= LEAST_REFERENCE else None
    return Figure(vertical, Kind.ASKED, attribute, week.hits, week.of, share, before.of, p)


def _audited(vertical: str, audited: Measured, gold: Measured | None) -> Figure:
    """Whether audited answers are right more rarely than on gold, by the errors of both."""
    p = None
    if gold and audited.count >= LEAST_REFERENCE:
        error = math.hypot(audited.error, gold.error)
        p = math.erfc((gold.value - audited.value) / error / math.sqrt(2)) / 2 if error else None
    return Figure(
        vertical,
        Kind.AUDITED,
        "",
        audited.value,
        audited.count,
        gold.value if gold else None,
        gold.count if gold else 0,
        p,
        low=audited.low,
        high=audited.high,
    )


def measured(correct: int, questions: int) -> Measured | None:
    """An accuracy of equally likely questions, with Wilson's interval; None of none."""
    if not questions:
        return None
    low, high = wilson_interval(correct, questions)
    return Measured(correct / questions, low, high, questions)


def _enough(week: int, reference: int) -> bool:
    return week >= LEAST_WEEK and reference >= LEAST_REFERENCE


def _random(seed: int, *key: str) -> np.random.Generator:
    """Random numbers of one comparison: they do not depend on which others there are."""
    return np.random.default_rng([seed, zlib.crc32("/".join(key).encode())])
