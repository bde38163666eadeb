"""Reads of shards: what was drawn again, and where the files of a round lie."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import F, Sum

from catalog.models import Status
from training.models import Round, RoundStage, Shard


@dataclass(frozen=True, slots=True)
class Running:
    """What a worker does at this moment."""

    stage: str
    """Its key, as the loop's folder has it: 1-sample."""
    shard: int | None
    """The shard's number; None of a stage that has none."""
    attempt: int


def round_folder(*, round_id: int) -> Path:
    """The round's folder in the artifact storage."""
    path: str = Round.objects.values_list("artifact_path", flat=True).get(pk=round_id)
    return Path(settings.ATTRX_ARTIFACTS_DIR) / path


def running_now(*, round_id: int, worker: str) -> Running | None:
    """What this worker does for the round: a shard, else the stage that it holds; None: nothing."""
    shards = Shard.objects.filter(stage__round_id=round_id, status=Status.RUNNING, worker=worker)
    if shard := shards.select_related("stage").first():
        return Running(f"{shard.stage.iteration}-{shard.stage.name}", shard.number, shard.attempts)
    stages = RoundStage.objects.filter(
        round_id=round_id, round__worker=worker, status=Status.RUNNING, round__status=Status.RUNNING
    )
    if stage := stages.first():
        return Running(f"{stage.iteration}-{stage.name}", None, stage.attempts)
    return None


def questions_drawn(*, round_id: int) -> tuple[int, int]:
    """(questions of all shards, those in shards that were taken again, once for each time more)."""
    found = Shard.objects.filter(stage__round_id=round_id, status=Status.DONE).aggregate(
        questions=Sum("count"), again=Sum(F("count") * (F("attempts") - 1))
    )
    return found["questions"] or 0, found["again"] or 0
