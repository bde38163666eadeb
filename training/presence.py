"""How workers show that they are there: each writes down every few seconds, in Redis, what it is and does.

Celery's own inspection asks the workers, and one that is at a task answers only after it. What is written
here comes from a thread beside the task, and ends by itself a while after its worker.
"""

import json
import logging
import os
import resource
import socket
import sys
import time
from dataclasses import asdict, dataclass
from threading import Event, Thread
from typing import Any

import redis
from celery import bootsteps
from celery.worker import state
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
GONE_AFTER_SECONDS = 30
"""A worker that has written nothing for so long is not there any more."""
TIMEOUT_SECONDS = 2.0
PREFIX = "attrx:worker:"


@dataclass(frozen=True, slots=True)
class Doing:
    """A task that a worker is at."""

    task: str
    args: tuple[Any, ...]
    since: float
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Present:
    """A worker that is there."""

    name: str
    host: str
    pid: int
    started: float
    """Seconds since the epoch."""
    written: float
    queues: tuple[str, ...]
    """Those it takes tasks of now; none once it is drained."""
    doing: tuple[Doing, ...]
    device: str
    """The GPU's name, or CPU; empty before the first task that needs one."""
    memory: int
    """Most bytes the process has had so far."""
    gpu_memory: int
    """Bytes of the GPU in use, by whomever."""
    gpu_total: int
    home: tuple[str, ...] = ()
    """The queues that it took tasks of at first: a drained worker goes back to them."""

    @classmethod
    def from_json(cls, text: str | bytes) -> "Present":
        """Rebuild from to_json()."""
        row = json.loads(text)
        row["doing"] = tuple(Doing(one["task"], tuple(one["args"]), one["since"]) for one in row["doing"])
        row["queues"], row["home"] = tuple(row["queues"]), tuple(row.get("home", ()))
        return cls(**row)

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def queue_redis() -> "redis.Redis":
    """The Redis of the queues, asked once and briefly: its errors are redis.RedisError."""
    return redis.Redis.from_url(
        settings.ATTRX_REDIS_URL,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def present_write(client: "redis.Redis", present: Present) -> None:
    """Say that the worker is there, for GONE_AFTER_SECONDS."""
    client.set(PREFIX + present.name, present.to_json(), ex=GONE_AFTER_SECONDS)


def home_of(name: str) -> tuple[str, ...]:
    """The queues that the worker with this name took tasks of at first; none when it is not there.

    Raises:
        redis.RedisError: when Redis does not answer.
    """
    with queue_redis() as client:
        text = client.get(PREFIX + name)
    return Present.from_json(text).home if text else ()


def presents(client: "redis.Redis") -> list[Present]:
    """Every worker that is there, by name."""
    texts = [client.get(key) for key in client.scan_iter(match=PREFIX + "*")]
    return sorted((Present.from_json(text) for text in texts if text), key=lambda one: one.name)


class Presence(bootsteps.StartStopStep):
    """The part of a worker that says that it is there."""

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._ended = Event()
        self._started = time.time()
        self._home: tuple[str, ...] = ()

    def start(self, parent: Any) -> None:
        """Begin to write."""
        self._thread = Thread(target=self._write, args=[parent], name="presence", daemon=True)
        self._thread.start()

    def stop(self, parent: Any) -> None:
        """Say that the worker is gone."""
        self._ended.set()
        self._thread.join(TIMEOUT_SECONDS)

    def _write(self, worker: Any) -> None:
        client = queue_redis()
        while True:
            try:
                present_write(client, self._present(worker))
            except (redis.RedisError, RuntimeError):  # RuntimeError: a task began while tasks were listed.
                logger.debug("the presence of %s could not be written", worker.hostname, exc_info=True)
            if self._ended.wait(EVERY_SECONDS):
                break
        try:
            client.delete(PREFIX + worker.hostname)
        except redis.RedisError:
            logger.debug("the presence of %s could not be removed", worker.hostname, exc_info=True)

    def _present(self, worker: Any) -> Present:
        consumer = getattr(getattr(worker, "consumer", None), "task_consumer", None)
        queues = tuple(sorted(queue.name for queue in consumer.queues)) if consumer else ()
        self._home = self._home or queues
        device, gpu_memory, gpu_total = _device()
        return Present(
            name=worker.hostname,
            host=socket.gethostname(),
            pid=os.getpid(),
            started=self._started,
            written=time.time(),
            queues=queues,
            doing=tuple(_doing(request) for request in state.active_requests),
            device=device,
            memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            gpu_memory=gpu_memory,
            gpu_total=gpu_total,
            home=self._home,
        )


def _doing(request: Any) -> Doing:
    elapsed = time.monotonic() - request.time_start if request.time_start else 0.0
    return Doing(request.name, tuple(request.args), time.time() - elapsed)


def _device() -> tuple[str, int, int]:
    """(name, bytes in use, bytes in all) of the device; loads nothing that no task has loaded."""
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "cuda"):
        return "", 0, 0
    if not torch.cuda.is_initialized():
        return "CPU", 0, 0
    free, total = torch.cuda.mem_get_info()
    return torch.cuda.get_device_name(), total - free, total
