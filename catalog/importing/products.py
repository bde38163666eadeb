"""Rows -> products: one row each, or several where rows go on about the product above. Pure."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from catalog.importing.plan import Plan, Role
from catalog.importing.raw import RawRow, unreadable
from catalog.importing.texts import as_text

MOST_ROWS = 2000
"""Rows of a product. One with more is refused, so that the same id in every row does not fill the memory."""


class Product(NamedTuple):
    """The rows of one product, the first of which says what it is."""

    rows: tuple[RawRow, ...]

    @property
    def number(self) -> int:
        """The number of its first row."""
        return self.rows[0].number

    @property
    def last(self) -> int:
        """The number of its last row."""
        return self.rows[-1].number


def products(rows: Iterable[RawRow], plan: Plan) -> Iterator[Product]:
    """Group rows into products as the plan says."""
    if not plan.continuation:
        yield from (Product((row,)) for row in rows)
        return
    column = plan.column_of(Role.ID)
    group: list[RawRow] = []
    present = ""
    for row in rows:
        name = (as_text(row.cells.get(column)) or "").strip()
        if group and (not name or name == present) and not _stands_alone(row):
            if len(group) > MOST_ROWS:
                group[-1] = _too_many(row)
            else:
                group.append(row if len(group) < MOST_ROWS else _too_many(row))
            continue
        if group:
            yield Product(tuple(group))
        group, present = [row], name
    if group:
        yield Product(tuple(group))


def _stands_alone(row: RawRow) -> bool:
    """The row could not be read so far that it could go on about the product above."""
    return row.problem is not None and not row.cells


def _too_many(row: RawRow) -> RawRow:
    reason = f"a product has more than {MOST_ROWS} rows"
    return unreadable(row.number, "", reason, "give each product an id of its own")
