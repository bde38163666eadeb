"""What people and supervisors do to rounds: start, resume, cancel, sweep."""

import logging
import secrets
from dataclasses import replace

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalog.errors import CatalogError
from catalog.models import Status
from catalog.services.ledger import (
    Claim,
    work_cancel,
    work_claim,
    work_requeue,
    work_send,
)
from catalog.services.splits import listings_train_on
from catalog.services.workevents import work_record
from training import inputs, selectors
from training.base_model import base_params
from training.ml.errors import DataError
from training.ml.params import ITERATIONS, LoopParams, Strategy
from training.models import Round, RoundStage
from training.services.ledger import stages_close
from training.services.loop import human_times_record
from training.services.verdicts import verdicts_use
from training.stages import round_stages

logger = logging.getLogger(__name__)

MOST_ITERATIONS = 20
ROUND_RUN = "training.tasks.round_run"
"""By name: the tasks call services, not the other way round."""


def round_start(
    *,
    strategy: Strategy = "sft_dpo",
    preset: str = "",
    iterations: int = ITERATIONS,
    seed: int = 0,
    threads: int = 0,
    created_by: User | None = None,
) -> Round:
    """Freeze catalogue, labels and base model as they are and queue a round over them.

    The pool is frozen by the round's first stage, on a worker (snapshots.py). Verticals that cannot be used
    are left out; `left_out` of the round says why.

    Args:
        preset: its name; empty: the one that suits the base model.
        threads: of each worker on the CPU; 0: those of the preset.

    Raises:
        DataError: when nothing can be used, naming vertical, listing or file and the remedy.
    """
    params = round_params(strategy=strategy, preset=preset, iterations=iterations, seed=seed)
    if threads:
        params = replace(params, model=replace(params.model, threads=threads))
    frozen = inputs.freeze(params)
    with transaction.atomic():
        round_ = Round.objects.create(
            params=params.to_json(),
            inputs=frozen,
            counts=frozen["counts"],
            questions=frozen["questions"],
            left_out=frozen["left_out"],
            artifact_path=f"rounds/{timezone.now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
            stage_count=len(round_stages(params)) + 1,  # and predict
            created_by=created_by,
        )
        round_.schema_versions.set(inputs.schema_versions(frozen))
        verdicts_use(round_id=round_.pk, frozen=frozen)
        human_times_record(round_id=round_.pk, frozen=frozen, until=round_.created)
        try:
            listings_train_on(external_ids=inputs.labelled_to_learn_from(frozen))
        except CatalogError as error:
            raise DataError(str(error)) from error
        settings_given = {"strategy": strategy, "iterations": iterations, "seed": seed, "preset": preset}
        work_record(Round, pk=round_.pk, verb="started", by=created_by, after=settings_given)
        transaction.on_commit(lambda: round_send(round_id=round_.pk))
    return round_


def round_params(
    *, strategy: Strategy = "sft_dpo", preset: str = "", iterations: int = ITERATIONS, seed: int = 0
) -> LoopParams:
    """The parameters that a round with these settings would have.

    Raises:
        DataError: when there is no such strategy or preset, or the iterations are too many.
    """
    if not 0 <= iterations <= MOST_ITERATIONS:
        raise DataError(f"iterations is {iterations}: give a number from 0 to {MOST_ITERATIONS}")
    return base_params(
        settings.ATTRX_BASE_MODEL, strategy=strategy, preset=preset, iterations=iterations, seed=seed
    )


def round_like(*, iterations: int, seed: int) -> int | None:
    """The newest round with these settings over what catalogue, labels and base model are now, or None.

    A round whose pool is not frozen yet will freeze what is there: it is one of them.

    Raises:
        DataError: as round_start.
    """
    params = round_params(iterations=iterations, seed=seed)
    frozen = inputs.freeze(params)
    found = selectors.rounds_with(params=params.to_json(), inputs=frozen)
    pool = inputs.pool_now(frozen).sha256 if found else ""
    return next((one.pk for one in found if one.pool.get("sha256", pool) == pool), None)


def round_claim(*, round_id: int, worker: str) -> Claim | None:
    """Take a queued round for this worker; None when it is not queued (any more)."""
    return work_claim(Round, pk=round_id, worker=worker)


def round_claim_next(*, worker: str) -> Claim | None:
    """Take the queued round that has been without a worker for longest; None when none waits."""
    while (pk := _waiting().values_list("pk", flat=True).first()) is not None:
        if claim := round_claim(round_id=pk, worker=worker):
            return claim
    return None


def round_waits() -> bool:
    """A round is queued: whoever has had a worker for long enough gives it up."""
    return _waiting().exists()


def round_resume(*, round_id: int) -> bool:
    """Queue a failed or cancelled round again: finished stages are kept. False when it is neither."""
    with transaction.atomic():
        if not work_requeue(Round, pk=round_id):
            return False
        RoundStage.objects.filter(round_id=round_id).exclude(status=Status.DONE).update(attempts=0, reached=0)
        transaction.on_commit(lambda: round_send(round_id=round_id))
    return True


def round_cancel(*, round_id: int) -> bool:
    """End a queued round now, a running one at its next sign of life. False when it is neither."""
    with transaction.atomic():
        if not work_cancel(Round, pk=round_id):
            return False
        if Round.objects.filter(pk=round_id, status=Status.CANCELLED).exists():
            stages_close(round_id=round_id)
    return True


def round_send(*, round_id: int) -> None:
    """Tell the workers of a queued round; one that cannot be told of fails, with the remedy."""
    work_send(Round, pk=round_id, task=ROUND_RUN, queue="gpu")


def _waiting() -> QuerySet[Round]:
    """Queued rounds, in the order of their turns."""
    return Round.objects.filter(status=Status.QUEUED).order_by(Coalesce("heartbeat", "created"), "pk")
