"""Two model versions on the gold questions that both answered: who is right where, and what chance would do.

What makes such a comparison fair is said in gate.py: the same questions, put in the same way, judged by the
labels of the newer round.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from training.ml.gate import GoldAnswers, mcnemar_exact


@dataclass(frozen=True, slots=True)
class Judged:
    """One shared gold question with both answers."""

    question_id: str
    vertical: str
    attribute: str
    truth: str
    first: str | None
    """The first version's answer; None where its text ended in none."""
    second: str | None

    @property
    def listing_id(self) -> str:
        return self.question_id.removesuffix(f"/{self.attribute}")

    @property
    def first_right(self) -> bool:
        return self.first == self.truth

    @property
    def second_right(self) -> bool:
        return self.second == self.truth


@dataclass(frozen=True, slots=True)
class Slice:
    """Both versions on some of the shared questions."""

    label: str
    questions: int
    first_right: int
    second_right: int
    first_alone: int
    """Only the first is right."""
    second_alone: int

    @property
    def points(self) -> float:
        """The first's accuracy less the second's, in percentage points."""
        return 100 * (self.first_right - self.second_right) / self.questions

    @property
    def p_value(self) -> float:
        """Two-sided, of the exact McNemar test."""
        return mcnemar_exact(self.first_alone, self.second_alone)


@dataclass(frozen=True, slots=True)
class VerticalSlices:
    """A vertical and its attributes."""

    whole: Slice
    attributes: tuple[Slice, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found."""

    whole: Slice | None
    """None: they have no question in common."""
    verticals: tuple[VerticalSlices, ...]
    judged: tuple[Judged, ...]
    """Every shared question, by vertical, listing and attribute."""
    only_first: int
    """Questions that only the first was asked in this form."""
    only_second: int
    relabelled: int
    """Shared questions whose label changed between the two rounds."""


def compare(first: GoldAnswers, second: GoldAnswers) -> Comparison:
    """Compare two versions question by question."""
    shared = [
        name
        for name, question in first.questions.items()
        if name in second.questions and second.questions[name].asked == question.asked
    ]
    truths = max(first, second, key=lambda one: one.round_number).questions
    judged = sorted(
        (
            Judged(
                name,
                truths[name].vertical,
                truths[name].attribute,
                truths[name].truth,
                first.answers[name],
                second.answers[name],
            )
            for name in shared
        ),
        key=lambda one: (one.vertical, one.listing_id, one.attribute),
    )
    return Comparison(
        whole=_slice("All verticals", judged) if judged else None,
        verticals=tuple(
            _vertical(vertical, list(group)) for vertical, group in groupby(judged, lambda one: one.vertical)
        ),
        judged=tuple(judged),
        only_first=len(first.questions) - len(shared),
        only_second=len(second.questions) - len(shared),
        relabelled=sum(first.questions[name].truth != second.questions[name].truth for name in shared),
    )


def _vertical(label: str, judged: list[Judged]) -> VerticalSlices:
    by_attribute: dict[str, list[Judged]] = {}
    for one in judged:
        by_attribute.setdefault(one.attribute, []).append(one)
    return VerticalSlices(
        _slice(label, judged), tuple(_slice(name, found) for name, found in sorted(by_attribute.items()))
    )


def _slice(label: str, judged: Iterable[Judged]) -> Slice:
    verdicts = [(one.first_right, one.second_right) for one in judged]
    return Slice(
        label=label,
        questions=len(verdicts),
        first_right=sum(first for first, _ in verdicts),
        second_right=sum(second for _, second in verdicts),
        first_alone=verdicts.count((True, False)),
        second_alone=verdicts.count((False, True)),
    )
