"""How teacher runs get their turn: one is at work at a time, and one that was queued is never forgotten."""

import logging
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.models import Status
from catalog.services.ledger import SILENT_AFTER, Claim, work_claim, work_close
from labeling.models import TeacherRun
from labeling.services.teacher import teacher_send

logger = logging.getLogger(__name__)

FORGOTTEN_AFTER = timedelta(seconds=60)
"""Queued runs that no worker took within this time are sent again."""


def teacher_claim(*, run_id: int, worker: str) -> Claim | None:
    """Take a queued run. None when it is not queued (any more), or another one is at work."""
    try:
        with transaction.atomic():
            return work_claim(TeacherRun, pk=run_id, worker=worker)
    except IntegrityError:  # labeling_teacherrun_one_runs
        return None


def teachers_send_next(*, queued_before: timedelta = timedelta()) -> None:
    """Tell the workers of the run that has been queued longest, if none is at work."""
    if TeacherRun.objects.filter(status=Status.RUNNING).exists():
        return
    waiting = TeacherRun.objects.filter(status=Status.QUEUED, queued__lte=timezone.now() - queued_before)
    first = waiting.order_by("queued", "pk").values_list("pk", flat=True).first()
    if first is not None:
        teacher_send(run_id=first)


def teachers_sweep(*, silent_for: timedelta = SILENT_AFTER) -> list[int]:
    """End running runs without a sign of life, and send a forgotten one; returns the ids of those ended."""
    silent = TeacherRun.objects.filter(status=Status.RUNNING, heartbeat__lte=timezone.now() - silent_for)
    ended = [run.pk for run in silent if _fail_unattended(run)]
    teachers_send_next(queued_before=FORGOTTEN_AFTER)
    return ended


def _fail_unattended(run: TeacherRun) -> bool:
    unchanged: dict[str, Any] = {"claim": run.claim, "heartbeat": run.heartbeat}
    if run.cancel_requested:
        return work_close(TeacherRun, pk=run.pk, status=Status.CANCELLED, **unchanged)
    error = f"The worker ({run.worker}) stopped answering. Resume the run to go on from there."
    logger.warning("teacher run %s: %s", run.pk, error)
    return work_close(TeacherRun, pk=run.pk, status=Status.FAILED, error=error, **unchanged)
