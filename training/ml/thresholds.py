"""From which agreement an answer is accepted unseen, so that accepted answers are as precise as asked for.

The judged questions are divided in two by their groups. One part says how precise each attribute would be
from each agreement on (calibration.py); that puts all (attribute, agreement) into one order, the surest first.
The other part tests how far down that order acceptance may go: from the set that is likeliest to pass
downwards, until the first set fails. The order does not depend on the answers that test it, and a test is only
made when all before it passed, so the error of the whole sequence is that of one test (fixed-sequence testing,
as in Angelopoulos and others, "Learn then Test", arXiv 2110.01052). Decision 23 says what that guarantees, and
what it assumes.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from training.ml.bounds import answers_needed
from training.ml.calibration import Calibration, Judged, calibrate
from training.ml.evidence import Pool, Scored, as_in_pool, fold_of, likeness, prefixes
from training.ml.policy import Policy, TargetParams, Threshold, Unit, Why
from training.ml.sequence import Tested, first_to_try, last_passed

Pair = tuple[str, str]
"""(vertical, attribute)"""

MOST_STEPS = 100
"""Sets of a unit that are looked at, evenly spread over those there are."""
FOLDS = 5


@dataclass(frozen=True, slots=True)
class _Cell:
    """The pool's answers of an attribute with one agreement."""

    pair: Pair
    agreement: float
    score: float
    """Expected precision of the attribute's answers from this agreement on: the lower, the lower."""
    answers: int
    chance: float
    """That one of the answers is right."""


@dataclass(frozen=True, slots=True)
class _Family:
    """Attributes that are tested together."""

    name: str
    pairs: frozenset[Pair]
    alpha: float
    judged: int
    """All judged questions of these attributes."""
    chain: Sequence[tuple[float, Tested]]
    """Growing sets: (least score, what the test shows of it)."""


def choose_thresholds(judged: Iterable[Judged], pool: Pool, params: TargetParams | None = None) -> Policy:
    """The lowest thresholds that hold the target precision at the target confidence.

    Args:
        judged: questions of the gold set and audited ones, judged with the votes of the model that answered
            the pool. They are weighted so that each vertical weighs as in the pool.
        pool: what is to be routed, counted.
    """
    params = params or TargetParams()
    rows = as_in_pool(list(judged), pool)
    fit = [one for one in rows if fold_of(one.group, salt=params.salt) < params.fit_share]
    test = [one for one in rows if fold_of(one.group, salt=params.salt) >= params.fit_share]
    draft = calibrate(fit)
    counts = Counter((one.vertical, one.attribute) for one in rows)
    cells = _cells(draft, pool, rows)
    hopeful = [one for one in cells if one.score >= params.precision and counts[one.pair] >= params.fewest]
    families = _families(hopeful, test, counts, likeness(draft, fit), params)
    least: dict[Pair, float] = {}
    units = []
    for family in families:
        unit, score = _outcome(family, params)
        units.append(unit)
        least |= dict.fromkeys(family.pairs, score)
    accepted = {one.pair: one.agreement for one in hopeful if one.score >= least.get(one.pair, math.inf)}
    unit_of = {pair: unit for family, unit in zip(families, units, strict=True) for pair in family.pairs}
    calibration = calibrate(test)
    return Policy(
        params=params,
        calibration=calibration,
        thresholds=tuple(
            _threshold(pair, accepted.get(pair), unit_of.get(pair), calibration, pool, rows_, params)
            for pair, rows_ in _by_pair(rows, pool).items()
        ),
        units=tuple(units),
    )


def held_out(judged: Iterable[Judged], params: TargetParams | None = None) -> list[tuple[float, bool]]:
    """(probability, whether the majority is right) of each judged question, by a calibration that has not
    seen its group: what an honest reliability curve is drawn from (reliability.reliability_of)."""
    salt = (params or TargetParams()).salt
    parts: list[list[Judged]] = [[] for _ in range(FOLDS)]
    for one in judged:
        parts[int(fold_of(one.group, salt=f"{salt} folds") * FOLDS)].append(one)
    outcomes = []
    for at, part in enumerate(parts):
        learned = calibrate(one for other in (*parts[:at], *parts[at + 1 :]) for one in other)
        outcomes += [
            (learned.probability(one.vertical, one.attribute, one.agreement), one.correct) for one in part
        ]
    return outcomes


def _cells(draft: Calibration, pool: Pool, rows: Sequence[Judged]) -> list[_Cell]:
    """Of each attribute, from full agreement downwards."""
    cells = []
    for pair, judged in _by_pair(rows, pool).items():
        counts = pool.get(pair, {})
        levels = sorted({*counts, *(one.agreement for one in judged)} - {0.0}, reverse=True)
        answers, right, score = 0, 0.0, 1.0
        for level in levels:
            chance = draft.probability(*pair, level)
            answers += counts.get(level, 0)
            right += counts.get(level, 0) * chance
            score = min(score, right / answers if answers else chance)
            cells.append(_Cell(pair, level, score, counts.get(level, 0), chance))
    return cells


