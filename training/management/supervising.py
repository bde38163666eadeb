"""A laptop that runs everything itself: the embedded Redis, workers and the web server, watched over."""

import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from functools import partial
from subprocess import Popen
from types import FrameType

from celery import current_app
from django.conf import settings
from django.core.management.base import CommandError, OutputWrapper
from kombu.exceptions import OperationalError

from attrx_web.processes import (
    MODEL_LOG,
    QUEUES,
    WORKER_LOG,
    ProcessError,
    embedded_redis,
    model_process,
    web_process,
    worker_process,
)
from catalog.services import imports_queue
from training import services
from training.services import routings

PHOTOS_RENDER = "catalog.tasks.photos_render"
LOGS = {"gpu": WORKER_LOG, "default": "worker-default.log"}
"""Of the worker of each queue, in the var folder."""

CHECK_SECONDS = 1.0
SWEEP_SECONDS = 30.0
SHORTEST_LIFE_SECONDS = 10.0
"""A worker that ends sooner would end again at once."""


@contextmanager
def queue() -> Iterator[None]:
    """Have a Redis answer: the one that REDIS_URL names, or the embedded one.

    Raises:
        CommandError: when the embedded one does not start.
    """
    signal.signal(signal.SIGTERM, _terminate)
    redis = embedded_redis(settings.ATTRX_VAR_DIR) if settings.ATTRX_REDIS_EMBEDDED else nullcontext()
    try:
        with redis:
            yield
    except ProcessError as error:
        raise CommandError(str(error)) from error


@contextmanager
def worker(*, queues: Sequence[str] = QUEUES, log: str = WORKER_LOG) -> Iterator[Popen[bytes]]:
    """Run a worker, which gives back what it leaves unfinished, and is replaced when it is killed."""
    with worker_process(settings.ATTRX_VAR_DIR, queues=queues, log=log) as process:
        yield process


def serve(*, port: int, out: OutputWrapper) -> None:
    """Serve the site on 127.0.0.1 and replace a worker that dies, until ctrl-C or SIGTERM.

    Each queue has a worker of its own: an import does not wait for a round, nor a prediction on request.

    Raises:
        CommandError: when the web server ends, or a worker does so right after its start.
    """
    with queue(), web_process(settings.ATTRX_VAR_DIR, port=port) as web, ExitStack() as stack:
        out.write(f"attrx is on http://127.0.0.1:{port}/ (ctrl-C stops it)")
        try:
            workers = [stack.enter_context(one) for one in _workers()]
            _watch(web, workers, out)
        except KeyboardInterrupt:
            out.write("stopping")


def _workers() -> list["_Worker"]:
    queues = [
        _Worker(f"the worker of the queue {name}", log, partial(worker, queues=[name], log=log))
        for name, log in LOGS.items()
    ]
    return [*queues, _Worker("the model worker", MODEL_LOG, partial(model_process, settings.ATTRX_VAR_DIR))]


class _Worker(AbstractContextManager["_Worker"]):
    """A worker, replaced when it dies."""

    def __init__(self, name: str, log: str, run: Callable[[], AbstractContextManager[Popen[bytes]]]) -> None:
        self._name, self._log, self._run = name, log, run
        self._stack = ExitStack()
        self._start()

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def keep(self, out: OutputWrapper) -> None:
        """Start it again if it ended, unless it did so at once."""
        if self._process.poll() is None:
            return
        if time.monotonic() - self._started < SHORTEST_LIFE_SECONDS:
            raise CommandError(f"{self._name} ends at once: read {settings.ATTRX_VAR_DIR / self._log}")
        self._stack.close()
        out.write(f"{self._name} ended and is started again")
        self._start()

    def _start(self) -> None:
        self._started = time.monotonic()
        self._process = self._stack.enter_context(self._run())


def _watch(web: Popen[bytes], workers: Sequence[_Worker], out: OutputWrapper) -> None:
    swept = time.monotonic()
    while web.poll() is None:
        for one in workers:
            one.keep(out)
        if time.monotonic() - swept > SWEEP_SECONDS:
            services.rounds_sweep()
            services.rounds_remind()
            routings.routings_sweep()
            routings.routings_remind()
            imports_queue.imports_sweep()
            imports_queue.imports_send_next(waiting_for=imports_queue.FORGOTTEN_AFTER)
            _send_rendering()
            swept = time.monotonic()
        time.sleep(CHECK_SECONDS)
    raise CommandError(f"the web server ended: read {settings.ATTRX_VAR_DIR / 'web.log'}")


def _send_rendering() -> None:
    """What beat does in production: large photos get their small sizes in the background."""
    with suppress(OperationalError):
        current_app.send_task(PHOTOS_RENDER, queue="default", expires=SWEEP_SECONDS, retry=False)


def _terminate(signum: int, frame: FrameType | None) -> None:
    """End as after an error, so that every child is stopped."""
    sys.exit(128 + signum)
