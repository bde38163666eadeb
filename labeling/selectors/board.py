"""Reads for the board: what waits for people, and what they have done."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Window
from django.db.models.functions import Now, RowNumber

from catalog.models import Vertical
from catalog.selectors.scopes import verticals_seen
from labeling.models import Purpose, SetAside, Turn, VerticalAssignment
from labeling.queue import is_open
from labeling.selectors.days import midnight

TIMED = 200
"""Speed is that of the last so many listings of a person in a vertical."""
DAYS = 7

Place = tuple[int, str]
"""(vertical, purpose)"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Listings of a vertical that wait for somebody."""

    vertical: Vertical
    counts: Sequence[int]
    """for each purpose that is looked at"""

    @property
    def total(self) -> int:
        """For all these purposes."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Done:
    """What a person finished in a vertical."""

    count: int
    seconds: Sequence[float]
    """how long each of the last TIMED took"""

    @property
    def median(self) -> float | None:
        """Seconds; None without a listing."""
        return statistics.median(self.seconds) if self.seconds else None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a person is."""

    today: int
    week: int
    """in the last seven days, today among them"""
    ever: int
    median: float | None
    """seconds for a listing, of late"""
    verticals: Sequence[tuple[Vertical, Done]]
    """those that the person has worked on in the last seven days"""
    returned: int
    """listings that were sent back and wait for the person"""


def waiting_for(person: User, purposes: Sequence[Purpose]) -> list[Waiting]:
    """The verticals where listings wait for the person, who may work on these purposes."""
    counts = open_counts() - spent_counts(person)[person.pk]
    own = verticals_of([person])[person.pk]
    rows = (
        Waiting(vertical, [counts[vertical.pk, purpose] for purpose in purposes])
        for vertical in verticals_seen()
        if not own or vertical.pk in own
    )
    return [row for row in rows if row.total]


def progress_of(person: User) -> Progress:
    """How far the person is, with the day of the site's time zone."""
    today = midnight()
    week = today - timedelta(days=DAYS - 1)
    turns = Turn.objects.filter(person=person).exclude(finished=None)
    done = {vertical: of for (_, vertical), of in done_by(turns, since=week).items()}
    verticals = [(vertical, done[vertical.pk]) for vertical in Vertical.objects.filter(pk__in=done)]
    late = [seconds for of in done.values() for seconds in of.seconds]
    return Progress(
        today=turns.filter(finished__gte=today).count(),
        week=sum(of.count for of in done.values()),
        ever=turns.count(),
        median=statistics.median(late) if late else None,
        verticals=verticals,
        returned=turns.exclude(returned=None).count(),
    )


def open_counts() -> Counter[Place]:
    """{(vertical, purpose): listings that somebody is still to answer}."""
    rows = Turn.objects.filter(is_open()).order_by().values_list("vertical", "purpose")
    return Counter(
        {(vertical, purpose): n for vertical, purpose, n in rows.annotate(Count("task", distinct=True))}
    )


def spent_counts(person: User | None = None) -> Mapping[int, Counter[Place]]:
    """{person: listings of `open_counts` that are nothing for them: they have answered, or set them aside}.

    Of one person or of all.
    """
    spent: defaultdict[int, Counter[Place]] = defaultdict(Counter)
    others = Exists(Turn.objects.filter(is_open(), task=OuterRef("task")))
    answered = Turn.objects.filter(others).exclude(finished=None)
    own = Turn.objects.filter(task=OuterRef("task"), person=OuterRef("person")).exclude(finished=None)
    still = Q(until=None) | Q(until__gt=Now())
    aside = SetAside.objects.filter(others, ~Exists(own), still)
    if person:
        answered, aside = answered.filter(person=person), aside.filter(person=person)
    counted = [
        *answered.order_by().values_list("person", "vertical", "purpose").annotate(Count("pk")),
        *aside.order_by()
        .values_list("person", "task__listing__vertical", "task__purpose")
        .annotate(Count("pk")),
    ]
    for person_id, vertical, purpose, count in counted:
        spent[person_id or 0][vertical, purpose] += count
    return spent


def verticals_of(people: Iterable[User]) -> Mapping[int, set[int]]:
    """{person: the verticals they work on}, without those who work on all."""
    rows = VerticalAssignment.objects.filter(person__in=[person.pk for person in people])
    own: defaultdict[int, set[int]] = defaultdict(set)
    for person_id, vertical_id in rows.values_list("person_id", "vertical_id"):
        own[person_id].add(vertical_id)
    return own


def done_by(turns: QuerySet[Turn], *, since: datetime | None) -> dict[tuple[int, int], Done]:
    """{(person, vertical): what was finished since then}, of these finished turns."""
    if since:
        turns = turns.filter(finished__gte=since)
    rows = turns.order_by().values_list("person", "vertical")
    counts = {(person or 0, vertical): count for person, vertical, count in rows.annotate(Count("pk"))}
    seconds = _seconds(turns)
    return {place: Done(count, seconds[place]) for place, count in counts.items()}


def last_finished() -> dict[int, datetime]:
    """{person: when they finished a listing last}."""
    rows = Turn.objects.exclude(finished=None).order_by().values_list("person").annotate(Max("finished"))
    return {person or 0: finished for person, finished in rows}


def _seconds(turns: QuerySet[Turn]) -> Mapping[tuple[int, int], list[float]]:
    """{(person, vertical): seconds of the last TIMED turns}."""
    newest = Window(RowNumber(), partition_by=["person", "vertical"], order_by=F("finished").desc())
    timed = turns.filter(seconds__gt=0).annotate(place=newest).filter(place__lte=TIMED)
    seconds: defaultdict[tuple[int, int], list[float]] = defaultdict(list)
    for person, vertical, took in timed.order_by().values_list("person", "vertical", "seconds"):
        seconds[person or 0, vertical].append(took or 0.0)
    return seconds
