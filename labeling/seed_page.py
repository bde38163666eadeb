"""The page of a vertical's seeds: what labels show, what is proposed and why, and what may fill the holes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.models import Vertical
from catalog.schema.spec import VerticalSpec
from labeling.coverage import Coverage, Shows, hole_fillers
from labeling.seed_choice import SeedChoice
from labeling.seeding import Rule
from labeling.selectors.hints import Hints, hints_of
from labeling.selectors.seeds import SeedListing, seed_coverage, seed_listings
from labeling.services.seeds import Pool

FILLERS = 8
"""Listings that are proposed for filling holes, at most."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A value that a listing may show."""

    value: str
    """label"""
    attribute: str
    """label"""
    source: str
    """who or what says so, in words"""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A listing that is proposed, and why."""

    shown: SeedListing
    stands_for: int | None
    """listings that are more like it than like another one; None where nobody has looked"""
    hints: Sequence[Hint]
    """values that no label shows yet and that it may show"""


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A value of an attribute, and how often it is there."""

    label: str
    labelled: int
    """listings of the seed set whose label says so"""
    hinted: int
    """proposed listings that may show it"""


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """An attribute with its values."""

    label: str
    shown: int
    values: Sequence[ValueRow]
    scale: int
    """the highest count of its values"""


@dataclass(frozen=True, slots=True)
class SeedPage:
    """Everything that the page shows."""

    there: Sequence[SeedListing]
    proposed: Sequence[Proposed]
    fillers: Sequence[Proposed]
    attributes: Sequence[AttributeRow]
    asked: int
    """attributes"""
    unasked: int
    """listings of the seed set that lack labels and that nobody is asked for"""
    looked_at: int
    """listings that were to choose from"""

    @property
    def shown(self) -> int:
        """Values that a label shows."""
        return sum(attribute.shown for attribute in self.attributes)

    @property
    def offered(self) -> int:
        """Values that there are."""
        return sum(len(attribute.values) for attribute in self.attributes)

    @property
    def to_ask(self) -> int:
        """Listings that confirming asks people to label."""
        return len(self.proposed) + self.unasked


def seed_page(vertical: Vertical, spec: VerticalSpec, choice: SeedChoice, pool: Pool) -> SeedPage:
    """Gather the page."""
    coverage = seed_coverage(vertical, spec)
    there = seed_listings(vertical, spec, pool.there)
    missing = {(one.attribute, value) for one in coverage for value in one.missing}
    hints = hints_of(pool.candidates, spec)
    chosen = [pk for pk in choice.listings if pk in hints]
    open_holes = missing - {shows for pk in chosen for shows in hints[pk]}
    others = {pk: shows for pk, shows in hints.items() if pk not in {*chosen, *choice.without}}
    fillers = hole_fillers(open_holes, others, FILLERS)
    shown = {one.listing.pk: one for one in seed_listings(vertical, spec, [*chosen, *fillers])}
    crowd = pool.stand_for(chosen) if choice.rule is not Rule.RANDOM else {}
    asked = len(spec.asked)
    return SeedPage(
        there=there,
        proposed=[
            Proposed(shown[pk], crowd.get(pk), _named(hints[pk], missing, spec))
            for pk in chosen
            if pk in shown
        ],
        fillers=[
            Proposed(shown[pk], None, _named(hints[pk], open_holes, spec)) for pk in fillers if pk in shown
        ],
        attributes=_attributes(spec, coverage, [hints[pk] for pk in chosen]),
        asked=asked,
        unasked=sum(one.labelled < asked and not one.asked_for for one in there),
        looked_at=len(pool.candidates),
    )


def _named(hints: Hints, wanted: set[Shows], spec: VerticalSpec) -> list[Hint]:
    """The hints at wanted values, in the order of the schema."""
    return [
        Hint(value.label, attribute.label, hints[attribute.code, value.code])
        for attribute in spec.asked
        for value in attribute.offered
        if (attribute.code, value.code) in wanted and (attribute.code, value.code) in hints
    ]


def _attributes(
    spec: VerticalSpec, coverage: Sequence[Coverage], proposed: Sequence[Mapping[Shows, str]]
) -> list[AttributeRow]:
    hinted = Counter(shows for hints in proposed for shows in hints)
    rows = []
    for attribute, found in zip(spec.asked, coverage, strict=True):
        values = [
            ValueRow(value.label, found.counts[value.code], hinted[attribute.code, value.code])
            for value in attribute.offered
        ]
        scale = max((row.labelled + row.hinted for row in values), default=0)
        rows.append(AttributeRow(attribute.label, found.shown, values, max(scale, 1)))
    return rows
