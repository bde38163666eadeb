"""What a run of the loop is: its frozen inputs, its stages and the folder that holds their results."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.ml.features import FeatureStore
from training.ml.params import LoopParams
from training.ml.records import Listing, Question, Schema, questions_of
from training.ml.splits import Splits
from training.ml.strategies import PLANS


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the loop. Iteration 0 is everything before the first DPO; `predict` has its model's."""

    iteration: int
    name: str

    @property
    def key(self) -> str:
        return f"{self.iteration}-{self.name}"


@dataclass(frozen=True, slots=True)
class LoopRun:
    """What every stage is given: the frozen inputs and the folder that holds all results."""

    schema: Schema
    splits: Splits
    params: LoopParams
    folder: Path
    start: Path | None = None
    """The champion's adapter, for a run that goes on from there."""
    features: FeatureStore | None = None
    """Where what the vision tower sees is kept; None: photos are looked at every time."""

    def path(self, stage: Stage) -> Path:
        return self.folder / stage.key

    def result(self, stage: Stage) -> dict[str, Any]:
        """What the stage reported: counts, seconds, and for `evaluate` the accuracies."""
        loaded: dict[str, Any] = json.loads((self.path(stage) / "result.json").read_text())
        return loaded

    def checkpoints(self, stage: Stage) -> Path:
        """Where a training keeps what it needs to go on; gone once the stage is done."""
        return self.folder / f"{stage.key}.checkpoints"

    def adapter(self, iteration: int) -> Path:
        """The adapter that the iteration made; 0 is the one before the first iteration."""
        plan = PLANS[self.params.strategy]
        return self.path(Stage(iteration, plan.trains if iteration else plan.first)) / "adapter"

    def questions(self, listings: Sequence[Listing], *, answered: bool = False) -> list[Question]:
        return questions_of(listings, self.schema, answered=answered)
