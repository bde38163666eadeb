"""Rounds with everything that their pages can show."""

import io
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from catalog.demo.generate import render_listing
from catalog.models import Image, Listing, Photo, Status, Vertical
from catalog.services.photos import photos_intake
from catalog.splits import Split
from tests.factories import ListingFactory, VerticalFactory
from tests.training.rounds import metric, round_in, stage_of
from training.ml.records import Chain
from training.ml.shards import write_shard
from training.ml.steplog import Step, StepLog
from training.models import Method, Round

GIB = 2**30
SAYS = (
    ("maroon", "Photo 1 shows a deep wine-red fabric with a woven border, so the colour is maroon."),
    (
        "maroon",
        "The body of the kurta is dark red in photo 1; in photo 2 the light makes it brighter. Maroon.",
    ),
    ("red", "The fabric in photo 2 is bright red."),
    (None, "The photo shows a kurta on a hanger in front of a wall"),
)


def with_photos(vertical: Vertical, external_id: str, number: int, split: Split = Split.POOL) -> Listing:
    """A listing, new or there without photos, with the rendered ones of the demo."""
    drawn = render_listing(vertical=vertical.code, index=number, look="studio", seed=7, size=160)
    there = Listing.objects.filter(external_id=external_id).first()
    listing = there or ListingFactory.build(vertical=vertical, external_id=external_id)
    listing.title, listing.split = drawn.title, split.value
    listing.save()
    for position, picture in enumerate(drawn.photos, 1):
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=90)
        content = {"photo": file.getvalue()}
        photo = photos_intake(names=["photo"], read=content.__getitem__)["photo"]
        assert isinstance(photo, Photo)
        Image.objects.create(listing=listing, position=position, photo=photo)
    return listing


def folder_of(round_: Round) -> Path:
    return Path(settings.ATTRX_ARTIFACTS_DIR) / round_.artifact_path


def chains_of(question_id: str, said: Sequence[tuple[str | None, str]] = SAYS) -> list[Chain]:
    """Eight chains of a question, most of them of one mind."""
    return [
        Chain(question_id, index, text, answer, -1.0)
        for index, (answer, text) in enumerate((*said, said[0], said[0], said[1], said[2]))
    ]


def shard(round_: Round, key: str, number: int, chains: Sequence[Chain]) -> None:
    path = folder_of(round_) / "shards" / key / f"{number:05d}.parquet"
    write_shard(path, Chain, chains).replace(path)


def log_steps(round_: Round, folder: str, numbers: range, *, margin: bool) -> None:
    """The log of a training that gets better, with some noise."""
    path = folder_of(round_) / folder / "log.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        noise = (number * 7919 % 13) / 130
        loss = 0.69 / (1 + number / 40) + noise if margin else 2.4 / (1 + number / 12) + noise
        reward = number / 60 + noise if margin else None
        StepLog(path).add(Step(number, loss, number * 0.8, "cuda", 21 * GIB, reward))


def running_round(vertical: Vertical) -> Round:
    """In the DPO of its second iteration of three, with figures of everything before."""
    now = timezone.now()
    round_ = round_in(
        Status.RUNNING,
        params={
            "strategy": "sft_dpo",
            "iterations": 3,
            "seed": 7,
            "model": {"base": "Qwen/Qwen2.5-VL-3B-Instruct"},
            "sample": {"chains": 8, "temperature": 1.0},
        },
        inputs={"listings": {"gold": []}},
        counts={"seed": 120, "gold": 240, "pool": 14400},
        stage_count=18,
        worker="process 4242 on gpu-07",
    )
    at = now - timedelta(hours=3)
    for name, iteration, seconds, fields in _done():
        stage_of(
            round_,
            Status.DONE,
            name,
            iteration,
            started=at,
            heartbeat=at + timedelta(seconds=seconds),
            finished=at + timedelta(seconds=seconds),
            **fields,
        )
        at += timedelta(seconds=seconds)
    stage_of(
        round_,
        Status.RUNNING,
        "dpo",
        2,
        done=120,
        total=420,
        started=now - timedelta(seconds=96),
        heartbeat=now,
    )
    for iteration, correct in ((-1, 744), (0, 901), (1, 958)):
        for method, more in ((Method.GREEDY, 0), (Method.MAJORITY, 24)):
            metric(round_, iteration, correct=correct + more, questions=1200, method=method)
            metric(
                round_, iteration, correct=correct + more, questions=1200, method=method, vertical=vertical
            )
    log_steps(round_, "0-sft", range(1, 91), margin=False)
    log_steps(round_, "1-dpo", range(1, 201), margin=True)
    log_steps(round_, "2-dpo.partial", range(1, 121), margin=True)
    return round_


def _done() -> list[tuple[str, int, int, dict[str, Any]]]:
    """(stage, iteration, seconds, other fields) of what has run."""
    gold, pool = {"done": 1200, "total": 1200}, {"done": 72000, "total": 72000}
    counts = (
        [310, 2200, 4100, 6400, 8800, 10200, 11500, 12600, 15890],
        [40, 900, 2200, 4300, 6900, 9900, 13100, 15200, 19460],
    )
    return [
        ("zero_shot", 0, 210, gold),
        ("sft", 0, 540, {"result": {"loss_first": 2.41, "loss_last": 0.38, "steps": 90}}),
        ("evaluate", 0, 204, gold),
        *(
            stage
            for iteration, agreements in enumerate(counts, 1)
            for stage in (
                ("sample", iteration, 2700 - 200 * iteration, pool | {"result": {"chains": 576000}}),
                ("vote", iteration, 41, {"result": _voted(0.61 + iteration / 20, agreements)}),
                ("pairs", iteration, 18, {"result": {"pairs": 31840}}),
                ("dpo", iteration, 1480, {"result": {"steps": 420}}),
                ("evaluate", iteration, 199, gold),
            )
        ),
    ][:11]


def _voted(agreement: float, counts: list[int]) -> dict[str, Any]:
    return {"mean_agreement": agreement, "agreements": counts}


def kurta() -> Vertical:
    return VerticalFactory.create(code="kurta", label="Kurta", position=1)


def since(seconds: float) -> float:
    """The time so many seconds ago."""
    return time.time() - seconds
