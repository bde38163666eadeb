"""Pre-train the tiny base model on rendered photos, so that it can look before anything is labelled.

    python -m training.ml.cli pretrain-tiny --out training/ml/tiny

The vision tower is warmed up first (warmup.py), then the whole model learns from packed listings (lessons.py)
and is told where to look (guiding.py).
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from training.ml.guiding import Teacher
from training.ml.lessons import Lesson, Lessons, ShowParams
from training.ml.progress import Progress, silent
from training.ml.warmup import PhotoReader, StudioListing

STUDIO_SEED = 1000
"""Far from the seeds of demo catalogues: none of their listings has a twin among the studio photos."""
PARTS = ("reading", "looking", "naming")
"""Of the training of the whole model, as PretrainParams names them."""
LOOKED_EVERY = 50
"""Steps between those that are reported."""


@dataclass(frozen=True, slots=True)
class PartParams:
    """One part of the training of the whole model."""

    steps: int
    learning_rate: float
    show: ShowParams = field(default_factory=ShowParams)
    tower_rate: float = 0.3
    """The warmed-up vision tower's learning rate, as a share of the others'."""
    warmup: int = 100
    """Steps."""
    weight_decay: float = 0.01
    seeing: float = 0.3
    """Weight of the loss of what is known of a photo (guiding.py), beside the language model's."""
    looking: float = 0.3
    """Weight of the loss of where a chain looks for the photo that it names."""


@dataclass(frozen=True, slots=True)
class PretrainParams:
    """Sizes that fit ten minutes of one GPU and a dozen cores beside it."""

    device: str = "cpu"
    vision_steps: int = 900
    """Steps of the vision tower's warm-up."""
    photos_per_step: int = 256
    vision_learning_rate: float = 2e-3
    reading: PartParams = field(
        default_factory=lambda: PartParams(
            700, 2e-3, ShowParams(listings=32, alone=(0.9, 0.2), guess_weight=0.25)
        )
    )
    """The whole model learns what photos show."""
    looking: PartParams = field(
        default_factory=lambda: PartParams(
            4600, 1.5e-3, ShowParams(listings=32, guess_weight=1.0), tower_rate=0.5, warmup=50
        )
    )
    """It learns to look at the photo that it names, also in photos with mild faults."""
    naming: PartParams = field(
        default_factory=lambda: PartParams(
            400,
            7e-4,
            ShowParams(listings=32, guess_weight=1.0, later=0.6, favour=1.5),
            tower_rate=0.5,
            warmup=50,
        )
    )
    """It learns which photos people name: the first most, and a little more those that show the attribute."""
    seed: int = 0
    data_seed: int = STUDIO_SEED
    """What the studio photos were rendered from; the held-out ones from the next."""
    threads: int = 2
    workers: int = 0
    """Processes that prepare steps beside the one that trains."""


class Pretrainer:
    """One part of the pre-training of one model over loaded listings."""

    def __init__(
        self,
        model: Qwen2_5_VLForConditionalGeneration,
        processor: Qwen2_5_VLProcessor,
        listings: Sequence[StudioListing],
        params: PartParams,
        *,
        seed: int,
        threads: int,
        workers: int = 0,
    ) -> None:
        torch.set_num_threads(threads)
        self.model = model
        self.params = params
        self.workers = workers
        self.lessons = Lessons(model, processor, listings, params.show, params.steps, seed)
        self.reader = PhotoReader(model, self.lessons.words)
        self.optimizer = torch.optim.AdamW(
            _parameter_groups(model, params),
            betas=(0.9, 0.95),
            weight_decay=params.weight_decay,
            fused=model.device.type == "cuda",
        )
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, self._rate)

    def train(self, *, progress: Progress = silent) -> dict[str, Any]:
        """Train for all steps.

        Returns:
            losses: nats per chain token, of every 50th step; read_in_training: share of chains with evidence
            that were predicted right in the last of these steps, per attribute; pointed_in_training: share
            that was right of the numbers that these steps pointed at, None where there were none; seconds.
        """
        started = time.monotonic()
        losses: list[float] = []
        reads: dict[str, list[bool]] = defaultdict(list)
        pointed: list[float | None] = []
        steps = self.params.steps
        self.model.train()
        prepared = DataLoader(self.lessons, batch_size=None, num_workers=self.workers, shuffle=False)
        for step, lesson in enumerate(prepared):
            looked = step % LOOKED_EVERY == 0 or step == steps - 1
            found = self._step(lesson.to(self.model.device), looked=looked)
            if found is not None:
                losses.append(round(found[0], 4))
                reads.clear()
                for attribute, was_right in found[1]:
                    reads[attribute].append(was_right)
                pointed.append(found[2])
            progress(step + 1, steps)
        self.model.eval()
        return {
            "losses": losses,
            "read_in_training": {
                name: round(sum(hits) / len(hits), 3) for name, hits in sorted(reads.items())
            },
            "pointed_in_training": pointed,
            "seconds": round(time.monotonic() - started, 1),
        }

    def _step(
        self, lesson: Lesson, *, looked: bool
    ) -> tuple[float, list[tuple[str, bool]], float | None] | None:
        """One step; the loss, what was read and the share that was pointed at, where it is looked at."""
        packed = lesson.packed
        inputs = packed.inputs | {"pixel_values": packed.inputs["pixel_values"].float()}
        with self._taught(lesson) as extra:
            hidden = self.model.model(**inputs).last_hidden_state
        logits = self.model.lm_head(hidden[packed.rows, packed.predictors])
        losses = torch.nn.functional.cross_entropy(logits, packed.targets, reduction="none")
        said = (losses * packed.weights).sum() / packed.weights.sum()
        self.optimizer.zero_grad()
        torch.stack([said, *extra]).sum().backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        if not looked:
            return None
        likeliest = logits.argmax(-1)
        return said.item(), packed.reads(likeliest), packed.pointed(likeliest)

    @contextmanager
    def _taught(self, lesson: Lesson) -> Iterator[list[Tensor]]:
        """Collect, while the model runs, the losses that teach it to look at the photo that a chain names."""
        extra: list[Tensor] = []
        if not self.params.seeing and not self.params.looking:
            yield extra
            return
        teacher = Teacher(self.model, self.reader, lesson.packed, lesson.shown, lesson.named)
        hooks = teacher.hooks(lambda name, loss: extra.append(getattr(self.params, name) * loss))
        try:
            yield extra
        finally:
            for hook in hooks:
                hook.remove()

    def _rate(self, step: int) -> float:
        """Linear warm-up, cosine to a twentieth."""
        if step < self.params.warmup:
            return (step + 1) / self.params.warmup
        done = (step - self.params.warmup) / max(1, self.params.steps - self.params.warmup)
        return 0.05 + 0.475 * (1 + math.cos(math.pi * min(1.0, done)))


def _parameter_groups(model: Qwen2_5_VLForConditionalGeneration, params: PartParams) -> list[dict[str, Any]]:
    tower = list(model.model.visual.parameters())
    ids = {id(weights) for weights in tower}
    others = [weights for weights in model.parameters() if id(weights) not in ids]
    rate = params.learning_rate
    return [{"params": others, "lr": rate}, {"params": tower, "lr": rate * params.tower_rate}]
