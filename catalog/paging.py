"""Pages by key, not by number: nothing is shown twice or left out while rows come and go, and the thousandth
page costs what the first one does.

The filters are looked through once, for at most MOST_COUNTED + 1 rows. If that is all of them, the page is
taken from these; if there are more, the database walks along an index of the order, and soon has a page full.
"""

import base64
import binascii
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Self, TypeVar

from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from django.db.models.functions import Coalesce

MOST_COUNTED = 10_000
LARGEST = 2**63 - 1

Row = TypeVar("Row", bound=Model)
Key = tuple[int | float | str | datetime, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """By these fields, {name: type of its values}, all of them descending or none; the last one is unique."""

    fields: Mapping[str, type[Any]]
    descending: bool = False

    def key_of(self, row: Model) -> Key:
        """Where the row stands in the order."""
        return tuple(getattr(row, name) for name in self.fields)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page lies: right after the row with this key, or right before it."""

    key: Key
    before: bool
    position: int
    """rows of the list before the page's edge there, when the link was made"""

    def __str__(self) -> str:
        key = [part.isoformat() if isinstance(part, datetime) else part for part in self.key]
        text = json.dumps([*key, int(self.before), self.position], separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, order: Order) -> Self | None:
        """The cursor that a link holds; None for an empty or foreign one, which means the first page."""
        try:
            raw = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            *key, before, position = raw
            parts = tuple(_part(part, kind) for part, kind in zip(key, order.fields.values(), strict=True))
            return cls(parts, bool(before), _part(position, int))
        except (binascii.Error, ValueError, TypeError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, and the way to those before and after them."""

    rows: list[Row]
    start: int
    """number of the first row, from 1; 0 where there is none"""
    total: int
    """all rows, or MOST_COUNTED where there are more"""
    is_counted: bool
    """the total is exact"""
    previous: str
    """the cursor of the page before; empty on the first"""
    next: str
    """the cursor of the page after; empty on the last"""

    @property
    def end(self) -> int:
        """Number of the last row."""
        return self.start + len(self.rows) - 1 if self.rows else 0


@dataclass(frozen=True, slots=True)
class Matches(Generic[Row]):
    """The rows that filters keep, looked through once."""

    rows: QuerySet[Row]
    order: Order
    total: int
    is_counted: bool
    """there are no more than can be counted: `rows` are the very ones that were found"""

    def page(self, cursor: Cursor | None, *, size: int) -> Page[Row]:
        """The page of this size at the cursor; without one, or where nothing is left there, the first."""
        found = self._beside(cursor, count=size + 1)
        rows = found[:size]
        if cursor is not None and (not rows or (cursor.before and len(found) <= size)):
            return self.page(None, size=size)
        if cursor is not None and cursor.before:
            rows.reverse()
            return self._page(rows, max(1, cursor.position - size + 1), has_previous=True, has_next=True)
        start = cursor.position + 1 if cursor else 1
        return self._page(rows, start, has_previous=cursor is not None, has_next=len(found) > size)

    def neighbours(self, row: Row) -> tuple[Row | None, Row | None]:
        """The rows before and after this one, which need not be among them."""
        key = self.order.key_of(row)
        before, after = (self._beside(Cursor(key, side, 0), count=1) for side in (True, False))
        return next(iter(before), None), next(iter(after), None)

    def _page(self, rows: list[Row], start: int, *, has_previous: bool, has_next: bool) -> Page[Row]:
        before, after = "", ""
        if rows and has_previous:
            before = str(Cursor(self.order.key_of(rows[0]), True, start - 1))
        if rows and has_next:
            after = str(Cursor(self.order.key_of(rows[-1]), False, start + len(rows) - 1))
        return Page(rows, start if rows else 0, self.total, self.is_counted, before, after)

    def _beside(self, cursor: Cursor | None, *, count: int) -> list[Row]:
        """So many rows after the cursor, or before it in reverse order."""
        backwards = cursor is not None and cursor.before
        descending = self.order.descending != backwards
        rows = self.rows.order_by(*(self._by(name, descending) for name in self.order.fields))
        if cursor is not None:
            rows = rows.filter(_beyond(tuple(self.order.fields), cursor.key, descending))
        return list(rows[:count])

    def _by(self, name: str, descending: bool) -> OrderBy:
        # Few rows are sorted: walking along an index of the order could pass by all others to find them.
        expression = Coalesce(F(name), F(name)) if self.is_counted else F(name)
        return OrderBy(expression, descending=descending)


def _as_they_are(rows: QuerySet[Row], few: bool) -> QuerySet[Row]:
    return rows


def look_through(
    filtered: QuerySet[Row],
    *,
    order: Order,
    prepared: Callable[[QuerySet[Row], bool], QuerySet[Row]] = _as_they_are,
) -> Matches[Row]:
    """Find out how many rows the filters keep.

    `prepared` adds to rows what their order and the page need; its flag says that they are few.
    """
    ids = list(filtered.order_by().values_list("pk", flat=True)[: MOST_COUNTED + 1])
    if len(ids) > MOST_COUNTED:
        return Matches(prepared(filtered, False), order, MOST_COUNTED, is_counted=False)
    found = filtered.model._default_manager.filter(pk__any_of=ids)
    return Matches(prepared(found, True), order, len(ids), is_counted=True)


def _beyond(names: tuple[str, ...], key: Key, descending: bool) -> Q:
    if len(names) == 1:
        return Q(**{f"{names[0]}__{'lt' if descending else 'gt'}": key[0]})
    lookup = TupleLessThan if descending else TupleGreaterThan
    return Q(lookup(tuple(map(F, names)), key))


def _part(part: Any, kind: type[Any]) -> Any:
    """A part of a key of this type.

    Raises:
        ValueError: for another type, or what no database takes.
        TypeError: likewise.
    """
    if kind is datetime:
        moment = datetime.fromisoformat(part)
        if moment.tzinfo is None or not 1970 <= moment.year <= 9000:
            raise ValueError(part)
        return moment
    if kind is str and isinstance(part, str) and "\0" not in part and part.encode():
        return part
    if kind is int and type(part) is int and abs(part) <= LARGEST:
        return part
    if kind is float and isinstance(part, float | int) and math.isfinite(part):
        return float(part)
    raise ValueError(part)
