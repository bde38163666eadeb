"""Rows -> batches of checked listings, each as large as one transaction. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from catalog.importing.listing import ListingRow
from catalog.importing.plan import Role
from catalog.importing.products import Product, products
from catalog.importing.raw import Problem, RawRow, Rows
from catalog.importing.rows import RowReader

PRODUCTS = 2000
IMAGES = 256
"""A batch ends at either: photos take long, and a cancelled import ends with its batch."""


@dataclass(slots=True)
class Batch:
    """Products that are written together."""

    listings: dict[str, ListingRow] = field(default_factory=dict)
    """by external id"""
    problems: list[Problem] = field(default_factory=list)
    refused: int = 0
    """products that have problems"""
    rows: int = 0
    """the last row of its last product: where the next batch goes on"""
    position: int = 0
    """how far into the file that is, in bytes or rows"""
    products: int = 0
    images: int = 0

    @property
    def is_full(self) -> bool:
        """It takes no more products."""
        return self.products >= PRODUCTS or self.images >= IMAGES

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Count a product that cannot land."""
        self.problems += problems
        self.refused += 1


class Batches:
    """All products that begin after a row, in batches. The next batch can be read while one is written."""

    def __init__(self, rows: Rows, reader: RowReader, *, after: int = 0) -> None:
        self._rows = rows
        self._reader = reader
        self._products = products(_rows_after(rows, after), reader.plan)
        self._ahead = Batch(rows=after)
        self._error: Exception | None = None
        self._is_over = False

    def __iter__(self) -> Iterator[Batch]:
        while True:
            while self.read_ahead():
                pass
            if self._error:
                raise self._error
            if not self._ahead.products:
                return
            batch, self._ahead = self._ahead, Batch(rows=self._ahead.rows)
            batch.position = self._rows.position
            yield batch

    def read_ahead(self) -> bool:
        """Read one more product of the next batch, if it takes one. What that fails with is raised later."""
        if self._is_over or self._ahead.is_full:
            return False
        try:
            product = next(self._products, None)
        except Exception as error:
            self._error, product = error, None
        if product is None:
            self._is_over = True
            return False
        batch = self._ahead
        batch.rows = product.last
        batch.products += 1
        _add(batch, self._reader, product)
        return True


def is_twice(listing: ListingRow, reader: RowReader, *, earlier: int) -> Problem:
    """What is wrong with the second of two rows about one listing."""
    return Problem(
        row=listing.row,
        listing=listing.external_id,
        field=reader.plan.column_of(Role.ID),
        value=listing.external_id,
        reason="the listing is there twice",
        remedy=f"keep one of the rows; the other is row {earlier}",
    )


def _rows_after(rows: Iterable[RawRow], after: int) -> Iterator[RawRow]:
    return (row for row in rows if row.number > after)


def _add(batch: Batch, reader: RowReader, product: Product) -> None:
    listing = reader.read(product)
    if isinstance(listing, list):
        batch.refuse(listing)
    elif earlier := batch.listings.get(listing.external_id):
        batch.refuse([is_twice(listing, reader, earlier=earlier.row)])
    else:
        batch.listings[listing.external_id] = listing
        batch.images += len(listing.images or ())
