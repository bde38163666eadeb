"""Reads of labels, as plain data."""

from dataclasses import dataclass

from django.db.models import Count, F, QuerySet

from catalog.models import Import, Value
from catalog.splits import Split
from labeling.errors import LabelingError
from labeling.models import Label, LabelRevision


@dataclass(frozen=True, slots=True)
class LabelRow:
    """The answer that holds for one question."""

    listing_id: int
    attribute_id: int
    values: tuple[str, ...]
    """value labels in the attribute's order; empty for a state"""
    state: str
    """a state of catalog.states, or empty"""
    evidence_position: int | None
    """the photo, from 1, that shows it"""
    label_id: int
    schema_version: int | None
    """the number of the schema version under which it was given; None: before versions were kept"""


def label_rows(*, split: Split, vertical: str | None = None) -> list[LabelRow]:
    """The labels of a split's listings, of one vertical (its code) or of all, in a stable order."""
    labels = Label.objects.filter(listing__split=split)
    if vertical is not None:
        labels = labels.filter(listing__vertical__code=vertical)
    return label_rows_of(labels)


def label_rows_of(labels: QuerySet[Label]) -> list[LabelRow]:
    """These labels in a stable order."""
    names = {
        (attribute, code): label
        for attribute, code, label in Value.objects.values_list("attribute_id", "code", "label")
    }
    return [
        LabelRow(
            label.listing_id,
            label.attribute_id,
            tuple(names[label.attribute_id, code] for code in label.values),
            label.state,
            label.evidence_position,
            label.pk,
            label.asked_under,
        )
        for label in labels.annotate(asked_under=F("schema_version__number"))
        .order_by("listing__external_id", "attribute__position", "attribute__code")
        .iterator()
    ]


def label_count(*, split: Split) -> int:
    """The labels of a split's listings in use, of attributes that are asked."""
    return Label.objects.filter(
        listing__split=split, listing__retired=False, attribute__retired=False
    ).count()


def labelled_listing_counts(*, split: Split) -> dict[str, int]:
    """{vertical code: listings of the split with at least one label}, without verticals that have none."""
    rows = (
        Label.objects.filter(listing__split=split)
        .order_by()
        .values_list("listing__vertical__code")
        .annotate(Count("listing", distinct=True))
    )
    return dict(rows)


def revision_listing(revision_id: int) -> str | None:
    """The external id of the listing that a revision of a label is about; None where there is none."""
    revisions = LabelRevision.objects.filter(pk=revision_id)
    return revisions.values_list("listing__external_id", flat=True).first()


def import_source(import_id: int) -> str:
    """How labels name an import as their source.

    Raises:
        LabelingError: where there is no such import.
    """
    name = Import.objects.filter(pk=import_id).values_list("name", flat=True).first()
    if name is None:
        raise LabelingError(f"there is no import {import_id}: give the number of one on the imports page")
    return name
