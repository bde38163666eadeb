"""How imports get their turn: one runs at a time, and one that was queued is never forgotten."""

import logging
import os
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.models import Import, Status
from catalog.services.imports import import_send
from catalog.services.ledger import SILENT_AFTER, Claim, work_claim, work_close, worker_name

logger = logging.getLogger(__name__)

FORGOTTEN_AFTER = timedelta(seconds=60)
"""Nobody was told of an import that has been queued for so long, or forgot it."""


def import_claim(*, import_id: int, worker: str) -> Claim | None:
    """Take a queued import. None when it is not queued (any more), or another one runs: it stays queued."""
    try:
        with transaction.atomic():
            return work_claim(Import, pk=import_id, worker=worker)
    except IntegrityError:  # catalog_import_one_runs
        return None


def imports_send_next(*, waiting_for: timedelta = timedelta()) -> None:
    """Tell the workers of the import that has been queued longest, and at least so long, if none runs."""
    if Import.objects.filter(status=Status.RUNNING).exists():
        return
    waiting = Import.objects.filter(status=Status.QUEUED, queued__lte=timezone.now() - waiting_for)
    first = waiting.order_by("queued", "pk").values_list("pk", flat=True).first()
    if first is not None:
        import_send(import_id=first)


def imports_sweep(*, silent_for: timedelta = SILENT_AFTER) -> list[int]:
    """End the running imports whose worker gives no sign of life; returns their ids."""
    deadline = timezone.now() - silent_for
    return [
        running.pk
        for running in Import.objects.filter(status=Status.RUNNING).defer("sample")
        if running.heartbeat and (running.heartbeat <= deadline or _is_gone(running.worker))
        if _fail_unattended(running)
    ]


def importer_gone(*, pid: int) -> list[int]:
    """End the imports of a worker process of this machine that is known to have ended; returns their ids."""
    orphans = Import.objects.filter(status=Status.RUNNING, worker=worker_name(pid)).defer("sample")
    return [running.pk for running in orphans if _fail_unattended(running)]


def _is_gone(worker: str) -> bool:
    """The worker was a process of this machine, and there is none with its number."""
    pid = worker.split()[1] if worker.startswith("process ") else ""
    if not pid.isdecimal() or worker != worker_name(int(pid)):
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # It is there, and somebody else's.
        return False
    return False


def _fail_unattended(running: Import) -> bool:
    unchanged: dict[str, Any] = {"claim": running.claim, "heartbeat": running.heartbeat}
    if running.cancel_requested:
        return work_close(Import, pk=running.pk, status=Status.CANCELLED, **unchanged)
    error = f"The worker ({running.worker}) stopped answering. Resume the import to go on from there."
    logger.warning("import %s: %s", running.pk, error)
    return work_close(Import, pk=running.pk, status=Status.FAILED, error=error, **unchanged)
