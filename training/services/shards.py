"""What may happen to the shards of a stage: opened, claimed, finished, given back, closed with the round."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from catalog.models import Status
from catalog.services.ledger import (
    Claim,
    held,
    work_claim,
    work_close,
    work_done,
    work_hint,
    work_return,
)
from training.ml.shards import Span
from training.models import RoundStage, Shard

logger = logging.getLogger(__name__)

SHARD_RUN = "training.tasks.shard_run"
"""By name: the tasks call services, not the other way round."""
MOST_ATTEMPTS = 5
"""A shard, or a stage that gets no further, that so many workers died over fails."""
OPEN = (Status.QUEUED, Status.RUNNING)
BATCH = 1000


@dataclass(frozen=True, slots=True)
class ShardState:
    """How far the shards of a stage are."""

    questions: int
    """That are answered."""
    open: int
    """Shards that are queued or running."""
    seconds: float
    """Of work on those that are done."""


def shards_open(*, claim: Claim, stage: RoundStage, spans: Sequence[Span], there: Collection[int]) -> int:
    """Have a row for every shard, queued unless it is done or runs; returns how many are queued.

    Args:
        claim: of the stage's round.
        there: numbers of the shards whose file is there: the others are not done, whatever their rows say.
    """
    rows = Shard.objects.filter(stage=stage)
    with held(claim):
        Shard.objects.bulk_create(
            [Shard(stage=stage, number=span.number, start=span.start, count=span.count) for span in spans],
            batch_size=BATCH,
            ignore_conflicts=True,
        )
        ended = rows.filter(status__in=[Status.FAILED, Status.CANCELLED])
        ended.update(status=Status.QUEUED, error="", worker="", finished=None, done=0, attempts=0)
        for number in set(rows.filter(status=Status.DONE).values_list("number", flat=True)) - set(there):
            rows.filter(number=number, status=Status.DONE).update(
                status=Status.QUEUED, worker="", finished=None, done=0
            )
        return rows.filter(status=Status.QUEUED).count()


def shard_claim(*, stage_id: int, worker: str) -> Claim | None:
    """Take the next queued shard of the stage; None when none is left."""
    queued = Shard.objects.filter(stage_id=stage_id, status=Status.QUEUED).order_by("number")
    while (pk := queued.values_list("pk", flat=True).first()) is not None:
        if claim := work_claim(Shard, pk=pk, worker=worker, attempts=F("attempts") + 1):
            return claim
    return None


def shard_progress(*, claim: Claim, done: int) -> None:
    """Note how far the claimed shard is."""
    with held(claim):
        Shard.objects.filter(pk=claim.pk).update(done=done)


def shard_finish(*, claim: Claim, seconds: float, device: str) -> None:
    """Close the shard as done; to be called within `held`."""
    work_done(claim=claim, done=F("count"), seconds=seconds, device=device)


def shard_return(*, claim: Claim) -> bool:
    """Give an unfinished shard back, for whoever takes it next; False when the claim was lost before."""
    return work_return(Shard, pk=claim.pk, claim=claim.token)


def shard_failed(*, claim: Claim, error: str) -> bool:
    """Close the shard as failed, which ends its round; False when the claim was lost before."""
    return work_close(Shard, pk=claim.pk, status=Status.FAILED, error=error, claim=claim.token)


def shard_lost(shard: Shard, *, error: str, **condition: Any) -> bool:
    """Queue a shard again whose worker is gone, or close it when too many are; says whether it still ran."""
    if shard.attempts < MOST_ATTEMPTS:
        logger.warning("%s goes back to the queue: %s", shard, error)
        return work_return(Shard, pk=shard.pk, claim=shard.claim, **condition)
    problem = (
        f"shard {shard.number} ended {shard.attempts} workers, the last time so: {error} "
        "The worker's log says more (is the memory too small?); once that is mended, resume the round."
    )
    return work_close(Shard, pk=shard.pk, status=Status.FAILED, error=problem, claim=shard.claim, **condition)


def shards_close(*, round_id: int) -> int:
    """Cancel what is open of a round that ended; its workers find out at their next sign of life."""
    return Shard.objects.filter(stage__round_id=round_id, status__in=OPEN).update(
        status=Status.CANCELLED, claim=None, cancel_requested=False, finished=timezone.now()
    )


def shards_state(*, stage_id: int) -> ShardState:
    """How far the shards of the stage are."""
    rows = Shard.objects.filter(stage_id=stage_id)
    found = rows.aggregate(
        questions=Sum("done"), seconds=Sum("seconds"), open=Count("pk", filter=Q(status__in=OPEN))
    )
    return ShardState(found["questions"] or 0, found["open"], found["seconds"] or 0.0)


def shards_error(*, claim: Claim, stage: RoundStage) -> str:
    """Why the first shard of the stage that failed did so, or an empty text.

    Args:
        claim: of the stage's round.
    """
    with held(claim):
        failed = Shard.objects.filter(stage=stage, status=Status.FAILED).order_by("number")
        return failed.values_list("error", flat=True).first() or ""


def shards_send(*, stage_id: int, times: int, expires: float | None = None) -> None:
    """Tell so many workers that shards of the stage wait; the stage's own worker takes them as well."""
    if times > 0:
        work_hint(task=SHARD_RUN, pk=stage_id, queue="gpu", times=times, expires=expires)
