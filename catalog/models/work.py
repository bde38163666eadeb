"""Background work and its ledger: every job has a row that says where it is."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from attrx_web.auditlog.actions import Kind

STATUS_LENGTH = 20
WORKER_LENGTH = 200


class Status(models.TextChoices):
    """Where a piece of background work is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


def work_constraints(prefix: str, statuses: list[str]) -> list[models.CheckConstraint]:
    """A ledger row's status, times and error agree."""
    ended = [Status.DONE.value, Status.FAILED.value, Status.CANCELLED.value]
    has_ended, has_failed = Q(status__in=ended), Q(status=Status.FAILED)
    return [
        models.CheckConstraint(condition=Q(status__in=statuses), name=f"{prefix}_status_known"),
        models.CheckConstraint(
            condition=(has_ended & Q(finished__isnull=False)) | (~has_ended & Q(finished__isnull=True)),
            name=f"{prefix}_finished_once_ended",
        ),
        models.CheckConstraint(
            condition=(has_failed & ~Q(error="")) | (~has_failed & Q(error="")),
            name=f"{prefix}_error_iff_failed",
        ),
        models.CheckConstraint(
            condition=~Q(status__in=[Status.RUNNING.value, Status.DONE.value])
            | Q(started__isnull=False, heartbeat__isnull=False),
            name=f"{prefix}_running_has_heartbeat",
        ),
    ]


def claim_constraints(prefix: str) -> list[models.CheckConstraint]:
    """Running work is held by exactly one job, and only running work is asked to end."""
    running = Q(status=Status.RUNNING)
    return [
        models.CheckConstraint(
            condition=(running & Q(claim__isnull=False)) | (~running & Q(claim__isnull=True)),
            name=f"{prefix}_claimed_iff_running",
        ),
        models.CheckConstraint(
            condition=Q(cancel_requested=False) | running, name=f"{prefix}_cancel_of_running"
        ),
    ]


class Work(models.Model):
    """A ledger row that one job at a time claims: services.ledger has what may happen to it."""

    logged_as: ClassVar[Kind | None] = None
    """What the audit log calls it, of work that people start; it has a created_by then."""

    status = models.CharField(max_length=STATUS_LENGTH, choices=Status, default=Status.QUEUED)
    error = models.TextField(blank=True, help_text="What happened and what to do.")
    worker = models.CharField(max_length=WORKER_LENGTH, blank=True)
    claim = models.UUIDField(null=True, blank=True, editable=False, help_text="Held by the job that runs it.")
    cancel_requested = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True, blank=True)
    heartbeat = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
