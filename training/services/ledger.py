"""What a running round writes: its stages and its end, always under its claim."""

import logging
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalog.models import Status
from catalog.services.ledger import Claim, ClaimLost, held, work_close
from training.ml.run import Stage
from training.models import Round, RoundStage
from training.services.shards import shards_close

logger = logging.getLogger(__name__)


def stage_start(*, claim: Claim, stage: Stage) -> RoundStage:
    """Open the stage's row, or open it again; `attempts` counts those since it last got further."""
    now = timezone.now()
    with held(claim):
        row, _ = RoundStage.objects.get_or_create(
            round_id=claim.pk, iteration=stage.iteration, name=stage.name
        )
        got_further = row.done > row.reached
        if not RoundStage.objects.filter(pk=row.pk).update(
            status=Status.RUNNING,
            started=Coalesce("started", now) if row.status == Status.QUEUED else now,
            heartbeat=now,
            finished=None,
            error="",
            done=0,
            total=0,
            attempts=1 if got_further else row.attempts + 1,
            reached=max(row.done, row.reached),
        ):
            raise ClaimLost
    logger.info("round %s: %s of iteration %s begins", claim.pk, stage.name, stage.iteration)
    return row


def stage_progress(*, claim: Claim, row: RoundStage, done: int, total: int) -> None:
    """Note how far the running stage is."""
    with held(claim):
        RoundStage.objects.filter(pk=row.pk, status=Status.RUNNING).update(
            done=min(done, total), total=total, heartbeat=timezone.now()
        )


def stage_finish(*, row: RoundStage, result: Mapping[str, Any]) -> None:
    """Close the stage's row as done; to be called within `held`. Once more does no harm."""
    now = timezone.now()
    if not RoundStage.objects.filter(pk=row.pk, status__in=[Status.RUNNING, Status.DONE]).update(
        status=Status.DONE, result=dict(result), heartbeat=now, finished=now
    ):
        raise ClaimLost
    logger.info("round %s: %s of iteration %s is done", row.round_id, row.name, row.iteration)


def round_failed(*, claim: Claim, error: str) -> bool:
    """Close the round and its running stage as failed; False when the claim was lost before."""
    return round_close(round_id=claim.pk, status=Status.FAILED, error=error, claim=claim.token)


def round_cancelled(*, claim: Claim) -> bool:
    """Close the round as cancelled; False when the claim was lost before."""
    return round_close(round_id=claim.pk, status=Status.CANCELLED, claim=claim.token)


@transaction.atomic
def round_close(*, round_id: int, status: Status, error: str = "", **condition: Any) -> bool:
    """End a running round that meets the condition, without success; says whether it did."""
    if not work_close(Round, pk=round_id, status=status, error=error, **condition):
        return False
    stages_close(round_id=round_id, error=error)
    logger.info("round %s is %s", round_id, status)
    return True


def stages_close(*, round_id: int, error: str = "") -> None:
    """End what is begun of a round that ended: its stage and the shards of that."""
    RoundStage.objects.filter(round_id=round_id, status__in=[Status.QUEUED, Status.RUNNING]).update(
        status=Status.FAILED, error=error or "The round was cancelled.", finished=timezone.now()
    )
    shards_close(round_id=round_id)
