"""What people and supervisors do to routings: start a dry run, resume, cancel, confirm, sweep."""

import logging
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from catalog.models import Status
from catalog.services.ledger import (
    SILENT_AFTER,
    Claim,
    held,
    work_cancel,
    work_claim,
    work_close,
    work_hint,
    work_requeue,
    work_return,
    work_send,
    worker_name,
)
from catalog.services.workevents import work_record
from training.ml.errors import DataError
from training.models import ModelVersion, Prediction, Routing, RoutingState
from training.routing.settings import RoutingSettings
from training.services.accepted import routing_changed

logger = logging.getLogger(__name__)

ROUTING_RUN = "training.tasks.routing_run"
ROUTING_RELEASE = "training.tasks.routing_release"
"""By name: the tasks call services, not the other way round."""
QUEUE = "default"
MOST_ATTEMPTS = 3
"""Workers that may be lost over one dry run."""
REMIND_SECONDS = 60.0
"""Between two sweeps: a reminder that nobody has read by the next one is thrown away."""


def routing_start(*, version_id: int, settings: RoutingSettings, created_by: User | None = None) -> Routing:
    """Queue a dry run: what would become of the version's predictions.

    Raises:
        DataError: when there is no such version, or it has predicted nothing.
    """
    version = ModelVersion.objects.filter(pk=version_id).first()
    if version is None:
        raise DataError(f"there is no model version {version_id}: choose one that a round made")
    if not Prediction.objects.filter(model_version=version).exists():
        raise DataError(
            f"{version} has no predictions of the pool: choose the version that its round found best"
        )
    with transaction.atomic():
        routing = Routing.objects.create(version=version, params=settings.to_json(), created_by=created_by)
        after = {"version": version.pk, "settings": settings.to_json()}
        work_record(Routing, pk=routing.pk, verb="started", by=created_by, after=after)
        transaction.on_commit(lambda: routing_send(routing_id=routing.pk))
    return routing


def routing_claim(*, routing_id: int, worker: str) -> Claim | None:
    """Take a queued routing for this worker; None when it is not queued (any more)."""
    return work_claim(Routing, pk=routing_id, worker=worker, attempts=F("attempts") + 1)


def routing_resume(*, routing_id: int) -> bool:
    """Queue a failed or cancelled dry run again, from its beginning. False when it is neither."""
    with transaction.atomic():
        if not work_requeue(Routing, pk=routing_id):
            return False
        Routing.objects.filter(pk=routing_id).update(attempts=0)
        transaction.on_commit(lambda: routing_send(routing_id=routing_id))
    return True


def routing_cancel(*, routing_id: int) -> bool:
    """End a queued dry run now, a running one at its next sign of life. False when it is neither."""
    return work_cancel(Routing, pk=routing_id)


def routing_send(*, routing_id: int) -> None:
    """Tell the workers of a queued routing; one that cannot be told of fails, with the remedy."""
    work_send(Routing, pk=routing_id, task=ROUTING_RUN, queue=QUEUE)


def routing_confirm(*, routing_id: int, by: User) -> bool:
    """Let the routing count from now on, in place of the one that did; people are asked soon after.

    Dry runs before it are given up. False where it counts or has counted already.

    Raises:
        DataError: when there is none, its dry run has not ended well, or another is confirmed at this moment.
    """
    try:
        with transaction.atomic():
            return _confirm(routing_id, by)
    except IntegrityError as error:  # training_routing_one_current
        raise DataError(
            "another routing was confirmed at the same moment: look at that, and confirm again if need be"
        ) from error


def release_hint(*, routing_id: int, expires: float | None = None) -> None:
    """Tell workers that people may be asked more; the next sweep finds it as well."""
    work_hint(task=ROUTING_RELEASE, pk=routing_id, queue=QUEUE, expires=expires)


def routing_progress(*, claim: Claim, done: int, total: int) -> None:
    """Note how far the dry run is."""
    with held(claim):
        Routing.objects.filter(pk=claim.pk).update(done=done, total=total)


