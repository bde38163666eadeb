"""How reliable reviewers are, as pages show it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User

from labeling.reliability import Estimate, Reliability
from labeling.selectors.agreement import attributes_named, people_named
from labeling.selectors.reliability import reliability_now

FEW = 20
"""Checks below which an estimate is mostly what was assumed, and says so."""
FULL = 100


@dataclass(frozen=True, slots=True)
class ReliabilityLine:
    """A person, or an attribute of theirs, with the estimate."""

    name: str
    estimate: Estimate
    vertical: str = ""
    """of an attribute: its label"""

    @property
    def percent(self) -> int:
        """The estimate."""
        return round(FULL * self.estimate.mean)

    @property
    def interval(self) -> str:
        """ "81 to 97 %"."""
        return f"{FULL * self.estimate.low:.0f} to {FULL * self.estimate.high:.0f} %"

    @property
    def checked(self) -> int:
        """Verdicts that somebody else's answer checked."""
        return round(self.estimate.checks.count)

    @property
    def is_thin(self) -> bool:
        """It is mostly what was assumed."""
        return self.checked < FEW


@dataclass(frozen=True, slots=True)
class ReliabilityTable:
    """The lines, and everybody's."""

    lines: Sequence[ReliabilityLine]
    everybody: ReliabilityLine


def people_table(*, seen_by: User, is_admin: bool) -> ReliabilityTable:
    """Person by person, the least reliable first: all for an admin, their own line for others."""
    known = reliability_now()
    names = people_named(set(known.people))
    lines = [
        ReliabilityLine(name, known.of_person(pk))
        for pk, name in names.items()
        if is_admin or pk == seen_by.pk
    ]
    return _table(known, lines)


def person_table(person_id: int) -> ReliabilityTable:
    """One person attribute by attribute, the least reliable first."""
    known = reliability_now()
    named = attributes_named()
    lines = [
        ReliabilityLine(named[pk].label, known.of(person_id, pk), named[pk].vertical.label)
        for pk in known.attributes_of(person_id)
    ]
    return _table(known, lines)


def _table(known: Reliability, lines: Sequence[ReliabilityLine]) -> ReliabilityTable:
    ranked = sorted(lines, key=lambda line: (line.estimate.mean, line.vertical, line.name))
    return ReliabilityTable(ranked, ReliabilityLine("Everybody", known.everybody()))
