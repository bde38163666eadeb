"""The promotion gate: whether a model version has shown on gold that it is better than the champion.

Two versions are compared question by question. Three things make such a comparison fair:

- Both answered the question, and it was put to both in the same words over the same photos. Another list of
  allowed values or another photo makes another question, whatever its name.
- Both are judged by the same truth: the labels that the newer of the two rounds froze. A label that changed
  was corrected by people, so the newer is the better one. Judging each by the labels of its own round would
  take people's corrections for a difference between models.
- What one of them was never asked is left out of the counts. Where too much is left out, or a whole vertical,
  the gate refuses: somebody has to let the other version answer first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from training.ml.metrics import most_frequent


@dataclass(frozen=True, slots=True)
class GateParams:
    """What a version has to show."""

    level: float = 0.05
    """Largest p of the paired test at which a difference counts."""
    margin: float = 0.05
    """No vertical may lose more than this share of its questions, net."""
    fewest: int = 50
    """Shared gold questions below which nothing is decided: fewer say little about a catalogue."""
    least_shared: float = 0.5
    """Least share of the version's gold questions that the champion answered too."""


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A gold question as a round froze it."""

    vertical: str
    asked: str
    """Equal for questions that show a model the same photos and the same words."""
    truth: str
    """The canonical answer that people gave."""
    attribute: str = ""
    """What is asked about the listing."""


@dataclass(frozen=True, slots=True)
class GoldAnswers:
    """What one version answered on the gold set of its round."""

    round_number: int
    """The greater, the newer its labels."""
    questions: Mapping[str, GoldQuestion]
    """{question id: as it was frozen}, those that it answered"""
    answers: Mapping[str, str | None]
    """{question id: canonical answer, or None where the text ended in none}"""


class Why(StrEnum):
    """A kind of reason."""

    NO_ANSWERS = "no answers"
    TOO_FEW = "too few gold questions"
    OTHER_GOLD = "other gold set"
    VERTICAL_UNKNOWN = "a vertical cannot be compared"
    NOT_SIGNIFICANT = "not significant"
    WORSE = "significantly worse"
    VERTICAL_WORSE = "a vertical is worse"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the gate does not pass."""

    why: Why
    text: str
    """A sentence for people, with what to do where there is something to do."""


@dataclass(frozen=True, slots=True)
class VerticalChange:
    """Both versions on the shared gold questions of one vertical."""

    vertical: str
    questions: int
    correct: int
    champion_correct: int

    @property
    def points(self) -> float:
        """The version's accuracy less the champion's, in percentage points."""
        return 100 * (self.correct - self.champion_correct) / self.questions


