"""What a browser gets to work on: leased turns with their listings, as plain data."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Q

from catalog.selectors import schema_versions_now
from labeling.models import Annotation, PurposeRule, Suggestion, Turn
from labeling.queue import Lease

Json = dict[str, Any]


def items_of(*, person: User, leases: Sequence[Lease]) -> list[Json]:
    """The leased turns in their order, each with all that the page needs to show it.

    Photos are named by hash and the schema by version, which browsers keep for good. Suggestions come only
    where the purpose shows them; the person's own earlier answers to the task always.
    """
    turns = {turn.pk: turn for turn in _turns([lease.turn_id for lease in leases])}
    listings = [turn.task.listing_id for turn in turns.values()]
    showing = _purposes_with_suggestions()
    suggestions = _suggestions([turn.task.listing_id for turn in turns.values() if turn.purpose in showing])
    answers = _own_answers(person, [turn.task_id for turn in turns.values()])
    versions = schema_versions_now()
    return [
        _item(turns[lease.turn_id], lease)
        | {
            "schema": versions[turns[lease.turn_id].vertical_id].pk,
            "suggestions": suggestions.get(turns[lease.turn_id].task.listing_id, {})
            if turns[lease.turn_id].purpose in showing
            else {},
            "answers": answers.get(lease.task_id, {}),
        }
        for lease in leases
        if lease.turn_id in turns and turns[lease.turn_id].vertical_id in versions and listings
    ]


def _turns(ids: Sequence[int]) -> Any:
    remarks = Count("task__listing__comments", filter=Q(task__listing__comments__isnull=False))
    return (
        Turn.objects.filter(pk__in=ids)
        .select_related("task__listing", "vertical")
        .prefetch_related("task__listing__images__photo")
        .annotate(remarks=remarks)
    )


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
        "photos": [
            {"sha256": image.photo.sha256, "width": image.photo.width, "height": image.photo.height}
            for image in listing.images.all()
        ],
    }


def _purposes_with_suggestions() -> set[str]:
    return set(PurposeRule.objects.filter(suggestions=True).values_list("purpose", flat=True))


def _suggestions(listing_ids: Sequence[int]) -> dict[int, Json]:
    """{listing: {attribute code: its newest suggestion}}."""
    found: dict[int, Json] = {}
    rows = Suggestion.objects.filter(listing__in=listing_ids).order_by("pk").select_related("attribute")
    for row in rows:
        found.setdefault(row.listing_id, {})[row.attribute.code] = {
            "id": row.pk,
            "source": row.source,
            "shares": row.shares,
        }
    return found


def _own_answers(person: User, task_ids: Sequence[int]) -> Mapping[int, Json]:
    """{task: {attribute code: what the person answered before}}."""
    rows = Annotation.objects.filter(task__in=task_ids, annotator=person, withdrawn=None).order_by("pk")
    found: dict[int, Json] = {}
    for row in rows.select_related("attribute"):
        found.setdefault(row.task_id or 0, {})[row.attribute.code] = {
            "values": row.values,
            "state": row.state,
            "evidence": row.evidence_position,
        }
    return found
