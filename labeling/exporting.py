"""Listings and labels -> rows for export: read in pages or through a cursor, so that memory does not grow."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Self, TypeVar

from django.db.models import QuerySet

from catalog.exporting.tables import Column, Kind, Row, numbers, texts
from catalog.models import Attribute, Image, Listing, SchemaVersion, Value, Vertical
from labeling.models import Label

CHUNK = 2000
"""Rows that a cursor fetches at a time."""
PAGE = 500
"""Listings whose photos and labels are read together."""

T = TypeVar("T")

LISTING = (Column("listing", Kind.NUMBER), *texts("listing_id", "vertical", "vertical_label", "split"))
QUESTION = (*LISTING, *texts("attribute", "attribute_label"))
LISTING_COLUMNS = (
    *LISTING,
    *texts("group", "group_key", "title", "description"),
    Column("images", Kind.TEXTS),
    Column("metadata", Kind.JSON),
    Column("attributes", Kind.JSON),
    Column("evidence", Kind.JSON),
    Column("claims", Kind.JSON),
    Column("trained_on", Kind.FLAG),
    Column("retired", Kind.FLAG),
    Column("created", Kind.TIME),
    Column("updated", Kind.TIME),
)
LABEL_COLUMNS = (
    Column("label", Kind.NUMBER),
    *QUESTION,
    Column("values", Kind.TEXTS),
    Column("value_labels", Kind.TEXTS),
    *texts("state"),
    *numbers("evidence"),
    *texts("provenance", "source"),
    *numbers("schema_version"),
    Column("created", Kind.TIME),
    Column("updated", Kind.TIME),
)


@dataclass(frozen=True, slots=True)
class Named:
    """The code and label of a vertical or attribute."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Names:
    """What ids of the schema stand for, retired ones too."""

    verticals: Mapping[int, Named]
    attributes: Mapping[int, Named]
    order: Mapping[int, int]
    """{attribute id: its place among all, as they are asked}"""
    values: Mapping[tuple[int, str], str]
    """{(attribute id, value code): label}"""
    versions: Mapping[int, int]
    """{schema version id: number}"""

    @classmethod
    def now(cls) -> Self:
        """As the schema is."""
        verticals = Vertical.objects.values_list("pk", "code", "label")
        asked = Attribute.objects.order_by("vertical__position", "vertical__code", "position", "code")
        attributes = list(asked.values_list("pk", "code", "label"))
        return cls(
            {pk: Named(code, label) for pk, code, label in verticals},
            {pk: Named(code, label) for pk, code, label in attributes},
            {pk: place for place, (pk, _, _) in enumerate(attributes)},
            {
                (attribute, code): label
                for attribute, code, label in Value.objects.values_list("attribute", "code", "label")
            },
            dict(SchemaVersion.objects.values_list("pk", "number")),
        )

    def labels(self, attribute: int, values: Iterable[str]) -> list[str]:
        """The labels of an attribute's values."""
        return [self.values.get((attribute, value), value) for value in values]


@dataclass(frozen=True, slots=True)
class PhotoItem:
    """A photo in its place in a listing."""

    image: int
    """id of the image"""
    position: int
    file: str
    """name in the media storage"""
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class LabelItem:
    """The answer that holds for a question."""

    values: list[str]
    """codes"""
    state: str
    evidence: int | None
    provenance: str
    schema_version: int | None
    """number"""
    updated: datetime


@dataclass(frozen=True, slots=True)
class ListingItem:
    """A listing with its photos in order and its labels."""

    pk: int
    listing_id: str
    vertical: int
    """id"""
    split: str
    title: str
    description: str
    rest: tuple[Any, ...]
    """given group, group key, metadata, claims, trained on, retired, created, updated"""
    photos: list[PhotoItem] = field(default_factory=list)
    labels: dict[int, LabelItem] = field(default_factory=dict)
    """{attribute id: label}, in the order of the attributes"""


def listing_pages(
    listings: QuerySet[Listing], names: Names, *, limit: int | None = None
) -> Iterator[list[ListingItem]]:
    """The listings by primary key, a page at a time; the first of them, with a limit."""
    rows = listings.order_by("pk").values_list(
        *("pk", "external_id", "vertical_id", "split", "title", "description"),
        *("given_group", "group_key", "metadata", "claims", "trained_on", "retired", "created", "updated"),
    )
    for page in pages(rows[:limit].iterator(chunk_size=PAGE), PAGE):
        items = {}
        for pk, listing_id, vertical, split, title, description, *rest in page:
            items[pk] = ListingItem(pk, listing_id, vertical, split, title, description, tuple(rest))
        _add_photos(items)
        _add_labels(items, names)
        yield list(items.values())


