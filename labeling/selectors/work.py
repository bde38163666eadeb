"""Reads of people's work: what they finished, and what waits for them."""

import json
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F, OuterRef, Q, Subquery

from catalog.models import Image, SchemaVersion
from catalog.schema.spec import VerticalSpec
from labeling.models import SetAside, Turn
from labeling.queue import Wanted, is_open, is_unleased, verticals_of

HISTORY_PAGE = 20
SCHEMAS_REMEMBERED = 64

Json = dict[str, Any]


def finished_turns(*, person: User, before: int | None = None) -> list[Json]:
    """A page of the turns that the person finished, the newest first, from the one before `before` on."""
    turns = Turn.objects.filter(person=person).exclude(finished=None).order_by("-finished", "-pk")
    if before is not None:
        last = Turn.objects.filter(pk=before, person=person).values("finished")[:1]
        turns = turns.filter(Q(finished__lt=Subquery(last)) | Q(finished=Subquery(last), pk__lt=before))
    photo = Image.objects.filter(listing=OuterRef("task__listing"), position=1).values("photo__sha256")[:1]
    rows = turns.values(
        "purpose",
        "finished",
        "seconds",
        turn=F("pk"),
        vertical_label=F("vertical__label"),
        listing=F("task__listing__external_id"),
        title=F("task__listing__title"),
        photo=Subquery(photo),
        sent_back=F("returned"),
    )
    return [
        {
            "turn": row["turn"],
            "purpose": row["purpose"],
            "vertical": row["vertical_label"],
            "listing": row["listing"],
            "title": row["title"],
            "photo": row["photo"],
            "finished": row["finished"],
            "seconds": row["seconds"],
            "returned": row["sent_back"] is not None,
        }
        for row in rows[:HISTORY_PAGE]
    ]


def waiting_counts(*, person: User, wanted: Wanted) -> dict[str, int]:
    """Why there is nothing to do: open turns that others have now, and tasks that the person set aside."""
    turns = Turn.objects.filter(is_open(), purpose__in=wanted.purposes, task__listing__retired=False)
    if verticals := verticals_of(person):
        turns = turns.filter(vertical__in=verticals)
    aside = SetAside.objects.filter(person=person, task__turns__in=turns).values("task").distinct()
    # The leases are few, and have an index: the open turns may be a million.
    leased = turns.filter(token__isnull=False).exclude(is_unleased())
    return {"others": leased.exclude(person=person).count(), "aside": aside.count()}


def schema_text(version_id: int) -> str | None:
    """What a schema version asks, as JSON: the vertical without what is retired. None where there is none."""
    version = SchemaVersion.objects.filter(pk=version_id).defer("content").first()
    return _text(version.pk, version.created.isoformat()) if version else None


@lru_cache(maxsize=SCHEMAS_REMEMBERED)
def _text(version_id: int, created: str) -> str:
    """`created` tells versions of two databases apart that have the same key."""
    spec = VerticalSpec.from_json(SchemaVersion.objects.get(pk=version_id).content).to_json()
    asked = [attribute for attribute in spec["attributes"] if not attribute["retired"]]
    for attribute in asked:
        attribute["values"] = [value for value in attribute["values"] if not value["retired"]]
    return json.dumps(spec | {"attributes": asked})
