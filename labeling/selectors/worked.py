"""Reads of what the last count of people's work stored: pages compute nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.models import User
from django.db.models import Sum
from django.utils import timezone

from labeling.models import ALL_TIME, PeopleCount, PersonDay, PersonFigures, PersonReliability, Turn
from labeling.selectors.days import midnight

WEEK = 7
WEEKS_SHOWN = 26
"""Of all time."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was finished on a day, or in a week from its Monday on."""

    begin: date
    listings: int
    questions: int
    hours: float
    """of active work"""


def count_ended() -> PeopleCount | None:
    """The newest count that ended, whether it failed or not."""
    return PeopleCount.objects.exclude(finished=None).order_by("-finished").first()


def figures_of_people(span: int) -> Mapping[int, PersonFigures]:
    """{person: what they did in the span, in all verticals}."""
    rows = PersonFigures.objects.filter(span=span, vertical=None)
    return {row.person_id: row for row in rows}


def figures_of_person(person_id: int, span: int) -> list[PersonFigures]:
    """What the person did in the span: in all verticals, which comes first, then in each, in order."""
    rows = PersonFigures.objects.filter(person=person_id, span=span).select_related("vertical")
    return sorted(
        rows, key=lambda row: (row.vertical.position, row.vertical.code) if row.vertical else (-1, "")
    )


def reliability_of_people() -> Mapping[int | None, PersonReliability]:
    """{person, None for everybody: how likely their verdicts are right}."""
    return {row.person_id: row for row in PersonReliability.objects.filter(attribute=None)}


def reliability_of_person(person_id: int) -> list[PersonReliability]:
    """The rows of the person as a whole, without an attribute, and of each, the least reliable first."""
    rows = PersonReliability.objects.filter(person=person_id).select_related("attribute__vertical")
    return list(rows.order_by("mean", "attribute"))


def stretches(span: int, *, person_id: int | None = None) -> list[Stretch]:
    """The days of the span, or of all time the last weeks, with what the person or everybody finished.

    Those without work are there as well.
    """
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday())
    step = WEEK if span == ALL_TIME else 1
    begin = (
        monday - timedelta(weeks=WEEKS_SHOWN - 1) if span == ALL_TIME else today - timedelta(days=span - 1)
    )
    rows = PersonDay.objects.filter(day__gte=begin)
    if person_id is not None:
        rows = rows.filter(person=person_id)
    sums = rows.order_by("day").values_list("day").annotate(Sum("listings"), Sum("questions"), Sum("seconds"))
    found = {
        begin + timedelta(days=step * place): (0, 0, 0.0) for place in range((today - begin).days // step + 1)
    }
    for day, *amounts in sums:
        at = begin + timedelta(days=(day - begin).days // step * step)
        found[at] = tuple(one + more for one, more in zip(found[at], amounts, strict=True))
    return [
        Stretch(at, listings, questions, seconds / 3600)
        for at, (listings, questions, seconds) in found.items()
    ]


def finished_today(person: User) -> int:
    """Listings that the person finished since midnight, until now."""
    return Turn.objects.filter(person=person, finished__gte=midnight()).count()


def counted_rows() -> dict[str, int]:
    """{what is stored: rows} of the last count."""
    return {
        "figures": PersonFigures.objects.count(),
        "days": PersonDay.objects.count(),
        "reliabilities": PersonReliability.objects.count(),
    }
