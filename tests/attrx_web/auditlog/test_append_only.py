"""Nothing changes or removes an entry: not the ORM, and not SQL behind its back, on either database."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.models import AppendOnly, Event
from attrx_web.auditlog.services import event_record, events_prune
from attrx_web.auditlog.triggers import REFUSED, unlocked

pytestmark = pytest.mark.django_db


@pytest.fixture
def event() -> Event:
    """An entry."""
    event_record(Action.ROUND_STARTED, kind=Kind.ROUND, key=1, name="round 1")
    return Event.objects.get()


@pytest.mark.parametrize(
    "change",
    [
        lambda event: event.save(),
        lambda event: event.delete(),
        lambda event: Event.objects.update(reason="none"),
        lambda event: Event.objects.filter(pk=event.pk).delete(),
        lambda event: Event._base_manager.filter(pk=event.pk).delete(),
        lambda event: Event.objects.all()._raw_delete("default"),
        lambda event: Event.objects.bulk_update([event], ["reason"]),
        lambda event: Event.objects.update_or_create(pk=event.pk, defaults={"reason": "none"}),
        lambda event: Event.objects.bulk_create(
            [event], update_conflicts=True, unique_fields=["id"], update_fields=["reason"]
        ),
    ],
)
def test_the_orm_refuses(event: Event, change: Callable[[Event], object]) -> None:
    with pytest.raises(AppendOnly):
        change(event)
    assert Event.objects.get().reason == ""


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE auditlog_event SET person = 'somebody else'",
        "UPDATE auditlog_event SET at = at",
        "DELETE FROM auditlog_event",
    ],
)
def test_the_database_refuses(event: Event, statement: str) -> None:
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
        execute(statement)
    assert Event.objects.get() == event


def test_the_table_cannot_be_emptied_at_once(event: Event) -> None:
    empties = {"postgresql": "TRUNCATE auditlog_event", "sqlite": "DELETE FROM auditlog_event WHERE true"}
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
        execute(empties[connection.vendor])


def test_entries_may_not_be_changed_where_they_may_be_deleted(event: Event) -> None:
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic(), unlocked():
        execute("UPDATE auditlog_event SET person = 'somebody else'")
    assert Event.objects.get().person == ""


def test_the_lock_is_back_after_entries_were_pruned(event: Event) -> None:
    assert events_prune(before=timezone.now()) == 1
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
        execute("DELETE FROM auditlog_event")


def test_pruning_keeps_what_is_newer_and_is_an_entry_itself(event: Event) -> None:
    Event.objects.create(
        at=timezone.now() - timedelta(days=400),
        action=Action.ROUND_ENDED,
        via="worker",
        object_kind=Kind.ROUND,
    )
    bound = timezone.now() - timedelta(days=365)
    call_command("audit_prune", before=f"{bound:%Y-%m-%d}")
    newest, kept = Event.objects.all()
    assert kept == event
    assert (newest.action, newest.via) == (Action.LOG_PRUNED, "command")
    assert newest.after is not None
    assert newest.after["entries"] == 1
    assert newest.after["before"].startswith(f"{bound:%Y-%m-%d}")


@pytest.mark.parametrize("before", ["soon", "2024-02-31", "2999-01-01"])
def test_a_day_that_cannot_be_pruned_before_is_refused(event: Event, before: str) -> None:
    with pytest.raises(CommandError, match="--before"):
        call_command("audit_prune", before=before)
    assert Event.objects.get() == event


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_recorded_or_unlocked() -> None:
    with pytest.raises(TransactionManagementError):
        event_record(Action.ROUND_STARTED, kind=Kind.ROUND)
    with pytest.raises(TransactionManagementError), unlocked():
        pass
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_back_is_not_recorded() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        event_record(Action.ROUND_STARTED, kind=Kind.ROUND)
        _ = 1 / 0
    assert not Event.objects.exists()


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
