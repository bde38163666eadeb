"""Catalogues, model folders and rounds for tests."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.utils import timezone

from catalog.models import Attribute, Listing, Status, Vertical
from catalog.splits import Split
from tests.factories import AttributeFactory, ImageFactory, LabelFactory, ListingFactory, VerticalFactory
from training.ml.metrics import Accuracy
from training.models import (
    Against,
    Alias,
    AliasName,
    Confusion,
    Difference,
    Method,
    Metric,
    ModelVersion,
    Prediction,
    Round,
    RoundFigure,
    RoundStage,
    Shard,
)

LISTINGS = {Split.SEED: 1, Split.GOLD: 2, Split.POOL: 2}
"""Of each vertical."""


def small_catalogue() -> None:
    """Two verticals with two attributes each and labelled seed and gold listings: 8 gold questions."""
    for position, name in enumerate(("kurta", "lamp"), 1):
        vertical = VerticalFactory.create(code=name, position=position)
        attributes = [
            AttributeFactory.create(vertical=vertical, code=code, position=place, description=f"The {code}")
            for place, code in enumerate(("color", "shape"), 1)
        ]
        for split, count in LISTINGS.items():
            for number in range(count):
                listing_with_photo(vertical, f"{name}-{split}-{number}", split, attributes)


def listing_with_photo(
    vertical: Vertical, external_id: str, split: Split, labelled: list[Attribute]
) -> Listing:
    """A listing with one photo, labelled red, unless it is of the pool."""
    listing = ListingFactory.create(vertical=vertical, external_id=external_id, split=split.value)
    ImageFactory.create(listing=listing)
    for attribute in labelled if split is not Split.POOL else ():
        LabelFactory.create(listing=listing, attribute=attribute)
    return listing


def model_folder(folder: Path) -> Path:
    """What looks like a model as long as nobody loads it."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "qwen2_5_vl"}))
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def round_in(status: Status, **fields: Any) -> Round:
    """A round in this status, with whatever else the database then asks for."""
    now = timezone.now()
    needed: dict[str, Any] = {
        "params": {
            "seed": 0,
            "iterations": 1,
            "model": {"base": "tiny"},
            "sample": {"chains": 8, "temperature": 1.0},
        },
        "inputs": {},
        "counts": {"seed": 2, "gold": 4, "pool": 4},
        "artifact_path": f"rounds/{uuid4()}",
        "stage_count": 8,
    }
    if status is not Status.QUEUED:
        needed |= {"started": now, "heartbeat": now, "worker": "process 7 on laptop"}
    if status is Status.RUNNING:
        needed["claim"] = uuid4()
    elif status is not Status.QUEUED:
        needed["finished"] = now + timedelta(seconds=90)
    if status is Status.FAILED:
        needed["error"] = "the disk is full: make room"
    return Round.objects.create(status=status, **needed | fields)


def stage_of(
    round_: Round, status: Status, name: str = "sft", iteration: int = 0, **fields: Any
) -> RoundStage:
    """A stage of the round in this status."""
    now = timezone.now()
    needed: dict[str, Any] = {"started": now, "heartbeat": now}
    if status is not Status.RUNNING:
        needed["finished"] = now + timedelta(seconds=3)
    if status is Status.FAILED:
        needed["error"] = round_.error or "The round was cancelled."
    return RoundStage.objects.create(
        round=round_, name=name, iteration=iteration, status=status, **needed | fields
    )


def shard_of(stage: RoundStage, status: Status, number: int, **fields: Any) -> Shard:
    """A shard of ten questions in this status."""
    now = timezone.now()
    needed: dict[str, Any] = {}
    if status is not Status.QUEUED:
        needed |= {"started": now, "heartbeat": now, "worker": "process 7 on laptop", "attempts": 1}
    if status is Status.RUNNING:
        needed["claim"] = uuid4()
    elif status is not Status.QUEUED:
        needed["finished"] = now
    return Shard.objects.create(
        stage=stage, number=number, start=10 * number, count=10, status=status, **needed | fields
    )


def version_of(round_: Round, iteration: int = 0) -> ModelVersion:
    """A model version of the round."""
    return ModelVersion.objects.create(
        round=round_, iteration=iteration, base_model="tiny", adapter_path="adapter"
    )


def champion_of(round_: Round, iteration: int = 0) -> ModelVersion:
    """A model version of the round that is the champion."""
    version = version_of(round_, iteration)
    Alias.objects.create(name=AliasName.CHAMPION, version=version)
    return version


def prediction(
    version: ModelVersion,
    listing: Listing,
    attribute: Attribute,
    *values: str,
    state: str = "",
    agreement: float = 0.75,
) -> Prediction:
    """A vote of eight chains, whose majority has these value codes, as value names too, or this state."""
    majority = state.replace("_", " ") or ", ".join(values)
    top = round(agreement * 8)
    counts = {majority: top} | ({"something else": 8 - top} if top < 8 else {})
    return Prediction.objects.create(
        model_version=version,
        listing=listing,
        attribute=attribute,
        counts=counts,
        chains=8,
        majority=majority,
        values=list(values),
        state=state,
        agreement=agreement,
    )


def metric(
    round_: Round,
    iteration: int,
    *,
    correct: int,
    questions: int = 100,
    method: Method = Method.GREEDY,
    vertical: Vertical | None = None,
    attribute: Attribute | None = None,
) -> Metric:
    """A stored accuracy."""
    accuracy = Accuracy("", "", questions, correct, unparseable=0, majority_class=0.25)
    low, high = accuracy.interval
    return Metric.objects.create(
        round=round_,
        iteration=iteration,
        method=method,
        vertical=vertical,
        attribute=attribute,
        questions=questions,
        correct=correct,
        unparseable=0,
        majority_class=0.25,
        value=accuracy.value,
        low=min(low, accuracy.value),
        high=max(high, accuracy.value),
    )


def round_figures(round_: Round, attribute: Attribute) -> None:
    """A stored figure, a confusion and a paired test of the round's models."""
    shared = {"round": round_, "iteration": 1}
    RoundFigure.objects.create(**shared, name="macro_accuracy", value=0.5, count=8)
    Confusion.objects.create(**shared, attribute=attribute, truth="red", said="blue", count=3)
    Difference.objects.create(
        **shared,
        against=Against.FIRST,
        other_round=round_,
        other_iteration=0,
        questions=8,
        right=5,
        other_right=5,
        alone=1,
        other_alone=1,
        p_value=1.0,
    )
