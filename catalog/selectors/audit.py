"""Reads of the audit log: entries that filters keep, a page or all of them, the newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import TupleLessThan
from django.utils import timezone

from attrx_web.auditlog.models import Event
from catalog.exporting.tables import Column, Columns, Kind, Row, numbers, texts
from catalog.paging import Cursor, Order, Page, look_through
from catalog.search import HasWords, search_words

NEWEST = Order({"at": datetime, "pk": int}, descending=True)
BATCH = 2000
"""Entries of a query, while a file is written."""
SEARCHED = ("person", "object_name", "object_key", "client", "reason")
COLUMNS: Columns = (
    *numbers("id"),
    Column("at", Kind.TIME),
    *texts("action", "person"),
    *numbers("person_id"),
    *texts("via", "address", "client", "request_id", "object_kind", "object_key", "object_name"),
    Column("before", Kind.JSON),
    Column("after", Kind.JSON),
    *texts("reason"),
)
"""Of a file."""
FIELDS = tuple({"id": "pk", "person_id": "person_key"}.get(one.name, one.name) for one in COLUMNS)
ADDRESS = FIELDS.index("address")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What entries are narrowed by; nothing where it is empty."""

    q: str = ""
    person: str = ""
    action: str = ""
    kind: str = ""
    key: str = ""
    address: str = ""
    since: date | None = None
    until: date | None = None
    """the last day"""

    def condition(self) -> Q:
        """On entries."""
        exact = {
            "person": self.person,
            "action": self.action,
            "object_kind": self.kind,
            "object_key": self.key,
            "address": self.address,
        }
        condition = Q(**{field: text for field, text in exact.items() if text})
        if words := search_words(self.q):
            condition &= Q(HasWords(words, SEARCHED))
        if self.since:
            condition &= Q(at__gte=_midnight(self.since))
        if self.until:
            condition &= Q(at__lt=_midnight(self.until) + timedelta(days=1))
        return condition


def events(wanted: Wanted) -> QuerySet[Event]:
    """The entries that are asked for."""
    return Event.objects.filter(wanted.condition())


def events_page(wanted: Wanted, cursor: Cursor | None, *, size: int) -> Page[Event]:
    """A page of them."""
    return look_through(events(wanted), order=NEWEST).page(cursor, size=size)


def event_get(event_id: int) -> Event | None:
    """One entry; None where there is none (any more)."""
    return Event.objects.filter(pk=event_id).first()


def event_rows(wanted: Wanted) -> Iterator[Row]:
    """All entries that are asked for, as a file has them; those that come meanwhile are left out."""
    rows = events(wanted).order_by("-at", "-pk").values_list(*FIELDS)  # Without models: a quarter faster.
    batch = list(rows[:BATCH])
    while batch:
        yield from map(_row, batch)
        pk, at, *_ = batch[-1]
        batch = list(rows.filter(Q(TupleLessThan((F("at"), F("pk")), (at, pk))))[:BATCH])


def _row(fields: Row) -> Row:
    """Addresses are texts in a file, and there is none of what a worker did."""
    return (*fields[:ADDRESS], fields[ADDRESS] or "", *fields[ADDRESS + 1 :])


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
