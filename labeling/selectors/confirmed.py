"""Reads of what reviewers settled: the answers that a model may learn from, and how far each is trusted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from catalog.splits import Split
from labeling.models import Annotation, Label, Provenance, Purpose, Task
from labeling.reliability import Reliability, together
from labeling.selectors.labels import LabelRow, label_rows_of
from labeling.selectors.reliability import reliability_now
from labeling.selectors.verdicts import VerdictRow, verdict_rows, verdicts

SETTLED = (Provenance.VERDICT, Provenance.ADJUDICATION)


@dataclass(frozen=True, slots=True)
class ConfirmedRow:
    """A question that reviewers settled."""

    label: LabelRow
    weight: float
    """how likely the label is right, in [0, 1], by the reliability of those who say so"""
    reasoning_wrong: bool
    """one of them found that the model's chains with this answer reason wrongly"""
    verdicts: tuple[int, ...]
    """the annotations that say what the label says"""


def confirmed_rows(*, split: Split = Split.POOL) -> list[ConfirmedRow]:
    """The questions of a split's listings that reviews settled, in a stable order.

    An audited question is none of them, whoever else answered it: audits measure, so that nothing may learn
    from them. Nor is one whose label no standing verdict says.
    """
    rows = verdict_rows(purposes=(Purpose.REVIEW, Purpose.ADJUDICATION), split=split)
    behind = {
        agreeing[0].label_id: agreeing
        for _, of in groupby(rows, lambda row: (row.listing_id, row.attribute_id))
        if (agreeing := _behind(list(of)))
    }
    audited = _audited({row.listing_id for of in behind.values() for row in of})
    known = reliability_now() if behind else Reliability({})
    labels = label_rows_of(Label.objects.filter(listing__split=split, provenance__in=SETTLED))
    return [
        _confirmed(label, of, known)
        for label in labels
        if (of := behind.get(label.label_id))
        and not _is_among(of[0].attribute, audited.get(label.listing_id, ()))
    ]


def confirmed_count(*, split: Split = Split.POOL) -> int:
    """How many questions of a split's listings reviews settled: counted, and not checked as the rows are."""
    labels = Label.objects.filter(*_is_reviewed(), provenance__in=SETTLED)
    return labels.filter(listing__split=split, listing__retired=False, attribute__retired=False).count()


def confirming(*, split: Split = Split.POOL) -> QuerySet[Annotation]:
    """The verdicts that say what such a label says; not checked as the rows are."""
    labels = Label.objects.filter(
        listing=OuterRef("listing"), attribute=OuterRef("attribute"), provenance__in=SETTLED
    ).alias(codes=Cast("values", TextField()))
    same = labels.filter(codes=Cast(OuterRef("values"), TextField()), state=OuterRef("state"))
    found = verdicts(purposes=(Purpose.REVIEW, Purpose.ADJUDICATION)).filter(*_is_reviewed(), Exists(same))
    return found.filter(listing__split=split, listing__retired=False, attribute__retired=False)


def _is_reviewed() -> tuple[Q, Q]:
    """The question of a label or an annotation has been reviewed, and never audited."""
    given = Annotation.objects.filter(
        listing=OuterRef("listing"), attribute=OuterRef("attribute"), withdrawn=None
    )
    return (
        Q(Exists(given.filter(task__purpose=Purpose.REVIEW))),
        ~Q(Exists(given.filter(task__purpose=Purpose.AUDIT))),
    )


def _behind(of: Sequence[VerdictRow]) -> list[VerdictRow]:
    """The verdicts on one question that the label says, where it was reviewed and is settled by reviewers."""
    if not any(row.purpose == Purpose.REVIEW for row in of):
        return []
    return [row for row in of if row.is_settled and row.provenance in SETTLED]


def _audited(listing_ids: Iterable[int]) -> dict[int, list[list[str]]]:
    """{listing: what each of its audits asks: attribute codes, none for all}."""
    asks: dict[int, list[list[str]]] = {}
    tasks = Task.objects.filter(purpose=Purpose.AUDIT).values_list("listing", "asks")
    wanted = set(listing_ids)
    for listing_id, codes in tasks.iterator():
        if listing_id in wanted:
            asks.setdefault(listing_id, []).append(codes)
    return asks


def _is_among(code: str, audits: Iterable[Sequence[str]]) -> bool:
    return any(not asks or code in asks for asks in audits)


def _confirmed(label: LabelRow, of: Sequence[VerdictRow], known: Reliability) -> ConfirmedRow:
    people = dict.fromkeys(row.reviewer_id for row in of)
    return ConfirmedRow(
        label=label,
        weight=round(together(known.of(person, label.attribute_id).mean for person in people), 4),
        reasoning_wrong=any(row.reasoning_wrong for row in of),
        verdicts=tuple(row.annotation_id for row in of),
    )
