"""What may happen to a ledger row: claims, signs of life, ends. A job holds a claim, or writes nothing."""

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread
from typing import Any, ParamSpec, TypeVar
from uuid import UUID, uuid4

from celery import current_app
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db import OperationalError as DatabaseGone
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from kombu.exceptions import OperationalError

from catalog.models import Status, Work
from catalog.services.interrupting import Interrupted, interrupt, interruptible
from catalog.services.workevents import work_ended, work_record

logger = logging.getLogger(__name__)
T = TypeVar("T")
P = ParamSpec("P")

SILENT_AFTER = timedelta(seconds=60)
"""Running work without a heartbeat for this long has lost its worker."""
PATIENCE_SECONDS = 300.0
"""A job waits this long for a database that is away, before it gives its work back."""
RETRY_SECONDS = 1.0
PULSE_SECONDS = 10.0
"""A job that reports nothing, as while a model loads, still gives a sign of life this often."""
LOOK_SECONDS = 2.0
"""And this often somebody looks for it whether it is to end."""


class ClaimLost(Exception):
    """The work is no longer this job's to write about: it was swept, or another job runs it."""


class CancelRequested(Exception):
    """A person asked for the work to end."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write about one piece of work."""

    model: type[Work]
    pk: int
    token: UUID

    def rows(self) -> QuerySet[Work]:
        """The claimed row; none once the claim is lost."""
        return self.model._default_manager.filter(pk=self.pk, claim=self.token, status=Status.RUNNING)


def worker_name(pid: int | None = None) -> str:
    """How ledgers name the worker process with this id, by default the present one."""
    return f"process {pid or os.getpid()} on {socket.gethostname()}"


def work_claim(model: type[Work], *, pk: int, worker: str, **fields: Any) -> Claim | None:
    """Take queued work, and set these fields of it; None when it is not queued (any more)."""
    token, now = uuid4(), timezone.now()
    won = model._default_manager.filter(pk=pk, status=Status.QUEUED).update(
        status=Status.RUNNING,
        claim=token,
        worker=worker,
        started=Coalesce("started", now),
        heartbeat=now,
        **fields,
    )
    return Claim(model, pk, token) if won else None


@contextmanager
def held(claim: Claim) -> Iterator[None]:
    """A transaction in which nobody can take the claim away, and which counts as a heartbeat.

    Raises:
        CancelRequested, ClaimLost: before anything is written.
    """
    with transaction.atomic():
        rows = claim.rows()
        if not rows.filter(cancel_requested=False).update(heartbeat=timezone.now()):
            raise CancelRequested if rows.exists() else ClaimLost
        yield


