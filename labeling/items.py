"""What a browser gets to work on: leased turns with their listings, as plain data."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from django.contrib.auth.models import User
from django.db.models import QuerySet

from catalog.models import Image
from catalog.selectors import schema_version_now
from labeling.leases import Lease
from labeling.models import Annotation, Turn
from labeling.sight import Json, answer_json, is_blind, remarks_seen, said_seen, suggestions_seen

REMARKS_SHOWN = 20


def items_of(*, person: User, leases: Sequence[Lease]) -> list[Json]:
    """The leased turns in their order, each with all that the page needs to show it.

    Photos are named by hash and the schema by version, which browsers keep for good. What a model and others
    said comes only where it may be seen (sight.py), the person's own earlier answers to the task always.
    A turn whose vertical has no schema is left out.
    """
    if not leases:
        return []
    turns = {turn.pk: turn for turn in _turns([lease.turn_id for lease in leases])}
    listings = [turn.task.listing_id for turn in turns.values()]
    schemas = {pk: schema_version_now(pk) for pk in {turn.vertical_id for turn in turns.values()}}
    photos, remarks = _photos(listings), remarks_seen(turns.values(), person=person)
    suggestions, said = suggestions_seen(turns.values()), said_seen(turns.values())
    answers = _own_answers(person, [lease.task_id for lease in leases])
    return [
        _item(turn, lease)
        | {
            "schema": version.pk,
            "photos": photos[turn.task.listing_id],
            "suggestions": suggestions[turn.pk],
            "said": said[turn.pk],
            "answers": answers[turn.task_id],
            "remarks": remarks[turn.pk][-REMARKS_SHOWN:],
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
        "blind": is_blind(turn),
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


def _own_answers(person: User, task_ids: Collection[int]) -> dict[int, Json]:
    """{task: {attribute code: what the person answered before}}."""
    rows = Annotation.objects.filter(task__in=task_ids, annotator=person, withdrawn=None).order_by("pk")
    answers = defaultdict[int, Json](dict)
    for row in rows.select_related("attribute"):
        answers[row.task_id or 0][row.attribute.code] = answer_json(row) | {
            "reasoning_wrong": row.reasoning_wrong
        }
    return answers
