"""A laptop that runs everything itself: the embedded Redis, a worker and the web server, watched over."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from subprocess import Popen
from types import FrameType

from django.conf import settings
from django.core.management.base import CommandError, OutputWrapper

from attrx_web.processes import ProcessError, embedded_redis, web_process, worker_process
from training import services

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
def worker() -> Iterator[Popen[bytes]]:
    """Run a worker; the round that it leaves unfinished when it ends is closed at once, to be resumed."""
    process: Popen[bytes] | None = None
    try:
        with worker_process(settings.ATTRX_VAR_DIR) as process:
            yield process
    finally:
        if process is not None:
            services.worker_gone(pid=process.pid)


def serve(*, port: int, out: OutputWrapper) -> None:
    """Serve the site on 127.0.0.1 and replace a worker that dies, until ctrl-C or SIGTERM.

    Raises:
        CommandError: when the web server ends, or a worker does so right after its start.
    """
    with queue(), web_process(settings.ATTRX_VAR_DIR, port=port) as web:
        out.write(f"attrx is on http://127.0.0.1:{port}/ (ctrl-C stops it)")
        try:
            while True:
                _serve_with_one_worker(web)
                out.write("the worker ended and is started again")
        except KeyboardInterrupt:
            out.write("stopping")


def _serve_with_one_worker(web: Popen[bytes]) -> None:
    started = swept = time.monotonic()
    with worker() as process:
        while process.poll() is None:
            if web.poll() is not None:
                raise CommandError(f"the web server ended: read {settings.ATTRX_VAR_DIR / 'web.log'}")
            if time.monotonic() - swept > SWEEP_SECONDS:
                services.rounds_sweep()
                swept = time.monotonic()
            time.sleep(CHECK_SECONDS)
    if time.monotonic() - started < SHORTEST_LIFE_SECONDS:
        raise CommandError(f"the worker ends at once: read {settings.ATTRX_VAR_DIR / 'worker.log'}")


def _terminate(signum: int, frame: FrameType | None) -> None:
    """End as after an error, so that every child is stopped."""
    sys.exit(128 + signum)
