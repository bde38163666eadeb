"""The page of workers: who is there, what they do, what waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import redis
from django.conf import settings
from django.utils import timezone

from training.pages.durations import duration_text
from training.presence import Doing, Present, presents, queue_redis

WORDS = {
    "training.tasks.round_run": "Round {}",
    "catalog.tasks.import_run": "Import {}",
    "labeling.tasks.teacher_run": "Teacher run {}",
    "catalog.tasks.photos_render": "Rendering photos",
}
"""What people call a task."""
QUEUE_WORDS = {"gpu": "Rounds", "default": "Imports, photos, the teacher, upkeep"}
REMEDY = "Run manage.py serve, or set REDIS_URL to a Redis that runs."


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker is at."""

    label: str
    round_id: int | None
    duration: str


@dataclass(frozen=True, slots=True)
class WorkerLine:
    """A worker as the page shows it."""

    name: str
    place: str
    since: datetime
    device: str
    gpu_percent: int | None
    memory_gib: str
    queues: tuple[str, ...]
    tasks: tuple[Task, ...]
    is_late: bool
    """It has missed a sign of life or two."""
    heard: str
    """How long ago its last sign of life was."""

    @property
    def is_drained(self) -> bool:
        """It takes no new work."""
        return not self.queues


@dataclass(frozen=True, slots=True)
class Depth:
    """What waits in a queue."""

    name: str
    what: str
    waiting: int
    takers: int
    """Workers that take from it."""


@dataclass(frozen=True, slots=True)
class WorkersPage:
    """Workers and queues."""

    workers: tuple[WorkerLine, ...]
    queues: tuple[Depth, ...]
    problem: str = ""
    """Why nothing is known, with a remedy."""


def workers_page() -> WorkersPage:
    """Who is there now, and what waits."""
    client = queue_redis()
    try:
        found = presents(client)
        waiting = {queue.name: int(client.llen(queue.name)) for queue in settings.CELERY_TASK_QUEUES}
    except redis.RedisError as error:
        problem = f"The queue does not answer ({type(error).__name__}), so nobody knows who works. {REMEDY}"
        return WorkersPage((), (), problem)
    finally:
        client.close()
    return WorkersPage(
        workers=tuple(_line(one) for one in found),
        queues=tuple(
            Depth(name, QUEUE_WORDS.get(name, ""), count, _takers(found, name))
            for name, count in waiting.items()
        ),
    )


def _takers(found: Sequence[Present], queue: str) -> int:
    return sum(queue in one.queues for one in found)


def _line(present: Present) -> WorkerLine:
    heard = max(0.0, timezone.now().timestamp() - present.written)
    return WorkerLine(
        name=present.name,
        place=f"process {present.pid} on {present.host}",
        since=datetime.fromtimestamp(present.started, UTC),
        device=present.device,
        gpu_percent=round(100 * present.gpu_memory / present.gpu_total) if present.gpu_total else None,
        memory_gib=f"{present.memory / 2**30:.1f}",
        queues=present.queues,
        tasks=tuple(_task(doing) for doing in present.doing),
        is_late=heard > 12,
        heard=duration_text(heard),
    )


def _task(doing: Doing) -> Task:
    words = WORDS.get(doing.task)
    ids = " ".join(str(arg) for arg in doing.args)
    name = doing.task.rpartition(".")[2].replace("_", " ").capitalize()
    return Task(
        label=words.format(*doing.args) if words and doing.args else words or f"{name} {ids}".strip(),
        round_id=doing.args[0] if doing.task == "training.tasks.round_run" and doing.args else None,
        duration=duration_text(max(0.0, timezone.now().timestamp() - doing.since)),
    )
