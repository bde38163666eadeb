"""What people and supervisors do to rounds: start, resume, cancel, sweep."""

import logging
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from catalog.errors import CatalogError
from catalog.models import Status
from catalog.services.ledger import (
    SILENT_AFTER,
    Claim,
    work_cancel,
    work_claim,
    work_requeue,
    work_send,
    worker_name,
)
from catalog.services.splits import listings_train_on
from training import inputs, selectors
from training.base_model import base_params
from training.ml import loop
from training.ml.errors import DataError
from training.models import Round
from training.services.ledger import round_close

logger = logging.getLogger(__name__)

MOST_ITERATIONS = 20
ROUND_RUN = "training.tasks.round_run"
"""By name: the tasks call services, not the other way round."""


def round_start(*, iterations: int = 3, seed: int = 0, created_by: User | None = None) -> Round:
    """Freeze catalogue, labels and base model as they are and queue a round over them.

    Raises:
        DataError: when they cannot be used, naming vertical, listing or file and the remedy.
    """
    if not 0 <= iterations <= MOST_ITERATIONS:
        raise DataError(f"iterations is {iterations}: give a number from 0 to {MOST_ITERATIONS}")
    params = base_params(settings.ATTRX_BASE_MODEL, iterations=iterations, seed=seed)
    frozen = inputs.freeze(params)
    with transaction.atomic():
        round_ = Round.objects.create(
            params=params.to_json(),
            inputs=frozen,
            artifact_path=f"rounds/{timezone.now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
            stage_count=len(loop.stages(params)),
            created_by=created_by,
        )
        round_.schema_versions.set(inputs.schema_versions(frozen))
        try:
            listings_train_on(external_ids=inputs.learned_from(frozen))
        except CatalogError as error:
            raise DataError(str(error)) from error
        transaction.on_commit(lambda: round_send(round_id=round_.pk))
    return round_


def round_like(*, iterations: int, seed: int) -> int | None:
    """The newest round with these settings over what catalogue, labels and base model are now, or None.

    Raises:
        DataError: as round_start.
    """
    params = base_params(settings.ATTRX_BASE_MODEL, iterations=iterations, seed=seed)
    return selectors.round_with(params=params.to_json(), inputs=inputs.freeze(params))


def round_claim(*, round_id: int, worker: str) -> Claim | None:
    """Take a queued round for this worker; None when it is not queued (any more)."""
    return work_claim(Round, pk=round_id, worker=worker)


def round_resume(*, round_id: int) -> bool:
    """Queue a failed or cancelled round again: finished stages are kept. False when it is neither."""
    with transaction.atomic():
        if not work_requeue(Round, pk=round_id):
            return False
        transaction.on_commit(lambda: round_send(round_id=round_id))
    return True


def round_cancel(*, round_id: int) -> bool:
    """End a queued round now, a running one at its next sign of life. False when it is neither."""
    return work_cancel(Round, pk=round_id)


def round_send(*, round_id: int) -> None:
    """Tell the workers of a queued round; one that cannot be told of fails, with the remedy."""
    work_send(Round, pk=round_id, task=ROUND_RUN, queue="gpu")


def rounds_sweep(*, silent_for: timedelta = SILENT_AFTER) -> list[int]:
    """End the running rounds whose worker gives no sign of life; returns their ids."""
    deadline = timezone.now() - silent_for
    silent = Round.objects.filter(status=Status.RUNNING, heartbeat__lte=deadline)
    return [
        round_.pk for round_ in silent.defer("inputs") if _fail_unattended(round_, heartbeat__lte=deadline)
    ]


def worker_gone(*, pid: int) -> list[int]:
    """End the rounds of a worker process of this machine that is known to have ended; returns their ids."""
    worker = worker_name(pid)
    orphans = Round.objects.filter(status=Status.RUNNING, worker=worker)
    return [round_.pk for round_ in orphans.defer("inputs") if _fail_unattended(round_, worker=worker)]


def _fail_unattended(round_: Round, **condition: Any) -> bool:
    if round_.cancel_requested:
        return round_close(round_id=round_.pk, status=Status.CANCELLED, claim=round_.claim, **condition)
    stage = selectors.running_stage(round_id=round_.pk)
    where = f" during {stage}" if stage else ""
    error = f"The worker ({round_.worker}) stopped answering{where}. Resume the round to go on from there."
    logger.warning("round %s: %s", round_.pk, error)
    return round_close(round_id=round_.pk, status=Status.FAILED, error=error, claim=round_.claim, **condition)