def _families(
    hopeful: Sequence[_Cell],
    test: Sequence[Judged],
    counts: Mapping[Pair, int],
    alike: float,
    params: TargetParams,
) -> list[_Family]:
    """An attribute is tested alone if it has enough to test, else with its vertical, else with the rest."""
    score_of = {(*one.pair, one.agreement): one.score for one in hopeful}
    scored: defaultdict[Pair, list[Scored]] = defaultdict(list)
    for one in test:
        score = score_of.get((one.vertical, one.attribute, one.agreement))
        if score is not None:
            scored[one.vertical, one.attribute].append((score, one))
    members = _divided(counts, {pair: len(rows) for pair, rows in scored.items()}, params)
    alpha = (1 - params.confidence) / max(1, len(members))
    families = []
    for name, pairs in members.items():
        own = sorted((one for one in hopeful if one.pair in pairs), key=lambda one: -one.score)
        chain = list(prefixes([row for pair in pairs for row in scored[pair]], _Answers(own), alike))
        step = max(1, math.ceil(len(chain) / MOST_STEPS))
        judged = sum(counts[pair] for pair in pairs)
        families.append(_Family(name, frozenset(pairs), alpha, judged, chain[::-1][::step][::-1]))
    return families


class _Answers:
    """How many pool answers there are from a score on, and how precise they are expected to be."""

    def __init__(self, cells: Sequence[_Cell]) -> None:
        self._scores = [-one.score for one in cells]
        self._answers = [0, *accumulate(one.answers for one in cells)]
        self._right = [0.0, *accumulate(one.answers * one.chance for one in cells)]

    def __call__(self, least: float) -> tuple[int, float]:
        at = bisect_right(self._scores, -least)
        answers = self._answers[at]
        return answers, self._right[at] / answers if answers else least


def _divided(
    counts: Mapping[Pair, int], testable: Mapping[Pair, int], params: TargetParams
) -> dict[str, set[Pair]]:
    """{unit: its attributes}, by how many judged questions could test each; never by how they turned out."""
    halfway = (1 + params.precision) / 2
    alpha = (1 - params.confidence) / max(1, len(testable))
    needed = answers_needed(params.precision, halfway, alpha=alpha) or math.inf
    units: defaultdict[str, set[Pair]] = defaultdict(set)
    of_vertical = Counter[str]()
    for (vertical, attribute), count in testable.items():
        if count >= needed:
            units[f"{vertical}/{attribute}"].add((vertical, attribute))
        else:
            of_vertical[vertical] += count
    alone = {pair for pairs in units.values() for pair in pairs}
    for pair in sorted(counts.keys() - alone):
        units[pair[0] if of_vertical[pair[0]] >= needed else ""].add(pair)
    return dict(sorted(units.items()))


def _outcome(family: _Family, params: TargetParams) -> tuple[Unit, float]:
    """What the sequence of tests found, and the least score that is accepted (infinite: nothing is)."""
    target, alpha = params.precision, family.alpha
    sets = [one for _, one in family.chain]
    if not sets:
        least = answers_needed(target, 1.0, alpha=alpha) or 0
        more = math.ceil(least / (1 - params.fit_share))
        return Unit(family.name, 0, 0, 0.0, 0.0, False, alpha, more), math.inf
    start = first_to_try(sets, target, alpha)
    passed = last_passed(sets, start, target, alpha)
    failed = start if passed is None else min(passed + 1, len(sets) - 1)
    shown = sets[failed if passed is None else passed]
    in_set = None if failed == passed else sets[failed].more(target, alpha)
    unit = Unit(
        name=family.name,
        tested=shown.questions,
        errors=shown.errors,
        effective=round(shown.effective, 2),
        bound=shown.bound(alpha),
        passed=passed is not None,
        alpha=alpha,
        more=None if in_set is None else math.ceil(in_set * family.judged / sets[failed].questions),
    )
    return unit, math.inf if passed is None else family.chain[passed][0]


def _threshold(
    pair: Pair,
    cut: float | None,
    unit: Unit | None,
    calibration: Calibration,
    pool: Pool,
    judged: Sequence[Judged],
    params: TargetParams,
) -> Threshold:
    seen = max((one.agreement for one in judged), default=1.0)
    least = seen if cut is None else cut
    above = [one for one in judged if one.agreement >= least - 1e-9]
    answers = {level: count for level, count in pool.get(pair, {}).items() if level >= least - 1e-9}
    right = sum(count * calibration.probability(*pair, level) for level, count in answers.items())
    expected = right / sum(answers.values()) if answers else calibration.probability(*pair, least)
    more = unit.more if unit else None
    if cut is not None:
        why, more = Why.ACCEPTED, None
    elif len(judged) < params.fewest:
        why, more = Why.NO_EVIDENCE, params.fewest - len(judged)
    elif more is None or expected < params.precision:
        why, more = Why.BELOW_TARGET, None
    else:
        why = Why.TOO_FEW
    return Threshold(
        vertical=pair[0],
        attribute=pair[1],
        agreement=cut,
        why=why,
        unit=unit.name if unit else "",
        judged=len(judged),
        above=len(above),
        correct=sum(one.correct for one in above),
        expected=expected,
        more=more,
    )


def _by_pair(rows: Iterable[Judged], pool: Pool) -> dict[Pair, list[Judged]]:
    found: defaultdict[Pair, list[Judged]] = defaultdict(list)
    for one in rows:
        found[one.vertical, one.attribute].append(one)
    return {pair: found[pair] for pair in sorted({*found, *pool})}
