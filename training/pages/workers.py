"""The page of workers: who is there, what they do, what waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import redis
from django.conf import settings
from django.utils import timezone

from training.models import RoundStage
from training.pages.durations import duration_text
from training.predicting.queue import PREDICT
from training.predicting.queue import waiting as requests_waiting
from training.presence import Doing, Present, presents, queue_redis
from training.selectors import stage_label

ROUND_RUN = "training.tasks.round_run"
SHARD_RUN = "training.tasks.shard_run"
WORDS = {
    ROUND_RUN: "Round {}",
    "catalog.tasks.import_run": "Import {}",
    "training.tasks.routing_run": "Routing {}",
    "training.tasks.routing_release": "Asking reviewers",
    "labeling.tasks.teacher_run": "Teacher run {}",
    "training.tasks.health_run": "Health, run {}",
    "training.tasks.delivery_send": "Message {} about an alert",
    "catalog.tasks.photos_render": "Rendering photos",
}
"""What people call a task."""
QUEUE_WORDS = {
    "gpu": "Rounds",
    "default": "Imports, photos, the teacher, upkeep",
    PREDICT: "Predictions on request",
}
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
    def is_drainable(self) -> bool:
        """It is told by Celery what to take: one that answers requests for predictions is ended instead."""
        return PREDICT not in self.queues

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
        waiting[PREDICT] = requests_waiting(client)
    except redis.RedisError as error:
        problem = f"The queue does not answer ({type(error).__name__}), so nobody knows who works. {REMEDY}"
        return WorkersPage((), (), problem)
    finally:
        client.close()
    stages = _stages(found)
    return WorkersPage(
        workers=tuple(_line(one, stages) for one in found),
        queues=tuple(
            Depth(name, QUEUE_WORDS.get(name, ""), count, _takers(found, name))
            for name, count in waiting.items()
        ),
    )


def _stages(found: Sequence[Present]) -> dict[int, RoundStage]:
    """{id: stage} of those whose shards the workers draw."""
    doing = [one for present in found for one in present.doing]
    ids = [one.args[0] for one in doing if one.task == SHARD_RUN and one.args]
    return {stage.pk: stage for stage in RoundStage.objects.filter(pk__in=ids).defer("result")}


def _takers(found: Sequence[Present], queue: str) -> int:
    return sum(queue in one.queues for one in found)


def _line(present: Present, stages: Mapping[int, RoundStage]) -> WorkerLine:
    heard = max(0.0, timezone.now().timestamp() - present.written)
    return WorkerLine(
        name=present.name,
        place=f"process {present.pid} on {present.host}",
        since=datetime.fromtimestamp(present.started, UTC),
        device=present.device,
        gpu_percent=round(100 * present.gpu_memory / present.gpu_total) if present.gpu_total else None,
        memory_gib=f"{present.memory / 2**30:.1f}",
        queues=present.queues,
        tasks=tuple(_task(doing, stages) for doing in present.doing),
        is_late=heard > 12,
        heard=duration_text(heard),
    )


def _task(doing: Doing, stages: Mapping[int, RoundStage]) -> Task:
    duration = duration_text(max(0.0, timezone.now().timestamp() - doing.since))
    first = doing.args[0] if doing.args else None
    stage = stages.get(first) if doing.task == SHARD_RUN and first is not None else None
    if stage is not None:
        where = stage_label(stage.iteration, stage.name)
        return Task(f"Round {stage.round_id}, {where}", stage.round_id, duration)
    words = WORDS.get(doing.task)
    if words is None or (first is None and "{}" in words):
        name = doing.task.rpartition(".")[2].replace("_", " ").capitalize()
        return Task(" ".join([name, *map(str, doing.args)]), None, duration)
    return Task(words.format(first), first if doing.task == ROUND_RUN else None, duration)
