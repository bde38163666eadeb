"""What people and supervisors do to rounds: start, resume, cancel, sweep."""

import logging
import secrets
from datetime import timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from training import inputs, selectors
from training.base_model import base_params
from training.ml import loop
from training.ml.errors import DataError
from training.models import Round, Status
from training.services.ledger import round_close, worker_name

logger = logging.getLogger(__name__)

SILENT_AFTER = timedelta(seconds=60)
"""A running round without a heartbeat for this long has lost its worker."""
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
        transaction.on_commit(lambda: round_send(round_id=round_.pk))
    return round_


def round_like(*, iterations: int, seed: int) -> int | None:
    """The newest round with these settings over what catalogue, labels and base model are now, or None.

    Raises:
        DataError: as round_start.
    """
    params = base_params(settings.ATTRX_BASE_MODEL, iterations=iterations, seed=seed)
    return selectors.round_with(params=params.to_json(), inputs=inputs.freeze(params))


def round_resume(*, round_id: int) -> bool:
    """Queue a failed or cancelled round again: finished stages are kept. False when it is neither."""
    with transaction.atomic():
        if not Round.objects.filter(pk=round_id, status__in=[Status.FAILED, Status.CANCELLED]).update(
            status=Status.QUEUED, error="", worker="", finished=None
        ):
            return False
        transaction.on_commit(lambda: round_send(round_id=round_id))
    return True


def round_cancel(*, round_id: int) -> bool:
    """End a queued round now, a running one at its next sign of life. False when it is neither."""
    if Round.objects.filter(pk=round_id, status=Status.QUEUED).update(
        status=Status.CANCELLED, finished=timezone.now()
    ):
        return True
    return bool(Round.objects.filter(pk=round_id, status=Status.RUNNING).update(cancel_requested=True))


def round_send(*, round_id: int) -> None:
    """Tell the workers of a queued round; one that cannot be told of fails, with the remedy.

    Telling twice does no harm: only one worker gets the claim.
    """
    try:
        with current_app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0)
            current_app.send_task(ROUND_RUN, args=[round_id], queue="gpu", connection=connection, retry=False)
    except (OperationalError, OSError) as error:
        remedy = "Run manage.py serve, or set REDIS_URL to a Redis that runs; then resume the round."
        problem = f"The queue does not answer ({error}). {remedy}"
        if Round.objects.filter(pk=round_id, status=Status.QUEUED).update(
            status=Status.FAILED, finished=timezone.now(), error=problem
        ):
            logger.error("round %s: %s", round_id, problem)


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
