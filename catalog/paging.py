"""Pages by key, not by number: nothing is shown twice or left out while rows come and go, and the thousandth
page costs what the first one does.

A first look finds out whether the filters keep FEW rows. If so, the page is taken from these. If there are
more, the database walks along an index of the order and soon has a page full. Where it walks too long, as the
rows that are kept lie together far down the order, all of them are found and sorted.
"""

import base64
import binascii
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, Self, TypeVar, cast

from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from django.db.models.functions import Coalesce

from catalog.postgres import rows_within

FEW = 1_000
"""Rows that are found at a look, and counted."""
MOST_COUNTED = 10_000
"""Rows that are counted when somebody asks."""
LONGEST_WALK = 75
"""milliseconds"""
LARGEST = 2**63 - 1

Row = TypeVar("Row", bound=Model)
Key = tuple[int | float | str | datetime, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """By these fields, {name: type of its values}, all of them descending or none; the last one is unique."""

    fields: Mapping[str, type[Any]]
    descending: bool = False
    is_stored: bool = True
    """the fields are columns of the row, so that any number of rows can be sorted by them"""

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
    """all rows, or FEW where there are more"""
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

    order: Order
    walked: QuerySet[Row]
    unordered: QuerySet[Row]
    looked_up: QuerySet[Row]
    few: list[int] | None = None
    """the ids of those that the filters keep, where they are few"""

    @property
    def total(self) -> int:
        """How many there are, FEW at most."""
        return FEW if self.few is None else len(self.few)

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
        return Page(rows, start if rows else 0, self.total, self.few is not None, before, after)

    def _beside(self, cursor: Cursor | None, *, count: int) -> list[Row]:
        """So many rows after the cursor, or before it in reverse order."""
        backwards = cursor is not None and cursor.before
        descending = self.order.descending != backwards
        if self.few is not None:
            return self._of(self.few, cursor, descending, count)
        walk = self._after(self.walked, cursor, descending, F)[:count]
        rows = rows_within(walk, milliseconds=LONGEST_WALK)
        if rows is not None:
            return rows
        ids = self.found(MOST_COUNTED)
        if len(ids) <= MOST_COUNTED:
            return self._of(ids, cursor, descending, count)
        return list(
            self._after(self.walked, cursor, descending, _sorted)[:count] if self.order.is_stored else walk
        )

    def found(self, most: int) -> list[int]:
        """The ids of what the filters keep; most + 1 of them where there are more."""
        return list(self.unordered.values_list("pk", flat=True)[: most + 1])

    def _of(self, ids: list[int], cursor: Cursor | None, descending: bool, count: int) -> list[Row]:
        """So many of the rows with these ids after the cursor."""
        if tuple(self.order.fields) == ("pk",):
            key = cast(int, cursor.key[0]) if cursor else None
            beyond = (pk for pk in ids if key is None or (pk < key if descending else pk > key))
            shown = sorted(beyond, reverse=descending)[:count]
        else:
            rows = self._after(self.looked_up.filter(pk__any_of=ids), cursor, descending, _sorted)
            shown = list(rows.values_list("pk", flat=True)[:count])
        found = {row.pk: row for row in self.looked_up.filter(pk__in=shown)}
        return [found[pk] for pk in shown if pk in found]

    def _after(
        self, rows: QuerySet[Row], cursor: Cursor | None, descending: bool, by: Callable[[str], Any]
    ) -> QuerySet[Row]:
        if cursor is not None:
            rows = rows.filter(_beyond(tuple(self.order.fields), cursor.key, descending))
        return rows.order_by(*(OrderBy(by(name), descending=descending) for name in self.order.fields))


def _sorted(name: str) -> Coalesce:
    """The field as no index has it, so that rows are sorted by it."""
    return Coalesce(F(name), F(name))


def look_through(
    walked: QuerySet[Row],
    *,
    order: Order,
    unordered: QuerySet[Row] | None = None,
    looked_up: QuerySet[Row] | None = None,
) -> Matches[Row]:
    """Find out whether the filters keep few rows.

    `walked` are the rows that they keep; `unordered` the same, asked for as they are found fastest;
    `looked_up` all rows, with what the order needs.
    """
    matches = Matches(
        order,
        walked,
        walked.order_by() if unordered is None else unordered,
        walked.model._default_manager.all() if looked_up is None else looked_up,
    )
    ids = matches.found(FEW)
    return replace(matches, few=ids) if len(ids) <= FEW else matches


def count_up_to(rows: QuerySet[Any], most: int) -> int:
    """How many rows there are; most + 1 where there are more than most."""
    return rows[: most + 1].count()


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
