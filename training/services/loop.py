"""Writes of what a round took and how far its chains agreed.

A round that runs writes them by itself; `loop_record` does it for rounds from before they were kept. Written
again, they replace what was there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, Sum

from catalog.models import Status, Vertical
from labeling.selectors.effort import TimeSpent, time_spent
from training.inputs import Json
from training.ml.shards import SHARDED
from training.ml.vote import spread
from training.models import (
    AgreementSpread,
    HumanTime,
    LabelUse,
    ModelVersion,
    Prediction,
    Round,
    RoundStage,
    Shard,
    StageTime,
)

NOTHING = TimeSpent(0, 0, 0.0)
Votes = Counter[tuple[int, int]]
"""{(chains of the majority, chains): questions}"""


@dataclass(frozen=True, slots=True)
class DeviceTime:
    """What a stage took of one kind of device."""

    device: str
    """A GPU's name, CPU, or empty where nobody wrote it down."""
    seconds: float
    """Of all processes together."""
    processes: int = 1


def human_times_record(*, round_id: int, frozen: Json, until: datetime) -> None:
    """Keep what people had spent, when the round started, on the listings that its inputs name."""
    used = {
        LabelUse.SEED: frozen["listings"].get("seed", []),
        LabelUse.GOLD: frozen["listings"].get("gold", []),
        LabelUse.REVIEWED: frozen.get("reviewed", []),  # None in a round from before verdicts taught.
    }
    names = {row["listing_id"]: row["vertical"] for rows in used.values() for row in rows}
    spent = time_spent(names, until=until)
    codes = {vertical["name"]: vertical["code"] for vertical in frozen["verticals"]}
    verticals = dict(Vertical.objects.filter(code__in=codes.values()).values_list("code", "pk"))
    HumanTime.objects.filter(round_id=round_id).delete()
    found: defaultdict[tuple[int, LabelUse], list[TimeSpent]] = defaultdict(list)
    for use, rows in used.items():
        for row in rows:
            if vertical := verticals.get(codes[row["vertical"]]):
                found[vertical, use].append(spent.get(row["listing_id"], NOTHING))
    HumanTime.objects.bulk_create(
        HumanTime(
            round_id=round_id,
            vertical_id=vertical,
            use=use,
            listings=len(times),
            timed=sum(one.timed > 0 for one in times),
            turns=sum(one.turns for one in times),
            seconds=sum(one.seconds for one in times),
        )
        for (vertical, use), times in found.items()
    )


def stage_times_record(*, stage_id: int, times: Iterable[DeviceTime]) -> None:
    """Keep what the stage took; to be called within `held`, or of a stage that is done."""
    StageTime.objects.filter(stage_id=stage_id).delete()
    StageTime.objects.bulk_create(
        StageTime(stage_id=stage_id, device=one.device, processes=one.processes, seconds=one.seconds)
        for one in times
    )


def shard_times(*, stage_id: int) -> list[DeviceTime]:
    """What the shards of the stage took that are done, by the device that drew them."""
    done = Shard.objects.filter(stage_id=stage_id, status=Status.DONE).order_by()
    rows = done.values_list("device").annotate(Sum("seconds"))
    return [DeviceTime(device, seconds) for device, seconds in rows]


def spreads_record(*, round_id: int, iteration: int) -> None:
    """Count how far the chains agreed behind the predictions of the model that the iteration made."""
    versions = ModelVersion.objects.filter(round_id=round_id, iteration=iteration)
    rows = (
        Prediction.objects.filter(model_version__in=list(versions.values_list("pk", flat=True)))
        .order_by()
        .values_list("attribute__vertical", "agreement", "chains")
        .annotate(Count("pk"))
    )
    votes: defaultdict[int | None, Votes] = defaultdict(Counter)
    for vertical, agreement, chains, questions in rows:
        for part in (None, vertical):
            votes[part][round(agreement * chains), chains] += questions
    AgreementSpread.objects.filter(round_id=round_id, iteration=iteration).delete()
    AgreementSpread.objects.bulk_create(
        AgreementSpread(
            round_id=round_id,
            iteration=iteration,
            vertical_id=vertical,
            questions=found.total(),
            mean=_mean(found),
            counts=spread(found),
        )
        for vertical, found in votes.items()
    )


@transaction.atomic
def loop_record(*, round_id: int) -> int:
    """Keep what can still be found out about a round from before it was kept; returns how many rows.

    Nobody wrote down then what workers computed on: those times have no device.
    """
    rows = 0
    for stage_id, times in _times_missing(round_id):
        stage_times_record(stage_id=stage_id, times=times)
        rows += len(times)
    if not HumanTime.objects.filter(round_id=round_id).exists():
        frozen, created = Round.objects.values_list("inputs", "created").get(pk=round_id)
        if frozen:
            human_times_record(round_id=round_id, frozen=frozen, until=created)
            rows += HumanTime.objects.filter(round_id=round_id).count()
    counted = AgreementSpread.objects.filter(round_id=round_id).values("iteration")
    for version in ModelVersion.objects.filter(round_id=round_id).exclude(iteration__in=counted):
        spreads_record(round_id=round_id, iteration=version.iteration)
        rows += AgreementSpread.objects.filter(round_id=round_id, iteration=version.iteration).count()
    return rows


def _times_missing(round_id: int) -> list[tuple[int, list[DeviceTime]]]:
    """(stage, what it took) of the stages that are done and whose time nobody kept."""
    done = RoundStage.objects.filter(round_id=round_id, status=Status.DONE, times=None)
    spans = done.annotate(spent=F("finished") - F("started"))
    found = []
    for stage_id, name, spent, worked in spans.values_list("pk", "name", "spent", "result__work_seconds"):
        if name in SHARDED:
            kept = shard_times(stage_id=stage_id)
            times = kept or ([DeviceTime("", worked)] if worked else [])
        else:
            times = [DeviceTime("", max(spent.total_seconds(), worked or 0.0))]
        found.append((stage_id, times))
    return found


def _mean(votes: Mapping[tuple[int, int], int]) -> float:
    total = sum(votes.values())
    return sum(questions * top / chains for (top, chains), questions in votes.items()) / total
