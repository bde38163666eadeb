"""What a schema change makes stale: labels, suggestions and model versions, and why. Pure.

| change                           | labels                  | suggestions        | models            |
|----------------------------------|-------------------------|--------------------|-------------------|
| attribute, vertical renamed      | stay: they hold codes   | stay               | know the old name |
| attribute added                  | none yet                | none yet           | have not learned  |
| attribute retired                | its labels stale        | stale              | no longer asked   |
| attribute restored               | its labels to check     | to check           | may not know it   |
| description changed              | its labels to check     | to check           | know the old one  |
| several values allowed           | labels with a value     | with a value       | learned one value |
| one value allowed                | labels with several     | with several       | answer several    |
| value added, restored            | its attribute's labels  | its attribute's    | blind to it       |
| value retired                    | labels with it stale    | that name it       | still answer it   |
| value renamed                    | stay: they hold codes   | that name it stale | say the old name  |
| guideline, examples, required,   | stay                    | stay               | stay              |
| weight, order, synonyms          |                         |                    |                   |
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from catalog.schema.changes import Change, Kind


class Effect(StrEnum):
    """What becomes of an answer."""

    KEPT = "kept"
    CHECK = "to check"
    """It may be answered otherwise today."""
    STALE = "stale"
    """It is no longer allowed or no longer asked."""


class Reach(StrEnum):
    """Which answers to the attribute a change is about."""

    NONE = "none"
    ALL = "all"
    WITH_VALUES = "with values"
    WITH_SEVERAL = "with several values"
    WITH_VALUE = "with the value"


@dataclass(frozen=True, slots=True)
class Touch:
    """What a change does to answers of one sort."""

    effect: Effect = Effect.KEPT
    reach: Reach = Reach.NONE


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a change makes stale."""

    why: str
    """sentences for people"""
    labels: Touch = Touch()
    suggestions: Touch = Touch()
    models: bool = False
    """models of the vertical have learned something else"""


@dataclass(frozen=True, slots=True)
class Answers:
    """So many labels or suggestions of an attribute that say the same."""

    attribute: str
    """code"""
    options: frozenset[tuple[str, ...]]
    """each answer that is given, as its values: codes in labels, names in suggestions; a state has none"""
    count: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Answers that something is about."""

    labels: int = 0
    suggestions: int = 0


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A model version that has learned from the vertical."""

    name: str
    url: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Impact:
    """What changes make stale. The totals count each label and suggestion once."""

    changes: tuple[Counts, ...]
    """one for each change"""
    stale: Counts = Counts()
    check: Counts = Counts()
    """without what is stale anyway"""
    models: tuple[ModelUse, ...] = ()


class StaleCounts(Protocol):
    """Counts what changes to a vertical (its code) would make stale: the apps to the right know."""

    def __call__(self, *, vertical: str, changes: Sequence[Change]) -> Impact: ...


def _all(effect: Effect) -> Touch:
    return Touch(effect, Reach.ALL)


