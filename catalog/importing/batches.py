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


def read_batches(rows: Rows, reader: RowReader, *, after: int = 0) -> Iterator[Batch]:
    """Read all products that begin after this row, in batches."""
    batch = Batch(rows=after)
    for product in products(_rows_after(rows, after), reader.plan):
        batch.rows = product.last
        batch.position = rows.position
        batch.products += 1
        _add(batch, reader, product)
        if batch.is_full:
            yield batch
            batch = Batch(rows=batch.rows)
    if batch.products:
        yield batch


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