@dataclass(frozen=True, slots=True)
class GateOutcome:
    """What the gate found. It passes when there is no reason against it."""

    reasons: tuple[Reason, ...]
    params: GateParams
    questions: int = 0
    """Shared gold questions."""
    wins: int = 0
    """Only the version is right (b)."""
    losses: int = 0
    """Only the champion is right (c)."""
    both_right: int = 0
    p_value: float | None = None
    """Two-sided; None where nothing could be compared."""
    relabelled: int = 0
    """Shared questions whose label changed between the two rounds."""
    unshared: int = 0
    """The version's gold questions that the champion was never asked, or not in the same way."""
    verticals: tuple[VerticalChange, ...] = field(default=())
    most_frequent: int | None = None
    """Shared questions that always giving the most frequent label of each (vertical, attribute) answers
    rightly; None in outcomes of releases that did not count them."""

    @property
    def passed(self) -> bool:
        return not self.reasons

    @property
    def correct(self) -> int:
        """Shared questions that the version answers rightly."""
        return self.wins + self.both_right

    @property
    def is_below_most_frequent(self) -> bool:
        """It knows less than who never looks at a photo. No reason against it: the champion may know less."""
        return self.most_frequent is not None and self.correct < self.most_frequent

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Rebuild from to_json()."""
        return cls(
            **{
                **row,
                "reasons": tuple(Reason(Why(one["why"]), one["text"]) for one in row["reasons"]),
                "params": GateParams(**row["params"]),
                "verticals": tuple(VerticalChange(**one) for one in row["verticals"]),
            }
        )


def gate(version: GoldAnswers, champion: GoldAnswers, params: GateParams | None = None) -> GateOutcome:
    """Compare a version with the champion on the gold questions that both answered."""
    params = params or GateParams()
    shared = [name for name, one in version.questions.items() if _same(one, champion.questions.get(name))]
    older, newer = sorted((champion, version), key=lambda one: one.round_number)
    right = {
        name: tuple(one.answers[name] == newer.questions[name].truth for one in (version, champion))
        for name in shared
    }
    labelled = [newer.questions[name] for name in shared]
    verdicts = list(right.values())
    wins, losses = verdicts.count((True, False)), verdicts.count((False, True))
    changes = _changes(version, right)
    found = GateOutcome(
        reasons=(),
        params=params,
        questions=len(shared),
        wins=wins,
        losses=losses,
        both_right=verdicts.count((True, True)),
        p_value=mcnemar_exact(wins, losses) if shared else None,
        relabelled=sum(older.questions[name].truth != newer.questions[name].truth for name in shared),
        unshared=len(version.questions) - len(shared),
        verticals=changes,
        most_frequent=most_frequent(((one.vertical, one.attribute), one.truth) for one in labelled),
    )
    reasons = (*_coverage(found, version, champion), *_significance(found), *_margins(found))
    return replace(found, reasons=reasons)


def refused(text: str, params: GateParams | None = None) -> GateOutcome:
    """The outcome where there are no answers to compare."""
    return GateOutcome((Reason(Why.NO_ANSWERS, text),), params or GateParams())


def mcnemar_exact(b: int, c: int) -> float:
    """Two-sided p of the exact conditional McNemar test on b and c discordant pairs.

    Under the null hypothesis each discordant pair is as likely to go either way, so that b is binomial with
    n = b + c and probability 1/2; p = min(1, 2 P(X <= min(b, c))), and 1 without discordant pairs.

    Source: McNemar, "Note on the sampling error of the difference between correlated proportions or
    percentages", Psychometrika 12 (1947); the exact form as in Fagerland, Lydersen and Laake, BMC Medical
    Research Methodology 13:91 (2013). Dietterich, Neural Computation 10 (1998), recommends the test for two
    classifiers that were trained once. It takes pairs as independent; questions about one listing are only
    nearly so, which makes p somewhat too small.

    Raises:
        ValueError: for a negative count.
    """
    if b < 0 or c < 0:
        raise ValueError(f"discordant counts are {b} and {c}: counts are not negative")
    n = b + c
    tail, term = 0, 1
    for successes in range(min(b, c) + 1):
        tail += term
        term = term * (n - successes) // (successes + 1)
    return min(1.0, 2 * tail / (1 << n))


def _same(one: GoldQuestion, other: GoldQuestion | None) -> bool:
    return other is not None and one.asked == other.asked


def _changes(version: GoldAnswers, right: Mapping[str, tuple[bool, ...]]) -> tuple[VerticalChange, ...]:
    by_vertical: dict[str, list[tuple[bool, ...]]] = {}
    for name, verdict in right.items():
        by_vertical.setdefault(version.questions[name].vertical, []).append(verdict)
    return tuple(
        VerticalChange(vertical, len(found), sum(mine for mine, _ in found), sum(its for _, its in found))
        for vertical, found in sorted(by_vertical.items())
    )


def _coverage(found: GateOutcome, version: GoldAnswers, champion: GoldAnswers) -> Iterator[Reason]:
    """Whether the shared questions are enough, and about everything that either version answers."""
    params = found.params
    asked = len(version.questions)
    remedy = "start a round now, so that the gold set of today is answered, or override with a reason"
    if found.questions < params.least_shared * asked:
        yield Reason(
            Why.OTHER_GOLD,
            f"The champion was measured on another gold set: it answered {found.questions} of this version's "
            f"{asked} gold questions in the same form. It would have to answer the others first: {remedy}.",
        )
    elif found.questions < params.fewest:
        yield Reason(
            Why.TOO_FEW,
            f"Both answered {found.questions} gold questions: at least {params.fewest} are needed. "
            "Label more gold listings and start a round.",
        )
    if not found.questions:
        return
    compared = {change.vertical for change in found.verticals}
    sides = (("the champion", "this version", champion), ("this version", "the champion", version))
    for whose, other, one in sides:
        for vertical in sorted({question.vertical for question in one.questions.values()} - compared):
            yield Reason(
                Why.VERTICAL_UNKNOWN,
                f"Vertical {vertical!r} cannot be compared: {other} never answered the gold questions that "
                f"{whose} was measured on: {remedy}.",
            )


def _significance(found: GateOutcome) -> Iterator[Reason]:
    """Whether the version wins more questions than chance would give it."""
    if found.p_value is None:
        return
    counts = (
        f"it alone is right on {found.wins} and the champion alone on {found.losses} of "
        f"{found.questions} gold questions (p {p_text(found.p_value)})"
    )
    if found.p_value > found.params.level or found.wins == found.losses:
        yield Reason(
            Why.NOT_SIGNIFICANT,
            f"It is not significantly better: {counts}, and p must be at most {found.params.level:g}.",
        )
    elif found.wins < found.losses:
        yield Reason(Why.WORSE, f"It is significantly worse: {counts}.")


def _margins(found: GateOutcome) -> Iterator[Reason]:
    """The verticals that lose more than the margin."""
    for one in found.verticals:
        lost = one.champion_correct - one.correct
        if lost / one.questions > found.params.margin:
            yield Reason(
                Why.VERTICAL_WORSE,
                f"Vertical {one.vertical!r} is {-one.points:.1f} points worse than the champion: "
                f"{one.correct} instead of {one.champion_correct} of {one.questions} gold questions are "
                f"right, and the margin is {100 * found.params.margin:.1f}.",
            )


def p_text(p: float) -> str:
    """A p-value with its sign for people: "= 0.013", and "< 0.001" for whatever is smaller."""
    return f"= {p:.3f}" if p >= 0.001 else "< 0.001"
