"""Writes to the audit log: one entry more, and the removal of old ones, which is an entry itself."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.models import KEY_LENGTH, NAME_LENGTH, Event
from attrx_web.auditlog.origin import origin_now
from attrx_web.auditlog.triggers import unlocked

MASK = "[secret]"
Facts = Mapping[str, Any]


def event_record(
    action: Action,
    *,
    kind: Kind,
    key: object = "",
    name: str = "",
    by: User | None = None,
    before: Facts | None = None,
    after: Facts | None = None,
    reason: str = "",
) -> None:
    """Record an act in the transaction that does it; from where it is done is found out here.

    Args:
        key: what its page's address has.
        name: what people call it.
        by: who did it; None: whoever the present request is of. A worker names whoever started its work.

    Raises:
        TransactionManagementError: outside a transaction: what is recorded could differ from what was done.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("an act is recorded in its own transaction: use transaction.atomic")
    origin = origin_now()
    person = by or origin.person
    Event.objects.create(
        action=action,
        person_key=person.pk if person else None,
        person=person.get_username() if person else "",
        via=origin.via,
        address=origin.address,
        client=origin.client,
        request_id=origin.request_id,
        object_kind=kind,
        object_key=str(key)[:KEY_LENGTH],
        object_name=_masked(name)[:NAME_LENGTH],
        before=_kept(before),
        after=_kept(after),
        reason=_masked(reason),
    )


def person_record(
    action: Action,
    person: User,
    *,
    by: User | None = None,
    before: Facts | None = None,
    after: Facts | None = None,
    reason: str = "",
) -> None:
    """Record what was done to a person, as `event_record` does."""
    name = person.get_username()
    event_record(
        action, kind=Kind.PERSON, key=person.pk, name=name, by=by, before=before, after=after, reason=reason
    )


@transaction.atomic
def events_prune(*, before: datetime) -> int:
    """Remove what was recorded before this moment, and record that; returns how many entries.

    Raises:
        ValueError: for a moment that is not past.
    """
    if before > timezone.now():
        raise ValueError(f"{before:%Y-%m-%d} is not past: entries that are to come cannot be removed")
    with unlocked(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM auditlog_event WHERE at < %s", [_moment(before)])
        removed: int = cursor.rowcount
    event_record(
        Action.LOG_PRUNED, kind=Kind.SITE, name="audit log", after={"before": before, "entries": removed}
    )
    return removed


@transaction.atomic
def export_record(*, form: str, filters: Facts) -> None:
    """Somebody takes the log away."""
    after = {"format": form, "filters": dict(filters)}
    event_record(Action.LOG_EXPORTED, kind=Kind.SITE, name="audit log", after=after)


def _moment(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def _kept(facts: Facts | None) -> Any:
    """As JSON can have it, without secrets of the environment."""
    if facts is None:
        return None
    return json.loads(_masked(json.dumps(dict(facts), cls=DjangoJSONEncoder)))


def _masked(text: str) -> str:
    text = text.replace("\0", "")
    for secret in settings.ENV.operations.secrets:
        text = text.replace(secret, MASK)
    return text
