"""What the audit log is told of work: who started it, what was done to it, how it ended."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User

from attrx_web.auditlog.actions import Action
from attrx_web.auditlog.services import event_record
from catalog.models import Status, Work


def work_record(
    model: type[Work], *, pk: int, verb: str, by: User | None = None, after: Mapping[str, Any] | None = None
) -> None:
    """Tell the audit log what became of work that it knows, by the verb of an action."""
    if kind := model.logged_as:
        event_record(
            Action(f"{kind}.{verb}"), kind=kind, key=pk, name=f"{kind.label} {pk}", by=by, after=after
        )


def work_ended(model: type[Work], pk: int, status: Status, problem: str = "") -> None:
    """Whoever started work is who it ended for."""
    if model.logged_as:
        rows: Any = model._default_manager.filter(pk=pk)  # created_by is a field of those that are logged.
        starter = User.objects.filter(pk__in=rows.values("created_by")).first()
        after = {"status": status.value} | ({"error": problem} if problem else {})
        work_record(model, pk=pk, verb="ended", by=starter, after=after)
