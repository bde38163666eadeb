"""What may be exported, and as what: the rows, bytes and names of an order."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice

from django.db.models import Exists, OuterRef, QuerySet, Sum

from catalog.exporting.as_csv import csv_pieces
from catalog.exporting.as_jsonl import jsonl_pieces
from catalog.exporting.as_parquet import parquet_pieces
from catalog.exporting.members import Member, zip_pieces
from catalog.exporting.tables import Columns, Row
from catalog.models import Image, Listing
from labeling.exporting import LABEL_COLUMNS, LISTING_COLUMNS, label_queryset, label_rows, listing_rows
from labeling.models import Label
from training.exporting.folders import Address, Source, dataset_members, label_studio_members
from training.exporting.rows import (
    COMPARISON_COLUMNS,
    PREDICTION_COLUMNS,
    comparison_rows,
    prediction_queryset,
    prediction_rows,
)
from training.models import ModelVersion

COUNTED = 100_000
"""Rows are counted up to here: a page should not wait for more."""
SAMPLE = 200
"""Rows or listings that the size of the whole is guessed from."""


class What(StrEnum):
    """What an export is about."""

    LISTINGS = "listings"
    LABELS = "labels"
    PREDICTIONS = "predictions"
    COMPARISON = "comparison"

    @property
    def needs_version(self) -> bool:
        """It has predictions, which are of one model version."""
        return self in (What.PREDICTIONS, What.COMPARISON)


class Format(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    LABEL_STUDIO = "label-studio"
    HF = "hf"

    @property
    def is_folder(self) -> bool:
        """It is several files: a folder, or a zip."""
        return self in (Format.LABEL_STUDIO, Format.HF)


COLUMNS: dict[What, Columns] = {
    What.LISTINGS: LISTING_COLUMNS,
    What.LABELS: LABEL_COLUMNS,
    What.PREDICTIONS: PREDICTION_COLUMNS,
    What.COMPARISON: COMPARISON_COLUMNS,
}


@dataclass(frozen=True, slots=True)
class Order:
    """An export as it was asked for."""

    what: What
    format: Format
    listings: QuerySet[Listing]
    version: ModelVersion | None = None
    """needed for predictions"""
    accepted: bool = False
    """of predictions only what the current routing accepts"""
    bom: bool = False
    """CSV for Excel"""
    address: Address = lambda photo: photo.file
    """of a photo, for Label Studio; by default its name in the media storage"""
    tell: Callable[[int], object] = lambda rows: None
    """is called with how many more rows, or listings of several files, have gone by"""

    @property
    def name(self) -> str:
        """What it is called without its suffix."""
        return f"attrx-{self.what}{f'-{self.format}' if self.format.is_folder else ''}"

    @property
    def suffix(self) -> str:
        """Of the one file that holds it."""
        return ".zip" if self.format.is_folder else f".{self.format}"

    @property
    def file_name(self) -> str:
        """Of the one file that holds it."""
        return self.name + self.suffix

    def counted(self, rows: int) -> str:
        """So many rows, or listings of several files, in words."""
        unit = "listing" if self.format.is_folder else "row"
        return f"{rows:,} {unit}{'' if rows == 1 else 's'}"

    @property
    def predicting(self) -> ModelVersion:
        """The model version whose predictions it has."""
        assert self.version is not None, "an order of predictions names their model version"
        return self.version


def columns(order: Order) -> Columns:
    """The columns of its rows."""
    return COLUMNS[order.what]


def rows(order: Order, *, limit: int | None = None) -> Iterator[Row]:
    """Its rows; of a comparison, those of so many listings."""
    match order.what:
        case What.LISTINGS:
            return listing_rows(order.listings, limit=limit)
        case What.LABELS:
            return label_rows(order.listings, limit=limit)
        case What.PREDICTIONS:
            return prediction_rows(order.listings, order.predicting, accepted=order.accepted, limit=limit)
        case What.COMPARISON:
            return comparison_rows(order.listings, order.predicting, limit=limit)


def members(order: Order) -> Iterator[Member]:
    """The files of an order of several."""
    labels = order.what in (What.LABELS, What.COMPARISON)
    version = order.predicting if order.what.needs_version else None
    source = Source(order.listings, labels=labels, version=version, tell=order.tell)
    if order.format is Format.HF:
        return dataset_members(source)
    return label_studio_members(source, order.address)


def pieces(order: Order) -> Iterator[bytes]:
    """The whole as one file: several files as a zip."""
    if order.format.is_folder:
        return zip_pieces(members(order))
    return _written(order, _told(order))


def row_count(order: Order, *, most: int | None = COUNTED) -> int:
    """Its rows, or listings where it is several files; `most` and one where there are more."""
    limit = None if most is None else most + 1
    if order.format.is_folder or order.what is What.LISTINGS:
        return order.listings.order_by()[:limit].count()
    labels = label_queryset(order.listings)
    if order.what is What.LABELS:
        return labels.order_by()[:limit].count()
    predictions = prediction_queryset(order.listings, order.predicting, accepted=order.accepted).order_by()
    if order.what is What.PREDICTIONS:
        return predictions[:limit].count()
    labelled = Label.objects.filter(listing=OuterRef("listing"), attribute=OuterRef("attribute"))
    return labels.order_by()[:limit].count() + predictions.filter(~Exists(labelled))[:limit].count()


def size_hint(order: Order, *, count: int) -> int:
    """About how many bytes so many rows take, by the first of them."""
    if order.format.is_folder:
        first = order.listings.order_by("pk").values_list("pk", flat=True)[:SAMPLE]
        some = Listing.objects.filter(pk__in=list(first))
        sampled = len(some)
        if order.format is Format.HF:
            photos = Image.objects.filter(listing__in=some).aggregate(size=Sum("photo__bytes"))
            size = photos["size"] or 0
        else:
            size = sum(map(len, pieces(replace(order, listings=some))))
    else:
        sample = list(islice(rows(order, limit=SAMPLE), SAMPLE))
        sampled, size = len(sample), sum(map(len, _written(order, sample)))
    return size * count // sampled if sampled else 0


def _told(order: Order) -> Iterator[Row]:
    for row in rows(order):
        yield row
        order.tell(1)


def _written(order: Order, given: Iterable[Row]) -> Iterator[bytes]:
    match order.format:
        case Format.CSV:
            return csv_pieces(columns(order), given, bom=order.bom)
        case Format.JSONL:
            return jsonl_pieces(columns(order), given)
        case Format.PARQUET:
            return parquet_pieces(columns(order), given)
    raise AssertionError(f"{order.format} is several files")