def routing_failed(*, claim: Claim, error: str) -> bool:
    """Close the dry run as failed; False when the claim was lost before."""
    return work_close(Routing, pk=claim.pk, status=Status.FAILED, error=error, claim=claim.token)


def routing_cancelled(*, claim: Claim) -> bool:
    """Close the dry run as cancelled; False when the claim was lost before."""
    return work_close(Routing, pk=claim.pk, status=Status.CANCELLED, claim=claim.token)


def routings_sweep(*, silent_for: timedelta = SILENT_AFTER) -> list[int]:
    """Queue dry runs again whose worker gives no sign of life; returns their ids."""
    return _take(heartbeat__lte=timezone.now() - silent_for)


def router_gone(*, pid: int) -> list[int]:
    """Queue the dry runs of a worker process of this machine again that has ended; returns their ids."""
    return _take(worker=worker_name(pid))


def routings_remind() -> None:
    """Tell workers again of dry runs that wait, and of the routing that may ask people more."""
    waiting = Routing.objects.filter(status=Status.QUEUED)
    for pk in waiting.order_by("created", "pk").values_list("pk", flat=True):
        work_hint(task=ROUTING_RUN, pk=pk, queue=QUEUE, expires=REMIND_SECONDS)
    current = Routing.objects.filter(state=RoutingState.CURRENT).values_list("pk", flat=True).first()
    if current is not None:
        release_hint(routing_id=current, expires=REMIND_SECONDS)


def _take(**condition: Any) -> list[int]:
    running = Routing.objects.filter(status=Status.RUNNING, **condition)
    return [routing.pk for routing in running if _lost(routing, **condition)]


def _lost(routing: Routing, **condition: Any) -> bool:
    """End or queue a dry run again whose worker is gone; says whether it is queued."""
    unchanged = condition | {"claim": routing.claim}
    if routing.cancel_requested:
        work_close(Routing, pk=routing.pk, status=Status.CANCELLED, **unchanged)
        return False
    if routing.attempts >= MOST_ATTEMPTS:
        error = (
            f"The worker ({routing.worker}) stopped answering, and so did those before it. Their logs say "
            "more (is the memory too small?); once that is mended, resume."
        )
        work_close(Routing, pk=routing.pk, status=Status.FAILED, error=error, **unchanged)
        return False
    with transaction.atomic():
        if not work_return(Routing, pk=routing.pk, **unchanged):
            return False
        transaction.on_commit(lambda: routing_send(routing_id=routing.pk))
    logger.warning("%s lost its worker (%s) and starts again", routing, routing.worker)
    return True


def _confirm(routing_id: int, by: User) -> bool:
    routing = Routing.objects.select_for_update().filter(pk=routing_id).first()
    if routing is None:
        raise DataError(f"there is no routing {routing_id}: choose one of the list")
    if routing.status != Status.DONE:
        raise DataError(f"{routing} is {routing.status}: wait for its dry run to end, or resume it")
    now, draft = timezone.now(), Routing.objects.filter(pk=routing_id, state=RoutingState.DRAFT)
    if not draft.exists():
        return False
    former = Routing.objects.filter(state=RoutingState.CURRENT)
    # Two who confirm at once take the former one in turn.
    before = list(former.select_for_update().values_list("pk", flat=True))
    former.update(state=RoutingState.SUPERSEDED, superseded=now)
    draft.update(state=RoutingState.CURRENT, confirmed=now, confirmed_by=by)
    routing_changed(*before, routing_id)
    ended = [Status.DONE, Status.FAILED, Status.CANCELLED]
    Routing.objects.filter(state=RoutingState.DRAFT, status__in=ended, created__lt=routing.created).delete()
    work_record(Routing, pk=routing_id, verb="confirmed", by=by)
    transaction.on_commit(lambda: release_hint(routing_id=routing_id))
    logger.info("%s confirmed routing %s", by, routing_id)
    return True
