"""What a browser gets to work on: leased turns with their listings, as plain data."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F, QuerySet

from catalog.models import Image
from catalog.selectors import schema_version_now
from labeling.leases import Lease
from labeling.models import Annotation, Comment, Purpose, PurposeRule, Suggestion, Turn

Json = dict[str, Any]

REMARKS_SHOWN = 20


def items_of(*, person: User, leases: Sequence[Lease]) -> list[Json]:
    """The leased turns in their order, each with all that the page needs to show it.

    Photos are named by hash and the schema by version, which browsers keep for good. Suggestions come only
    where the purpose shows them, what others said only to whoever adjudicates; the person's own earlier
    answers to the task always. A turn whose vertical has no schema is left out.
    """
    if not leases:
        return []
    turns = {turn.pk: turn for turn in _turns([lease.turn_id for lease in leases])}
    listings = [turn.task.listing_id for turn in turns.values()]
    schemas = {pk: schema_version_now(pk) for pk in {turn.vertical_id for turn in turns.values()}}
    photos, remarks = _photos(listings), _remarks(listings)
    suggestions, said = _suggestions(turns.values()), _said(turns.values())
    answers = _own_answers(person, [lease.task_id for lease in leases])
    return [
        _item(turn, lease)
        | {
            "schema": version.pk,
            "photos": photos[turn.task.listing_id],
            "suggestions": suggestions[turn.pk],
            "said": said[turn.pk],
            "answers": answers[turn.task_id],
            "remarks": remarks[turn.task.listing_id][-REMARKS_SHOWN:],
        }
        for lease in leases
        if (version := schemas[(turn := turns[lease.turn_id]).vertical_id])
    ]


def _turns(ids: Sequence[int]) -> QuerySet[Turn]:
    return Turn.objects.filter(pk__in=ids).select_related("task__listing", "vertical")


def _item(turn: Turn, lease: Lease) -> Json:
    listing = turn.task.listing
    return {
        "turn": turn.pk,
        "token": str(lease.token),
        "purpose": turn.purpose,
        "vertical": turn.vertical.label,
        "asks": turn.task.asks,
        "listing": listing.external_id,
        "title": listing.title,
        "description": listing.description,
        "metadata": listing.metadata,
        "again": turn.finished is not None,
        "returned": turn.returned is not None,
    }


def _photos(listings: Collection[int]) -> dict[int, list[Json]]:
    """{listing: its photos in order}."""
    images = Image.objects.filter(listing__in=listings).order_by("listing", "position")
    photos = defaultdict[int, list[Json]](list)
    for image in images.select_related("photo"):
        photo = {"sha256": image.photo.sha256, "width": image.photo.width, "height": image.photo.height}
        photos[image.listing_id].append(photo)
    return photos


def _remarks(listings: Collection[int]) -> dict[int, list[Json]]:
    """{listing: what people said to each other about it, the newest last}."""
    rows = Comment.objects.filter(listing__in=listings).select_related("author", "attribute").order_by("pk")
    remarks = defaultdict[int, list[Json]](list)
    for row in rows:
        remarks[row.listing_id].append(
            {
                "author": row.author.get_username(),
                "attribute": row.attribute.code if row.attribute else "",
                "text": row.text,
                "flag": row.is_flag,
                "open": row.is_flag and row.resolved is None,
                "created": row.created.isoformat(),
            }
        )
    return remarks


def _suggestions(turns: Collection[Turn]) -> dict[int, Json]:
    """{turn: {attribute code: the newest suggestion}}, where its purpose shows them."""
    rules = PurposeRule.objects.filter(purpose__in={turn.purpose for turn in turns}, suggestions=True)
    showing = set(rules.values_list("purpose", flat=True))
    shown = {turn.task.listing_id: turn.pk for turn in turns if turn.purpose in showing}
    suggestions = defaultdict[int, Json](dict)
    if shown:
        rows = Suggestion.objects.filter(listing__in=shown).order_by("created", "pk")
        for listing_id, code, pk, source, shares in rows.values_list(
            "listing_id", "attribute__code", "pk", "source", "shares"
        ):
            suggestions[shown[listing_id]][code] = {"id": pk, "source": source, "shares": shares}
    return suggestions


def _said(turns: Collection[Turn]) -> dict[int, Json]:
    """{turn of an adjudication: {attribute code: what people said who finished, each with who}}."""
    to_decide = {turn.task.listing_id: turn.pk for turn in turns if turn.purpose == Purpose.ADJUDICATION}
    said = defaultdict[int, Json](dict)
    if to_decide:
        # In one condition, so that it is the same turn that is theirs and finished.
        finished = {"task__turns__finished__isnull": False, "task__turns__person": F("annotator")}
        rows = Annotation.objects.filter(**finished, listing__in=to_decide, withdrawn=None)
        rows = rows.exclude(task__purpose=Purpose.ADJUDICATION)
        for row in rows.select_related("attribute", "annotator").order_by("pk"):
            said[to_decide[row.listing_id]].setdefault(row.attribute.code, []).append(
                {"by": row.annotator.get_username()} | _answer(row)
            )
    return said


def _own_answers(person: User, task_ids: Collection[int]) -> dict[int, Json]:
    """{task: {attribute code: what the person answered before}}."""
    rows = Annotation.objects.filter(task__in=task_ids, annotator=person, withdrawn=None).order_by("pk")
    answers = defaultdict[int, Json](dict)
    for row in rows.select_related("attribute"):
        answers[row.task_id or 0][row.attribute.code] = _answer(row)
    return answers


def _answer(row: Annotation) -> Json:
    return {"values": row.values, "state": row.state, "evidence": row.evidence_position}
