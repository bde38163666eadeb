"""Reads of the time that people spent: the seconds of their turns, listing by listing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum

from catalog.models import Listing
from labeling.models import Purpose, Turn


@dataclass(frozen=True, slots=True)
class TimeSpent:
    """What people's finished turns at a listing took."""

    turns: int
    timed: int
    """Those whose time is known: a browser without JavaScript does not count seconds."""
    seconds: float


def time_spent(external_ids: Collection[str], *, until: datetime) -> dict[str, TimeSpent]:
    """{external id: the time spent} of those of these listings that somebody finished before `until`.

    Audits do not count: nothing is learned from them. Listings whose labels were imported have no turns.
    """
    turns = Turn.objects.filter(
        task__listing__in=Listing.objects.filter(external_id__any_of=list(external_ids)).values("pk"),
        finished__lt=until,
    ).exclude(purpose=Purpose.AUDIT)
    rows = (
        turns.order_by()
        .values_list("task__listing__external_id")
        .annotate(all=Count("pk"), timed=Count("pk", filter=Q(seconds__gt=0)), spent=Sum("seconds"))
    )
    return {name: TimeSpent(count, timed, seconds or 0.0) for name, count, timed, seconds in rows}
