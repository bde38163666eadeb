"""Rounds and shards whose worker is gone go back to the queue, and forgotten ones are told of again."""

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from catalog.models import Status
from catalog.services.ledger import SILENT_AFTER, Claim, work_hint, work_return, worker_name
from training import selectors
from training.models import Round, RoundStage, Shard
from training.services.ledger import round_close
from training.services.rounds import ROUND_RUN
from training.services.shards import MOST_ATTEMPTS, shard_lost, shards_send

logger = logging.getLogger(__name__)

REMIND_SECONDS = 30.0
"""Between two sweeps: a reminder that nobody has read by the next one is thrown away."""
MOST_REMINDERS = 32
"""Of the shards of one stage, at a time."""


def rounds_sweep(*, silent_for: timedelta = SILENT_AFTER) -> list[int]:
    """Take rounds and shards from workers that give no sign of life; returns the ids of the rounds."""
    deadline = timezone.now() - silent_for
    return _take(heartbeat__lte=deadline)


def worker_gone(*, pid: int) -> list[int]:
    """Take rounds and shards from a worker process of this machine that has ended; returns the rounds."""
    return _take(worker=worker_name(pid))


def round_return(*, claim: Claim) -> bool:
    """Let a running round wait for its next turn behind the others; False when the claim was lost before."""
    with transaction.atomic():
        if not work_return(Round, pk=claim.pk, claim=claim.token):
            return False
        _stages_wait(claim.pk)
        transaction.on_commit(lambda: _send(claim.pk))
    return True


def round_lost(round_: Round, *, error: str, **condition: Any) -> bool:
    """Queue a round again whose worker is gone; says whether it was still that worker's.

    It ends where it was to be cancelled, and where too many workers died over a stage that got no further.
    """
    if round_.cancel_requested:
        return round_close(round_id=round_.pk, status=Status.CANCELLED, claim=round_.claim, **condition)
    stage = RoundStage.objects.filter(round=round_, status=Status.RUNNING).first()
    if stage and stage.attempts >= MOST_ATTEMPTS and stage.done <= stage.reached:
        problem = (
            f"{error} That was attempt {stage.attempts}, and none got further. The worker's log says more "
            "(is the memory too small?); once that is mended, resume the round to go on from there."
        )
        return round_close(
            round_id=round_.pk, status=Status.FAILED, error=problem, claim=round_.claim, **condition
        )
    with transaction.atomic():
        if not work_return(Round, pk=round_.pk, claim=round_.claim, **condition):
            return False
        _stages_wait(round_.pk)
        transaction.on_commit(lambda: _send(round_.pk))
    logger.warning("round %s goes back to the queue: %s", round_.pk, error)
    return True


def rounds_remind() -> None:
    """Tell workers again of everything that waits: a message may have been lost with its queue or worker."""
    for round_id in Round.objects.filter(status=Status.QUEUED).values_list("pk", flat=True):
        _send(round_id, expires=REMIND_SECONDS)
    waiting = Shard.objects.filter(status=Status.QUEUED).values_list("stage_id").annotate(count=Count("pk"))
    for stage_id, count in waiting.order_by("stage_id"):
        shards_send(stage_id=stage_id, times=min(count, MOST_REMINDERS), expires=REMIND_SECONDS)


def _take(**condition: Any) -> list[int]:
    """Take what runs and meets the condition from its workers."""
    for shard in Shard.objects.filter(status=Status.RUNNING, **condition).select_related("stage__round"):
        shard_lost(shard, error=f"The worker ({shard.worker}) stopped answering.", **condition)
    taken = []
    for round_ in Round.objects.filter(status=Status.RUNNING, **condition).defer("inputs"):
        stage = selectors.running_stage(round_id=round_.pk)
        where = f" during {stage}" if stage else ""
        error = f"The worker ({round_.worker}) stopped answering{where}."
        if round_lost(round_, error=error, **condition):
            taken.append(round_.pk)
    return taken


def _stages_wait(round_id: int) -> None:
    RoundStage.objects.filter(round_id=round_id, status=Status.RUNNING).update(status=Status.QUEUED)


def _send(round_id: int, *, expires: float | None = None) -> None:
    work_hint(task=ROUND_RUN, pk=round_id, queue="gpu", expires=expires)