@contextmanager
def pulse(claim: Claim, *, every: float = PULSE_SECONDS) -> Iterator[None]:
    """Give signs of life, from a thread of its own, until the block ends.

    Once the claim is lost or to be cancelled, what is `interruptible` in the block is ended.
    """
    ended = Event()
    thread = Thread(target=_beat, args=(claim, ended, every), name="pulse", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def ends_with(claim: Claim) -> Iterator[None]:
    """A block that ends once a claim of this process is lost or to be cancelled, within some seconds.

    Raises:
        CancelRequested, ClaimLost: for the block's own claim, whichever ended it.
    """
    try:
        with interruptible():
            yield
    except Interrupted:
        connection.close()  # It may have been interrupted as well.
        patiently(_check, claim)
        raise CancelRequested from None


@contextmanager
def closed_on_failure(claim: Claim, *, remedy: str) -> Iterator[None]:
    """Close the claimed row where the block does not end well; a block that does closes it by itself.

    A cancel, or a claim that is somebody else's by now, ends here; any other error closes the row with what
    it says and the remedy, and goes on to the caller.
    """
    try:
        yield
    except (CancelRequested, ClaimLost):
        work_close(claim.model, pk=claim.pk, status=Status.CANCELLED, claim=claim.token)
    except Exception as error:
        problem = f"{type(error).__name__}: {error}. The worker's log says more; {remedy}."
        work_close(claim.model, pk=claim.pk, status=Status.FAILED, error=problem, claim=claim.token)
        raise


def work_done(*, claim: Claim, **fields: Any) -> None:
    """Close the work as done with these fields; to be called within `held`."""
    now = timezone.now()
    if not claim.rows().update(status=Status.DONE, claim=None, heartbeat=now, finished=now, **fields):
        raise ClaimLost
    work_ended(claim.model, claim.pk, Status.DONE)


@transaction.atomic
def work_close(model: type[Work], *, pk: int, status: Status, error: str = "", **condition: Any) -> bool:
    """End running work that meets the condition without success; says whether it did."""
    closed = model._default_manager.filter(pk=pk, status=Status.RUNNING, **condition).update(
        status=status, error=error, claim=None, cancel_requested=False, finished=timezone.now()
    )
    if closed:
        work_ended(model, pk, status, error)
    return bool(closed)


@transaction.atomic
def work_requeue(model: type[Work], *, pk: int) -> bool:
    """Queue failed or cancelled work again. False when it is neither."""
    queued = model._default_manager.filter(pk=pk, status__in=[Status.FAILED, Status.CANCELLED]).update(
        status=Status.QUEUED, error="", worker="", finished=None
    )
    if queued:
        work_record(model, pk=pk, verb="resumed")
    return bool(queued)


def work_return(model: type[Work], *, pk: int, **condition: Any) -> bool:
    """Queue running work again that meets the condition, unless it is to end; says whether it did."""
    return bool(
        model._default_manager.filter(
            pk=pk, status=Status.RUNNING, cancel_requested=False, **condition
        ).update(status=Status.QUEUED, claim=None, worker="")
    )


def silent_work_return(model: type[Work], *, silent_for: timedelta) -> None:
    """Queue again what runs and has given no sign of life for so long, unless it is to end."""
    silent = model._default_manager.filter(status=Status.RUNNING, heartbeat__lte=timezone.now() - silent_for)
    for work in silent:
        work_return(model, pk=work.pk, claim=work.claim, heartbeat=work.heartbeat)


@transaction.atomic
def work_cancel(model: type[Work], *, pk: int) -> bool:
    """End queued work now, running work at its next sign of life. False when it is neither."""
    rows = model._default_manager.filter(pk=pk)
    ended = rows.filter(status=Status.QUEUED).update(status=Status.CANCELLED, finished=timezone.now())
    asked = ended or rows.filter(status=Status.RUNNING).update(cancel_requested=True)
    if asked:
        work_record(model, pk=pk, verb="cancelled")
    return bool(asked)


def work_send(model: type[Work], *, pk: int, task: str, queue: str) -> None:
    """Tell the workers of queued work, by the task's name. Work they cannot be told of fails, with a remedy.

    Telling twice does no harm: only one worker gets the claim.
    """
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0)
            current_app.send_task(task, args=[pk], queue=queue, connection=broker, retry=False)
    except (OperationalError, OSError) as error:
        remedy = "Run manage.py serve, or set REDIS_URL to a Redis that runs; then resume."
        problem = f"The queue does not answer ({error}). {remedy}"
        with transaction.atomic():
            failed = model._default_manager.filter(pk=pk, status=Status.QUEUED).update(
                status=Status.FAILED, finished=timezone.now(), error=problem
            )
            if failed:
                work_ended(model, pk, Status.FAILED, problem)
        if failed:
            logger.error("%s %s: %s", model._meta.verbose_name, pk, problem)


def work_hint(*, task: str, pk: int, queue: str, times: int = 1, expires: float | None = None) -> bool:
    """Tell workers that there is something to do; says whether they could be told.

    For work that is found without the message as well: a queue that is away does no harm.
    """
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0)
            for _ in range(times):
                current_app.send_task(
                    task, args=[pk], queue=queue, connection=broker, retry=False, expires=expires
                )
    except (OperationalError, OSError) as error:
        logger.warning("the queue does not answer (%s): %s %s waits for the next sweep", error, task, pk)
        return False
    return True


def patiently(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call it with these arguments, and again as long as the database is away, up to PATIENCE_SECONDS.

    A second call must do no harm: the first one's writes may have been kept although the answer was lost.
    Within a transaction there is nothing to wait for: the transaction is lost.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return function(*args, **kwargs)
        except (DatabaseGone, InterfaceError) as error:
            if connection.in_atomic_block or time.monotonic() > deadline:
                raise
            logger.warning("the database does not answer (%s): trying again", error)
            connection.close()
            time.sleep(RETRY_SECONDS)


def _check(claim: Claim) -> None:
    with held(claim):
        pass


def _beat(claim: Claim, ended: Event, every: float) -> None:
    beaten = time.monotonic()
    try:
        while not ended.wait(min(every, LOOK_SECONDS)):
            try:
                if _is_over(claim):
                    interrupt()
                elif time.monotonic() - beaten >= every:
                    beaten = time.monotonic()
                    with held(claim):
                        pass
            except (ClaimLost, CancelRequested):
                continue  # The next look finds it.
            except DatabaseError:
                name = claim.model._meta.verbose_name
                logger.exception("no sign of life could be written for %s %s", name, claim.pk)
                connection.close()
    finally:
        connection.close()


def _is_over(claim: Claim) -> bool:
    """The row says that the claim is lost or to be cancelled; no row says nothing."""
    rows = claim.model._default_manager.filter(pk=claim.pk)
    row = rows.values_list("claim", "cancel_requested").first()
    return row is not None and (row[0] != claim.token or row[1])
