"""Writes of single answers: labels, annotations, suggestions."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.services import event_record
from catalog.models import Attribute, Listing
from catalog.selectors import schema_version_now
from labeling.answers import gives_way
from labeling.chains import Chain, leading_kept
from labeling.errors import LabelingError
from labeling.importing import rules_of
from labeling.labels import revisions_keep
from labeling.models import Annotation, Label, LabelRevision, Provenance, Suggestion, Task


@transaction.atomic
def label_record(
    *,
    listing: Listing,
    attribute: Attribute,
    provenance: Provenance,
    values: Collection[str] = (),
    state: str = "",
    source: str = "",
    evidence_position: int | None = None,
    by: User | None = None,
    reason: str = "",
) -> Label:
    """Make this the answer that holds, unless the present one has more authority; returns the one that holds.

    A label that is made or changed leaves a revision with who and why.

    Raises:
        LabelingError: for an answer that the attribute does not allow.
    """
    answer = {
        "values": _checked(listing, attribute, values, state, evidence_position),
        "state": state,
        "provenance": provenance,
        "source": source,
        "evidence_position": evidence_position,
        "schema_version": schema_version_now(listing.vertical_id),
    }
    label, created = Label.objects.select_for_update().get_or_create(
        listing=listing, attribute=attribute, defaults=answer
    )
    if not created and not gives_way(label.provenance, to=provenance):
        return label
    if not created:
        for field, value in answer.items():
            setattr(label, field, value)
        label.save()
    revisions_keep([label], by=by, reason=reason)
    return label


@transaction.atomic
def label_restore(*, revision_id: int, by: User, reason: str = "") -> Label:
    """Let a question's label say again what it said once, whatever says otherwise now.

    It is what it was: the answer, and who or what it came from. The revision that this leaves says who
    restored it.

    Raises:
        LabelingError: where there is no such revision, or its answer is not allowed any more.
    """
    revision = LabelRevision.objects.filter(pk=revision_id)
    kept = revision.select_related("listing", "attribute__vertical", "schema_version").first()
    if kept is None:
        raise LabelingError(f"there is no revision {revision_id} of a label: choose one of its history")
    label, _ = Label.objects.select_for_update().get_or_create(
        listing=kept.listing, attribute=kept.attribute, defaults=_said(kept)
    )
    before = label.state or label.values
    _checked(kept.listing, kept.attribute, kept.values, kept.state, kept.evidence_position)
    for field, value in _said(kept).items():
        setattr(label, field, value)
    label.save()
    when = f"restored what held on {kept.created:%Y-%m-%d %H:%M}"
    why = f"{when}: {reason}" if reason else when
    revisions_keep([label], by=by, reason=why)
    event_record(
        Action.LABEL_RESTORED,
        kind=Kind.LISTING,
        key=kept.listing.external_id,
        name=kept.listing.external_id,
        by=by,
        before={kept.attribute.code: before},
        after={kept.attribute.code: label.state or label.values},
        reason=why,
    )
    return label


@transaction.atomic
def annotation_record(
    *,
    listing: Listing,
    attribute: Attribute,
    annotator: User,
    idempotency_key: str,
    values: Collection[str] = (),
    state: str = "",
    evidence_position: int | None = None,
    task: Task | None = None,
) -> Annotation:
    """Record what the annotator answered, once a key, and let it be the label where nothing outranks it.

    Raises:
        LabelingError: for an answer that the attribute does not allow, or a key used for another answer.
    """
    answer = {
        "listing": listing,
        "attribute": attribute,
        "annotator": annotator,
        "values": _checked(listing, attribute, values, state, evidence_position),
        "state": state,
        "evidence_position": evidence_position,
        "task": task,
    }
    annotation, created = Annotation.objects.get_or_create(
        idempotency_key=idempotency_key,
        defaults=answer | {"schema_version": schema_version_now(listing.vertical_id)},
    )
    if created:
        label_record(
            listing=listing,
            attribute=attribute,
            provenance=Provenance.ANNOTATION,
            values=values,
            state=state,
            source=annotator.username,
            evidence_position=evidence_position,
            by=annotator,
        )
    else:
        _check_same(annotation, answer)
    return annotation


def suggestion_add(
    *,
    listing: Listing,
    attribute: Attribute,
    source: str,
    shares: Mapping[str, float],
    chains: Sequence[Chain] = (),
) -> Suggestion:
    """Propose answers in words, each with its share of the votes in [0, 1], and the chains behind them.

    Of equal shares the first leads.

    Raises:
        LabelingError: for an attribute of another vertical, or shares that cannot be shares.
    """
    _check_vertical(listing, attribute)
    possible = all(0 <= share <= 1 for share in shares.values()) and math.fsum(shares.values()) <= 1 + 1e-6
    if not shares or not possible:
        raise LabelingError(
            f"{_question(listing, attribute)}: {dict(shares)} are no shares: "
            "give each answer a number from 0 to 1 that together do not pass 1"
        )
    return Suggestion.objects.create(
        listing=listing,
        attribute=attribute,
        source=source,
        shares=dict(shares),
        leading=leading_kept(shares),
        chains=[chain.to_json() for chain in chains],
    )


def _said(kept: LabelRevision) -> dict[str, Any]:
    fields = ("values", "state", "provenance", "source", "evidence_position", "schema_version")
    return {field: getattr(kept, field) for field in fields}


def _checked(
    listing: Listing, attribute: Attribute, values: Collection[str], state: str, evidence_position: int | None
) -> list[str]:
    _check_vertical(listing, attribute)
    if evidence_position is not None and not listing.images.filter(position=evidence_position).exists():
        raise LabelingError(
            f"{_question(listing, attribute)}: the listing has no photo {evidence_position}: "
            f"give a number from 1 to {listing.images.count()}"
        )
    return rules_of(attribute).checked(where=_question(listing, attribute), values=values, state=state)


def _check_same(annotation: Annotation, answer: Mapping[str, object]) -> None:
    if any(getattr(annotation, field) != value for field, value in answer.items()):
        raise LabelingError(
            f"{_question(annotation.listing, annotation.attribute)}: the key {annotation.idempotency_key!r} "
            "was used for another answer: send each new answer under a new key"
        )


def _question(listing: Listing, attribute: Attribute) -> str:
    return f"listing {listing.external_id!r}, attribute {attribute.code!r}"


def _check_vertical(listing: Listing, attribute: Attribute) -> None:
    if attribute.vertical_id != listing.vertical_id:
        raise LabelingError(
            f"listing {listing.external_id!r} is a {listing.vertical.code!r}, which has no attribute "
            f"{attribute.code!r} of {attribute.vertical.code!r}: use an attribute of the listing's vertical"
        )