_UNASKED = Consequence("The attribute is retired: nobody is asked, and nothing becomes stale.")
_CONSEQUENCES = {
    Kind.VERTICAL_ADDED: Consequence("Nothing has been said about it yet."),
    Kind.VERTICAL_RENAMED: Consequence(
        "Labels stay, because they hold codes. Models have learned the vertical under its old name.",
        models=True,
    ),
    Kind.ATTRIBUTE_ADDED: Consequence(
        "Nobody has answered it yet, and models have not learned it.", models=True
    ),
    Kind.ATTRIBUTE_RETIRED: Consequence(
        "It is no longer asked: its labels are kept, and no longer used.",
        _all(Effect.STALE),
        _all(Effect.STALE),
    ),
    Kind.ATTRIBUTE_RESTORED: Consequence(
        "Its old labels count again and should be checked. Models taught meanwhile have not learned it.",
        _all(Effect.CHECK),
        _all(Effect.CHECK),
        models=True,
    ),
    Kind.ATTRIBUTE_RENAMED: Consequence(
        "Labels and suggestions stay, because they hold its code. Models have learned the old name.",
        models=True,
    ),
    Kind.ATTRIBUTES_MOVED: Consequence("People are asked in another order. Nothing becomes stale."),
    Kind.DESCRIPTION_CHANGED: Consequence(
        "It is part of the question, to people and to models: answers given under the old one may differ.",
        _all(Effect.CHECK),
        _all(Effect.CHECK),
        models=True,
    ),
    Kind.GUIDELINE_CHANGED: Consequence(
        "Only people read it: those who label from now on may disagree with labels from before. "
        "Nothing becomes stale."
    ),
    Kind.EXAMPLES_CHANGED: Consequence("Only people see them. Nothing becomes stale."),
    Kind.SEVERAL_ALLOWED: Consequence(
        "Labels with one value may lack others. Models have learned to answer one.",
        Touch(Effect.CHECK, Reach.WITH_VALUES),
        Touch(Effect.CHECK, Reach.WITH_VALUES),
        models=True,
    ),
    Kind.ONE_ALLOWED: Consequence(
        "Labels with several values are no longer allowed. Models may still answer several.",
        Touch(Effect.STALE, Reach.WITH_SEVERAL),
        Touch(Effect.STALE, Reach.WITH_SEVERAL),
        models=True,
    ),
    Kind.REQUIRED_CHANGED: Consequence("It changes which listings count as done. Nothing becomes stale."),
    Kind.WEIGHT_CHANGED: Consequence(
        "It changes how much the attribute counts against the others. Nothing becomes stale."
    ),
    Kind.VALUE_ADDED: Consequence(
        "Labels from before could not choose it. Models do not know it.",
        _all(Effect.CHECK),
        _all(Effect.CHECK),
        models=True,
    ),
    Kind.VALUE_RETIRED: Consequence(
        "Labels with it are no longer allowed. Models may still answer it.",
        Touch(Effect.STALE, Reach.WITH_VALUE),
        Touch(Effect.STALE, Reach.WITH_VALUE),
        models=True,
    ),
    Kind.VALUE_RESTORED: Consequence(
        "Labels with it are allowed again; labels given meanwhile could not choose it. "
        "Models taught meanwhile do not know it.",
        _all(Effect.CHECK),
        _all(Effect.CHECK),
        models=True,
    ),
    Kind.VALUE_RENAMED: Consequence(
        "Labels stay, because they hold its code. Models still answer with the old name, "
        "and so do suggestions.",
        suggestions=Touch(Effect.STALE, Reach.WITH_VALUE),
        models=True,
    ),
    Kind.VALUES_MOVED: Consequence("The values are shown in another order. Nothing becomes stale."),
    Kind.SYNONYMS_CHANGED: Consequence("Only imports read them. Nothing becomes stale."),
}


def consequence_of(change: Change) -> Consequence:
    """What the change makes stale, and why."""
    return _CONSEQUENCES[change.kind] if change.asked else _UNASKED


def impact_of(
    changes: Sequence[Change],
    *,
    labels: Iterable[Answers],
    suggestions: Iterable[Answers],
    models: Sequence[ModelUse] = (),
) -> Impact:
    """Count what the changes make stale among these labels and suggestions.

    The model versions are those of the vertical; they are concerned where one of the changes says so.
    """
    consequences = [consequence_of(change) for change in changes]
    codes, names = ([getattr(change, field) for change in changes] for field in ("value", "name"))
    of_labels = _Tally(changes, codes, [one.labels for one in consequences]).count(labels)
    of_suggestions = _Tally(changes, names, [one.suggestions for one in consequences]).count(suggestions)
    return Impact(
        changes=tuple(
            Counts(*pair) for pair in zip(of_labels.of_change, of_suggestions.of_change, strict=True)
        ),
        stale=Counts(of_labels.stale, of_suggestions.stale),
        check=Counts(of_labels.check, of_suggestions.check),
        models=tuple(models) if any(one.models for one in consequences) else (),
    )


class _Tally:
    """Answers counted by the changes that touch them; `values`: what answers call the value of each."""

    def __init__(self, changes: Sequence[Change], values: Sequence[str], touches: Sequence[Touch]) -> None:
        self.touches = touches
        self.of_change = [0] * len(changes)
        self.stale = self.check = 0
        self._by_value: dict[tuple[str, str], list[int]] = {}
        self._others: dict[str, list[int]] = {}
        for number, (change, value, touch) in enumerate(zip(changes, values, touches, strict=True)):
            if touch.reach is Reach.WITH_VALUE:
                self._by_value.setdefault((change.attribute, value), []).append(number)
            elif touch.reach is not Reach.NONE:
                self._others.setdefault(change.attribute, []).append(number)

    def count(self, groups: Iterable[Answers]) -> "_Tally":
        """Add these answers."""
        for group in groups:
            touching = self._touching(group)
            for number in touching:
                self.of_change[number] += group.count
            effects = {self.touches[number].effect for number in touching}
            if Effect.STALE in effects:
                self.stale += group.count
            elif Effect.CHECK in effects:
                self.check += group.count
        return self

    def _touching(self, group: Answers) -> set[int]:
        named = {value for option in group.options for value in option}
        touching = {number for value in named for number in self._by_value.get((group.attribute, value), ())}
        for number in self._others.get(group.attribute, ()):
            reach = self.touches[number].reach
            if (
                reach is Reach.ALL
                or (reach is Reach.WITH_VALUES and named)
                or (reach is Reach.WITH_SEVERAL and any(len(option) > 1 for option in group.options))
            ):
                touching.add(number)
        return touching
