"""Reads of verdicts: what reviewers answered to reviews, audits and adjudications, as plain data.

A verdict is the annotation of a turn at such a task that its person finished and has not taken back.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from catalog.splits import Split
from labeling.models import Annotation, Label, Purpose, Turn
from labeling.truth import Said

VERDICTS = (Purpose.REVIEW, Purpose.AUDIT, Purpose.ADJUDICATION)
CHUNK = 5000


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """What one reviewer answered to one question."""

    annotation_id: int
    listing_id: int
    listing: str
    """external id"""
    attribute_id: int
    attribute: str
    """code"""
    said: Said
    reviewer_id: int
    reviewer: str
    """user name"""
    when: datetime
    purpose: Purpose
    shown: str
    """the source of the suggestion that was on the screen; empty: none, the answer is blind"""
    reasoning_wrong: bool
    """the answer is right, but the model's chains that end in it reason wrongly"""
    label_id: int | None
    """the question's label, whatever it says"""
    provenance: str
    """of that label; empty without one"""
    is_settled: bool
    """the label says what the reviewer said"""


def verdict_rows(
    *,
    reviewers: Collection[int] | None = None,
    purposes: Sequence[Purpose] = VERDICTS,
    since: datetime | None = None,
    until: datetime | None = None,
    split: Split | None = None,
) -> Iterator[VerdictRow]:
    """Verdicts, question by question and then in the order in which they were given, a chunk at a time.

    Args:
        reviewers: ids; None: everybody's.
        since: not given before; `until`: given before.
        split: of their listings as they are now.
    """
    rows = verdicts(purposes=purposes)
    if reviewers is not None:
        rows = rows.filter(annotator__in=reviewers)
    if since:
        rows = rows.filter(created__gte=since)
    if until:
        rows = rows.filter(created__lt=until)
    if split:
        rows = rows.filter(listing__split=split)
    labels = Label.objects.filter(listing=OuterRef("listing"), attribute=OuterRef("attribute"))
    fields = rows.values_list(
        *("pk", "listing", "listing__external_id", "attribute", "attribute__code", "values", "state"),
        *("annotator", "annotator__username", "created", "task__purpose", "suggestion__source"),
        "reasoning_wrong",
        *(Subquery(labels.values(field)[:1]) for field in ("pk", "provenance", "values", "state")),
    )
    for *found, label_id, provenance, values, state in fields.iterator(chunk_size=CHUNK):
        pk, listing, external_id, attribute, code, said_values, said_state, *who = found
        person, name, when, purpose, shown, reasoning_wrong = who
        said = Said(tuple(said_values), said_state)
        yield VerdictRow(
            annotation_id=pk,
            listing_id=listing,
            listing=external_id,
            attribute_id=attribute,
            attribute=code,
            said=said,
            reviewer_id=person,
            reviewer=name,
            when=when,
            purpose=Purpose(purpose),
            shown=shown or "",
            reasoning_wrong=reasoning_wrong,
            label_id=label_id,
            provenance=provenance or "",
            is_settled=label_id is not None and said == Said(tuple(values), state),
        )


def verdicts(*, purposes: Sequence[Purpose] = VERDICTS) -> QuerySet[Annotation]:
    """The annotations that are verdicts."""
    finished = Turn.objects.filter(task=OuterRef("task"), person=OuterRef("annotator")).exclude(finished=None)
    rows = Annotation.objects.filter(Exists(finished), task__purpose__in=purposes, withdrawn=None)
    return rows.order_by("listing", "attribute", "pk")