def listing_rows(listings: QuerySet[Listing], *, limit: int | None = None) -> Iterator[Row]:
    """A row of LISTING_COLUMNS for each listing, with what holds for it as a data folder writes it."""
    names = Names.now()
    for page in listing_pages(listings, names, limit=limit):
        for item in page:
            vertical = names.verticals[item.vertical]
            group, group_key, metadata, claims, *facts = item.rest
            yield (
                *(item.pk, item.listing_id, vertical.code, vertical.label, item.split),
                *(group, group_key, item.title, item.description),
                [photo.file for photo in item.photos],
                metadata,
                _attributes(item, names),
                _evidence(item, names),
                claims,
                *facts,
            )


def label_rows(listings: QuerySet[Listing], *, limit: int | None = None) -> Iterator[Row]:
    """A row of LABEL_COLUMNS for each label of the listings, by primary key."""
    names = Names.now()
    rows = (
        label_queryset(listings)
        .order_by("pk")
        .values_list(
            *(
                "pk",
                "listing_id",
                "listing__external_id",
                "listing__vertical",
                "listing__split",
                "attribute_id",
            ),
            *("values", "state", "evidence_position", "provenance", "source", "schema_version_id"),
            *("created", "updated"),
        )
    )
    for row in rows[:limit].iterator(chunk_size=CHUNK):
        pk, listing, listing_id, vertical, split, attribute, values, state, *rest = row
        evidence, provenance, source, version, created, updated = rest
        yield (
            pk,
            *question_cells(names, listing, listing_id, vertical, split, attribute),
            *(values, names.labels(attribute, values), state, evidence, provenance, source),
            *(names.versions.get(version), created, updated),
        )


def label_queryset(listings: QuerySet[Listing]) -> QuerySet[Label]:
    """The labels of the listings."""
    return Label.objects.filter(listing__in=listings.order_by().values("pk"))


def question_cells(
    names: Names, listing: int, listing_id: str, vertical: int, split: str, attribute: int
) -> tuple[object, ...]:
    """The cells of QUESTION."""
    of, about = names.verticals[vertical], names.attributes[attribute]
    return (listing, listing_id, of.code, of.label, split, about.code, about.label)


def pages(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """The rows, so many at a time."""
    stream = iter(rows)
    while page := list(islice(stream, size)):
        yield page


def _add_photos(items: Mapping[int, ListingItem]) -> None:
    rows = Image.objects.filter(listing__in=items).order_by("listing", "position")
    for listing, *photo in rows.values_list(
        "listing_id", "pk", "position", "photo__file", "photo__sha256", "photo__bytes"
    ):
        items[listing].photos.append(PhotoItem(*photo))


def _add_labels(items: Mapping[int, ListingItem], names: Names) -> None:
    rows = Label.objects.filter(listing__in=items).order_by()
    found: dict[int, dict[int, LabelItem]] = defaultdict(dict)
    for listing, attribute, values, state, evidence, provenance, version, updated in rows.values_list(
        *("listing_id", "attribute_id", "values", "state", "evidence_position", "provenance"),
        *("schema_version_id", "updated"),
    ):
        number = names.versions.get(version) if version else None
        found[listing][attribute] = LabelItem(values, state, evidence, provenance, number, updated)
    for listing, labels in found.items():
        items[listing].labels.update(in_order(labels, names))


def in_order(answers: Mapping[int, T], names: Names) -> dict[int, T]:
    """The answers of a listing in the order in which its attributes are asked."""
    return {attribute: answers[attribute] for attribute in sorted(answers, key=names.order.__getitem__)}


def _attributes(item: ListingItem, names: Names) -> dict[str, str | list[str]]:
    """{attribute's label: a state, or the labels of its values: one text unless there are several}."""
    answers: dict[str, str | list[str]] = {}
    for attribute, label in item.labels.items():
        values = names.labels(attribute, label.values)
        answer = label.state or (values[0] if len(values) == 1 else values)
        answers[names.attributes[attribute].label] = answer
    return answers


def _evidence(item: ListingItem, names: Names) -> dict[str, list[int]]:
    return {
        names.attributes[attribute].label: [label.evidence]
        for attribute, label in item.labels.items()
        if label.evidence is not None
    }
