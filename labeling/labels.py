"""Writing labels by authority, with the revisions that every change leaves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from labeling.answers import gives_way
from labeling.models import Label, LabelChange, LabelRevision

Question = tuple[int, int]
"""(listing id, attribute id)"""


@dataclass(frozen=True, slots=True)
class Merge:
    """What became of labels that were to hold."""

    recorded: int
    unchanged: int
    """the label says so already"""
    outranked: int
    """the label says otherwise, with more authority"""


def revision_of(label: Label, *, by: User | None = None, reason: str = "") -> LabelRevision:
    """What the label says now, to be kept for good."""
    return LabelRevision(
        listing_id=label.listing_id,
        attribute_id=label.attribute_id,
        values=label.values,
        state=label.state,
        schema_version_id=label.schema_version_id,
        provenance=label.provenance,
        source=label.source,
        evidence_position=label.evidence_position,
        changed_by=by,
        reason=reason,
    )


def revisions_keep(labels: Sequence[Label], *, by: User | None, reason: str = "") -> None:
    """Keep what these labels say now, and note for who follows labels that they changed.

    Part of the transaction in which they were made or changed.
    """
    LabelRevision.objects.bulk_create([revision_of(label, by=by, reason=reason) for label in labels])
    LabelChange.objects.bulk_create(
        [LabelChange(listing_id=label.listing_id, attribute_id=label.attribute_id) for label in labels]
    )


def labels_merge(labels: Sequence[Label], *, by: User | None, reason: str = "") -> Merge:
    """Let these labels, one a question, hold where nothing of more authority does.

    Each that is made or changed leaves a revision. It is part of its caller's transaction.
    """
    if not labels:
        return Merge(0, 0, 0)
    wanted = {(label.listing_id, label.attribute_id): label for label in labels}
    known = _present(wanted).values_list("listing_id", "attribute_id")
    fresh = wanted.keys() - set(known)
    Label.objects.bulk_create(
        [label for question, label in wanted.items() if question in fresh], ignore_conflicts=True
    )
    # From here on nobody else answers: whoever did so since the first look is seen and keeps what they said.
    kept = {(one.listing_id, one.attribute_id): one for one in _present(wanted).select_for_update()}
    outranked = 0
    recorded, changed = [], []
    for question, label in wanted.items():
        holds = kept[question]
        if not gives_way(holds.provenance, to=label.provenance):
            outranked += 1
        elif not _says(holds, label):
            changed.append(label)
            recorded.append(label)
        elif question in fresh:
            recorded.append(label)
    _replace(changed)
    revisions_keep(recorded, by=by, reason=reason)
    return Merge(len(recorded), len(wanted) - len(recorded) - outranked, outranked)


def _present(questions: Iterable[Question]) -> QuerySet[Label]:
    """The labels of these questions, and of others between the same listings and attributes.

    By primary key: so everybody locks them in the same order, and no other table with them.
    """
    listings, attributes = {listing for listing, _ in questions}, {attribute for _, attribute in questions}
    return Label.objects.filter(listing__in=listings, attribute__in=attributes).order_by("pk")


def _says(kept: Label, label: Label) -> bool:
    """The kept label gives the same answer; an answer that names no photo leaves the photo as it is."""
    evidence = kept.evidence_position if label.evidence_position is None else label.evidence_position
    same = (label.values, label.state, label.provenance, evidence)
    return (kept.values, kept.state, kept.provenance, kept.evidence_position) == same


def _replace(labels: Sequence[Label]) -> None:
    if not labels:
        return
    now = timezone.now()
    for label in labels:
        label.updated = now
    Label.objects.bulk_create(
        labels,
        update_conflicts=True,
        unique_fields=["listing", "attribute"],
        update_fields=[
            *("values", "state", "provenance", "source", "evidence_position", "schema_version", "updated"),
        ],
    )
