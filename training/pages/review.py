"""The page of a reviewer: what waits, where their verdicts are, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User

from labeling.access import purposes_of
from labeling.models import Purpose
from labeling.purposes import PURPOSES, Named
from labeling.reliability_page import ReliabilityTable, person_table
from labeling.selectors.board import waiting_for
from training.models import Round
from training.selectors.verdicts import Change, Mine, Used, change_of, mine, rounds_with_verdicts, used_in

WAITING = (Purpose.REVIEW, Purpose.AUDIT, Purpose.ADJUDICATION)
ROUNDS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Waits:
    """Listings of one purpose that wait for the person."""

    purpose: Named
    count: int


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round that the person's verdicts are in."""

    round: Round
    mine: Used
    change: Change | None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Everything that the page shows."""

    waits: Sequence[Waits]
    mine: Mine
    rounds: Sequence[RoundLine]
    reliability: ReliabilityTable


def review_page(person: User) -> ReviewPage:
    """The page of this person."""
    rounds = rounds_with_verdicts(person_id=person.pk, most=ROUNDS_SHOWN)
    used = used_in([one.pk for one in rounds], person_id=person.pk)
    return ReviewPage(
        waits=_waits(person),
        mine=mine(person_id=person.pk),
        rounds=[RoundLine(one, used[one.pk], change_of(one.pk, person_id=person.pk)) for one in rounds],
        reliability=person_table(person.pk),
    )


def _waits(person: User) -> list[Waits]:
    purposes = [purpose for purpose in WAITING if purpose in purposes_of(person)]
    rows = waiting_for(person, purposes)
    return [
        Waits(PURPOSES[purpose], sum(row.counts[place] for row in rows))
        for place, purpose in enumerate(purposes)
    ]
