"""Reads of what happened lately that programs outside are told: imports, rounds and promotions.

They are found by looking, not told by who wrote them: an import knows nothing of webhooks, and what happened
while nobody looked is found later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from catalog.models import Import, Status
from catalog.models.imports import Stage
from training.models import AliasChange, AliasName, ChangeKind, Channel, Delivery, Round
from training.models.health import DeliveryEvent

LOOKED_BACK = timedelta(days=1)
"""Older events are no news: of a site that gets its webhook today, or was off for long."""
ROSE = (ChangeKind.BEGAN, ChangeKind.PROMOTED, ChangeKind.OVERRIDDEN, ChangeKind.ROLLED_BACK)
"""How a version becomes the champion."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened."""

    kind: DeliveryEvent
    subject: int
    """the key of its row"""
    when: datetime
    page: str
    resource: str
    """of the API"""
    facts: dict[str, Any]

    def to_json(self, base: str) -> dict[str, Any]:
        """What a webhook is sent; `base` stands before every address."""
        return {
            "event": self.kind.value,
            "when": self.when.isoformat(),
            "page": base + self.page,
            "resource": base + self.resource,
            **self.facts,
        }


def events_untold() -> Iterator[Event]:
    """What happened within LOOKED_BACK and has no message yet, oldest first of each kind."""
    since = timezone.now() - LOOKED_BACK
    yield from _imports(since)
    yield from _rounds(since)
    yield from _promotions(since)


def _imports(since: datetime) -> Iterator[Event]:
    done = Import.objects.filter(status=Status.DONE, stage=Stage.SETTLE, finished__gte=since)
    for row in _untold(done, DeliveryEvent.IMPORT_DONE).defer("sample", "plan"):
        yield Event(
            DeliveryEvent.IMPORT_DONE,
            row.pk,
            row.finished or since,
            reverse("catalog:import", args=[row.pk]),
            reverse("api:import-detail", args=[row.pk]),
            {
                "import": row.pk,
                "name": row.name,
                "listings_created": row.listings_created,
                "listings_updated": row.listings_updated,
                "listings_refused": row.listings_refused,
            },
        )


def _rounds(since: datetime) -> Iterator[Event]:
    done = Round.objects.filter(status=Status.DONE, finished__gte=since)
    for pk, finished, note in _untold(done, DeliveryEvent.ROUND_DONE).values_list("pk", "finished", "note"):
        yield Event(
            DeliveryEvent.ROUND_DONE,
            pk,
            finished or since,
            reverse("training:round", args=[pk]),
            reverse("api:round-detail", args=[pk]),
            {"round": pk, "note": note},
        )


def _promotions(since: datetime) -> Iterator[Event]:
    rose = AliasChange.objects.filter(alias=AliasName.CHAMPION, kind__in=ROSE, created__gte=since)
    untold = _untold(rose, DeliveryEvent.VERSION_PROMOTED).annotate(who=F("by__username"))
    for row in untold:
        yield Event(
            DeliveryEvent.VERSION_PROMOTED,
            row.pk,
            row.created,
            reverse("training:version", args=[row.to_version_id]),
            reverse("api:version-detail", args=[row.to_version_id]),
            {
                "version": row.to_version_id,
                "before": row.from_version_id,
                "how": row.kind,
                "by": row.who,
                "reason": row.reason,
            },
        )


def _untold(rows: QuerySet[Any], kind: DeliveryEvent) -> QuerySet[Any]:
    told = Delivery.objects.filter(event=kind, subject=OuterRef("pk"), channel=Channel.WEBHOOK)
    return rows.filter(~Exists(told)).order_by("pk")
