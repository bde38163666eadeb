"""Reads of wrong consensus: what most chains of a version said and people rejected.

A question counts that reviewers settled, reviewed or audited, and that the version voted on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast

from catalog.models import Attribute
from catalog.paging import Cursor, Order, Page, look_through
from labeling.models import Annotation, Label, Purpose
from labeling.selectors.confirmed import SETTLED
from training.models import ModelVersion, Prediction

ORDER = Order({"pk": int}, descending=True)
HIGH = 0.8
"""The least agreement of a consensus, unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class Level:
    """The settled questions with one agreement."""

    agreement: float
    questions: int
    rejected: int
    audited: int
    """of the questions: a sample of all, where reviews are those that were doubtful"""
    audited_rejected: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """A consensus that people rejected, and how often."""

    attribute: Attribute
    majority: str
    count: int


def voting_versions() -> list[ModelVersion]:
    """The versions that voted on the pool, newest first."""
    votes = Prediction.objects.filter(model_version=OuterRef("pk"))
    versions = ModelVersion.objects.filter(Exists(votes)).defer("manifest")
    return list(versions.order_by("-round_id", "-iteration"))


def wrong_consensus(
    *, version_id: int, threshold: float, cursor: str, size: int, attribute: int | None = None
) -> Page[Label]:
    """Labels of questions whose vote has at least this agreement and another answer, the newest first.

    Each comes with its listing and attribute, and `vote_id`, the prediction.
    """
    found = _rejected(version_id, threshold)
    if attribute is not None:
        found = found.filter(attribute=attribute)
    shown = _judged(version_id).select_related("listing", "attribute__vertical")
    return look_through(
        found.select_related("listing", "attribute__vertical"), order=ORDER, looked_up=shown
    ).page(Cursor.read(cursor, ORDER), size=size)


def levels(*, version_id: int) -> list[Level]:
    """The settled questions by agreement, the highest first."""
    audits = Annotation.objects.filter(
        listing=OuterRef("listing"),
        attribute=OuterRef("attribute"),
        task__purpose=Purpose.AUDIT,
        withdrawn=None,
    )
    rejected = ~Q(is_same=True)
    rows = (
        _judged(version_id)
        .annotate(is_audited=Exists(audits))
        .order_by()
        .values("agreement")
        .annotate(
            questions=Count("pk"),
            rejected=Count("pk", filter=rejected),
            audited=Count("pk", filter=Q(is_audited=True)),
            audited_rejected=Count("pk", filter=rejected & Q(is_audited=True)),
        )
    )
    return sorted((Level(**row) for row in rows), key=lambda level: -level.agreement)


def confusions(*, version_id: int, threshold: float, most: int) -> list[Confusion]:
    """The consensus that people reject most often, attribute by attribute."""
    rows = _rejected(version_id, threshold).order_by().values("attribute", "majority")
    counted = list(rows.annotate(count=Count("pk")).order_by("-count", "attribute", "majority")[:most])
    named = Attribute.objects.select_related("vertical").in_bulk([row["attribute"] for row in counted])
    return [Confusion(named[row["attribute"]], row["majority"], row["count"]) for row in counted]


def votes_of(labels: Sequence[Label]) -> dict[int, Prediction]:
    """{label: the vote on its question} of labels that come with `vote_id`."""
    ids = {label.pk: label.vote_id for label in labels}  # type: ignore[attr-defined]  # annotated
    votes = Prediction.objects.select_related("model_version__round").defer(
        "model_version__manifest", "model_version__round__inputs"
    )
    found = votes.in_bulk(list(ids.values()))
    return {pk: found[vote] for pk, vote in ids.items() if vote in found}


def _rejected(version_id: int, threshold: float) -> QuerySet[Any]:
    return _judged(version_id).filter(is_same=False, agreement__gte=threshold)


def _judged(version_id: int) -> QuerySet[Any]:
    """Labels of reviewers with `vote_id`, `agreement` and `majority` of the version, and `is_same`."""
    votes = Prediction.objects.filter(
        model_version=version_id, listing=OuterRef("listing"), attribute=OuterRef("attribute")
    ).annotate(codes=Cast("values", TextField()))
    rows = Label.objects.filter(provenance__in=SETTLED).annotate(
        vote_id=Subquery(votes.values("pk")[:1]),
        agreement=Subquery(votes.values("agreement")[:1]),
        majority=Subquery(votes.values("majority")[:1]),
    )
    same = Exists(votes.filter(codes=Cast(OuterRef("values"), TextField()), state=OuterRef("state")))
    is_same = Case(When(same, then=Value(True)), default=Value(False), output_field=BooleanField())
    return rows.filter(vote_id__isnull=False).annotate(is_same=is_same)
