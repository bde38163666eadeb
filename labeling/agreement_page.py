"""The pages of agreement: by vertical, by attribute, and value by value."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from catalog.models import Attribute
from labeling.agreement import Agreement, Share, cohen_kappa, confusions, krippendorff_alpha
from labeling.selectors.agreement import (
    Selection,
    Several,
    attributes_named,
    people_named,
    said_by_several,
    values_named,
)
from labeling.truth import Said

CONFUSED_WITH = 4
"""Other answers that are named beside a value, at most."""
FULL = 100


@dataclass(frozen=True, slots=True)
class Part:
    """A vertical or an attribute with how far people agree about it."""

    label: str
    code: str
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people and how far they agree."""

    one: str
    other: str
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody and how far others and the labels say what they said."""

    name: str
    others: Share
    label: Share


@dataclass(frozen=True, slots=True)
class ValueRow:
    """An answer and how often two people gave it together."""

    label: str
    given: int
    """pairs of answers in which at least one is this"""
    together: int
    """in which both are"""
    others: Sequence[tuple[str, int]]
    """what the other person said instead, the most frequent first"""
    more: int
    """further answers that are not named"""

    @property
    def percent(self) -> int:
        """Of all times that somebody gave it, how often the other did as well: specific agreement."""
        return round(FULL * 2 * self.together / (self.given + self.together))


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """Everything that a page of agreement shows."""

    whole: Agreement
    parts: Sequence[Part]
    """verticals, attributes, or nothing where one attribute is looked at"""
    pairs: Sequence[Pair]
    people: Sequence[Person]
    values: Sequence[ValueRow]
    """where one attribute is looked at"""


def agreement_page(selection: Selection, attribute: Attribute | None = None) -> AgreementPage:
    """Gather the page of all verticals, of the selection's vertical, or of one attribute of it."""
    several = said_by_several(selection)
    named = attributes_named(selection.vertical)
    chosen = {pk: one for pk, one in named.items() if attribute in (None, one)}
    return AgreementPage(
        whole=_alpha(several, chosen),
        parts=[] if attribute else _parts(several, chosen, by_attribute=bool(selection.vertical)),
        pairs=_pairs(several, chosen),
        people=_people(several, chosen),
        values=_values(several, attribute) if attribute else [],
    )


def _alpha(several: Several, attributes: Mapping[int, Attribute]) -> Agreement:
    return krippendorff_alpha(several.tallies[pk] for pk in attributes if pk in several.tallies)


def _parts(several: Several, attributes: Mapping[int, Attribute], *, by_attribute: bool) -> list[Part]:
    """Those about which at least one question has several answers."""
    parts: dict[str, tuple[str, dict[int, Attribute]]] = {}
    for pk, one in attributes.items():
        part = one if by_attribute else one.vertical
        parts.setdefault(part.code, (part.label, {}))[1][pk] = one
    rows = (Part(label, code, _alpha(several, of)) for code, (label, of) in parts.items())
    return [row for row in rows if row.agreement.questions]


def _pairs(several: Several, attributes: Mapping[int, Attribute]) -> list[Pair]:
    """Every two people who answered the same questions, those who agree least first."""
    tallies = [several.tallies[pk] for pk in attributes if pk in several.tallies]
    pairs = {pair for tally in tallies for pair in tally.pairs}
    names = people_named({person for pair in pairs for person in pair})
    rows = [
        Pair(
            names[pair[0]], names[pair[1]], cohen_kappa(of.pairs[pair] for of in tallies if pair in of.pairs)
        )
        for pair in pairs
    ]
    return sorted(rows, key=_by_agreement)


def _by_agreement(pair: Pair) -> tuple[bool, float, str, str]:
    beyond = pair.agreement.beyond
    return beyond is None, beyond or 0.0, pair.one, pair.other


def _people(several: Several, attributes: Mapping[int, Attribute]) -> list[Person]:
    others, labels = several.with_others(attributes.keys()), several.with_label(attributes.keys())
    return [
        Person(name, others[pk], labels.get(pk, Share(0, 0)))
        for pk, name in people_named(set(others)).items()
    ]


def _values(several: Several, attribute: Attribute) -> list[ValueRow]:
    """The answers to the attribute, those that are confused most often first."""
    counts = confusions(several.tallies[attribute.pk])
    name = _namer(attribute, several.answers)
    together = {number: counts[frozenset({number})] for pair in counts for number in pair}
    instead = {number: Counter[int]() for number in together}
    for pair, count in counts.items():
        if len(pair) > 1:
            one, other = pair
            instead[one][other] += count
            instead[other][one] += count
    rows = [
        ValueRow(
            label=name(number),
            given=both + instead[number].total(),
            together=both,
            others=[(name(other), count) for other, count in instead[number].most_common(CONFUSED_WITH)],
            more=max(0, len(instead[number]) - CONFUSED_WITH),
        )
        for number, both in together.items()
    ]
    return sorted(rows, key=lambda row: (row.together - row.given, row.label))


def _namer(attribute: Attribute, answers: Sequence[Said]) -> Callable[[int], str]:
    labels = values_named(attribute)

    def name(number: int) -> str:
        said = answers[number]
        return ", ".join(labels.get(code, code) for code in said.values) or said.state.replace("_", " ")

    return name
