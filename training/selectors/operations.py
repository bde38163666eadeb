"""What those who run the site want to count: rounds, shards, imports, leases. Small reads by an index."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.utils import timezone

from catalog.models import Import, Status, Work
from labeling.models import Purpose, Turn
from training.models import Round, RoundStage, Shard


@dataclass(frozen=True, slots=True)
class StageAt:
    """How far a stage of a running round is."""

    round_id: int
    stage: str
    done: int
    total: int
    """0: not known yet."""


def work_counts() -> Iterator[tuple[str, str, int]]:
    """(kind, status, rows) of every ledger and status, also where there are none."""
    at_work = Shard.objects.filter(stage__round__status=Status.RUNNING)
    kinds: dict[str, QuerySet[Work]] = {
        "round": Round.objects.all(),
        "shard": at_work,
        "import": Import.objects.all(),
    }
    for kind, rows in kinds.items():
        counts = dict(rows.order_by().values_list("status").annotate(rows=Count("pk")))
        yield from ((kind, status, counts.get(status, 0)) for status in Status.values)


def heartbeat_ages() -> dict[int, float]:
    """{running round: seconds since its worker's last sign of life}."""
    rows = Round.objects.filter(status=Status.RUNNING).values_list("pk", "heartbeat")
    now = timezone.now()
    return {pk: (now - heartbeat).total_seconds() for pk, heartbeat in rows if heartbeat}


def stages_at_work() -> list[StageAt]:
    """Every stage of the running rounds that is being worked at."""
    rows = RoundStage.objects.filter(round__status=Status.RUNNING, status=Status.RUNNING).order_by("pk")
    return [StageAt(row.round_id, f"{row.name} {row.iteration}", row.done, row.total) for row in rows]


def leases_live() -> dict[str, int]:
    """{purpose: turns that somebody has now}."""
    rows = Turn.objects.everywhere().filter(token__isnull=False, expires__gt=timezone.now())
    counts = dict(rows.order_by().values_list("purpose").annotate(rows=Count("pk")))
    return {purpose: counts.get(purpose, 0) for purpose in Purpose.values}
