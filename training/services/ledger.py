"""What a running job writes about its round. Every write holds only while the job holds the round's claim."""

import logging
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from training.ml.loop import Stage
from training.models import Round, RoundStage, Status

logger = logging.getLogger(__name__)


class ClaimLost(Exception):
    """The round is no longer this job's to write: it was swept, or another job runs it."""


class CancelRequested(Exception):
    """A person asked for the round to end."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write about one round."""

    round_id: int
    token: UUID


def worker_name(pid: int | None = None) -> str:
    """How rounds name the worker process with this id, by default the present one."""
    return f"process {pid or os.getpid()} on {socket.gethostname()}"


def round_claim(*, round_id: int, worker: str) -> Claim | None:
    """Take a queued round; None when it is not queued (any more)."""
    token, now = uuid4(), timezone.now()
    won = Round.objects.filter(pk=round_id, status=Status.QUEUED).update(
        status=Status.RUNNING, claim=token, worker=worker, started=Coalesce("started", now), heartbeat=now
    )
    return Claim(round_id, token) if won else None


@contextmanager
def held(claim: Claim) -> Iterator[None]:
    """A transaction in which nobody can take the claim away, and which counts as a heartbeat.

    Raises:
        CancelRequested, ClaimLost: before anything is written.
    """
    with transaction.atomic():
        rows = Round.objects.filter(pk=claim.round_id, claim=claim.token)
        if not rows.filter(cancel_requested=False).update(heartbeat=timezone.now()):
            raise CancelRequested if rows.exists() else ClaimLost
        yield


def stage_start(*, claim: Claim, stage: Stage) -> RoundStage:
    """Open the stage's row, or open it again."""
    now = timezone.now()
    with held(claim):
        row, _ = RoundStage.objects.get_or_create(
            round_id=claim.round_id, iteration=stage.iteration, name=stage.name
        )
        if not RoundStage.objects.filter(pk=row.pk).update(
            status=Status.RUNNING, started=now, heartbeat=now, finished=None, error="", done=0, total=0
        ):
            raise ClaimLost
    return row


def stage_progress(*, claim: Claim, row: RoundStage, done: int, total: int) -> None:
    """Note how far the running stage is."""
    with held(claim):
        RoundStage.objects.filter(pk=row.pk, status=Status.RUNNING).update(
            done=min(done, total), total=total, heartbeat=timezone.now()
        )


def stage_finish(*, row: RoundStage, result: Mapping[str, Any]) -> None:
    """Close the stage's row as done; to be called within `held`."""
    now = timezone.now()
    if not RoundStage.objects.filter(pk=row.pk, status=Status.RUNNING).update(
        status=Status.DONE, result=dict(result), heartbeat=now, finished=now
    ):
        raise ClaimLost


def round_done(*, claim: Claim, note: str) -> None:
    """Close the round as done; to be called within `held`."""
    now = timezone.now()
    if not Round.objects.filter(pk=claim.round_id, claim=claim.token, status=Status.RUNNING).update(
        status=Status.DONE, claim=None, note=note, heartbeat=now, finished=now
    ):
        raise ClaimLost


def round_failed(*, claim: Claim, error: str) -> bool:
    """Close the round and its running stage as failed; False when the claim was lost before."""
    return round_close(round_id=claim.round_id, status=Status.FAILED, error=error, claim=claim.token)


def round_cancelled(*, claim: Claim) -> bool:
    """Close the round as cancelled; False when the claim was lost before."""
    return round_close(round_id=claim.round_id, status=Status.CANCELLED, claim=claim.token)


@transaction.atomic
def round_close(*, round_id: int, status: Status, error: str = "", **condition: Any) -> bool:
    """End a running round that meets the condition, and its stage, without success; says whether it did."""
    now = timezone.now()
    if not Round.objects.filter(pk=round_id, status=Status.RUNNING, **condition).update(
        status=status, error=error, claim=None, cancel_requested=False, finished=now
    ):
        return False
    stages = RoundStage.objects.filter(round_id=round_id, status=Status.RUNNING).update(
        status=Status.FAILED, error=error or "The round was cancelled.", finished=now
    )
    logger.info("round %s is %s, with %s running stage(s)", round_id, status, stages)
    return True
