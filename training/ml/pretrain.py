"""Pre-train the tiny base model on rendered photos, so that it can look before anything is labelled.

    python -m training.ml.cli pretrain-tiny --out training/ml/tiny

A listing is one packed sequence: its photos and text once, then every attribute's question, then under each
question one chain per photo. A token sees its own branch of that tree only: 3 photos and 4 attributes teach
12 chains for the price of little more than one prompt. The chain of a photo that does not show the attribute
ends in a guess: the model learns to say what a photo shows, and nothing about which photo to trust.

The vision tower is warmed up first (warmup.py). Then listings mostly show one photo, later all of theirs. In
the last part most listings show photos of *different* products, each with its own values: only who looks at
the photo that a chain names can say what it shows. Where all photos are of one product, a chain can name any
photo and read all of them at once, and chains that differ in the photo have the same errors.
"""

from __future__ import annotations

import math
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from training.ml.encoding import split_prompt
from training.ml.guiding import Teacher
from training.ml.packing import Branch, Packed, Tree, pack_trees
from training.ml.progress import Progress, silent
from training.ml.prompts import write_chain
from training.ml.records import Attribute, Question
from training.ml.warmup import Photo, PhotoReader, StudioListing

STUDIO_SEED = 1000
"""Far from the seeds of demo catalogues: none of their listings has a twin among the studio photos."""


POINTING = "Reason"
"""The word of the instruction, before the number of a photo that is pointed at."""


@dataclass(frozen=True, slots=True)
class PartParams:
    """One part of the training of the whole model."""

    steps: int
    learning_rate: float
    listings_per_step: int = 10
    """Twice as many in a step that shows one photo of each."""
    tower_rate: float = 0.3
    """The warmed-up vision tower's learning rate, as a share of the others'."""
    warmup: int = 100
    """Steps."""
    weight_decay: float = 0.01
    guess_weight: float = 0.25
    """Loss weight of chains that can only guess: their answers are noise to the gradient of seeing."""
    alone: tuple[float, float] = (0.9, 0.2)
    """Share of steps whose listings show a single photo, in the first quarter and afterwards."""
    mixed: float = 0.0
    """Share of the other listings whose photos are of different products."""
    seeing: float = 0.0
    """Weight of the loss of what is known of a photo (guiding.py), beside the language model's."""
    looking: float = 0.0
    """Weight of the loss of where a chain looks for the photo that it names."""
    pointing: float = 0.0
    """Weight of pointing at a photo that shows the attribute, in words that no chain is written in: the model
    can tell which photo to trust, and its chains do not use that until they are taught to."""


@dataclass(frozen=True, slots=True)
class PretrainParams:
    """Sizes that fit two CPU cores and an hour."""

    vision_steps: int = 1000
    """Steps of the vision tower's warm-up."""
    photos_per_step: int = 64
    vision_learning_rate: float = 2e-3
    reading: PartParams = field(default_factory=lambda: PartParams(1100, 2e-3))
    """The whole model learns what photos show."""
    looking: PartParams = field(
        default_factory=lambda: PartParams(
            1000,
            1.5e-3,
            tower_rate=0.5,
            warmup=50,
            guess_weight=0.5,
            alone=(0.0, 0.0),
            mixed=0.6,
            seeing=0.3,
            looking=0.3,
            pointing=4.0,
        )
    )
    """It learns to look at the photo that it names, also in photos with mild faults."""
    seed: int = 0
    data_seed: int = STUDIO_SEED
    """What the studio photos were rendered from; the held-out ones from the next."""
    threads: int = 2


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
    ) -> None:
        torch.set_num_threads(threads)
        self.model = model
        self.processor = processor
        self.params = params
        self.listings = list(listings)
        self.photos: defaultdict[str, list[Photo]] = defaultdict(list)
        for studio in listings:
            self.photos[studio.listing.vertical] += studio.photos
        self.draw = random.Random(seed)
        self.reader = PhotoReader(model, processor, listings)
        self.optimizer = torch.optim.AdamW(
            _parameter_groups(model, params), betas=(0.9, 0.95), weight_decay=params.weight_decay
        )
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, self._rate)
        self.done = 0
        """Steps."""
        self.order: list[int] = []
        """Listings that come next."""
        self._chain_ids: dict[str, list[int]] = {}

    def train(self, *, progress: Progress = silent) -> dict[str, Any]:
        """Train for the steps that are left; where `progress` raises, another call goes on from there.

        Returns:
            losses: nats per chain token, of every 50th step; read_in_training: share of chains with evidence
            that were predicted right in the last steps, per attribute; seconds.
        """
        started = time.monotonic()
        losses: list[float] = []
        reads: dict[str, list[bool]] = defaultdict(list)
        steps = self.params.steps
        self.model.train()
        while self.done < steps:
            loss, right = self._step(self._batch(self.done / steps))
            if self.done % 50 == 0:
                losses.append(round(loss, 4))
                reads.clear()
            for attribute, was_right in right:
                reads[attribute].append(was_right)
            self.done += 1
            progress(self.done, steps)
        self.model.eval()
        read = {attribute: round(sum(hits) / len(hits), 3) for attribute, hits in sorted(reads.items())}
        return {"losses": losses, "read_in_training": read, "seconds": round(time.monotonic() - started, 1)}

    def _batch(self, done: float) -> list[list[Photo]]:
        """The photos of each listing of a step, at this share of the training."""
        alone = self.draw.random() < self.params.alone[done >= 0.25]
        size = self.params.listings_per_step * (2 if alone else 1)
        while len(self.order) < size:
            self.order += self.draw.sample(range(len(self.listings)), len(self.listings))
        batch, self.order = self.order[:size], self.order[size:]
        return [self._shown(self.listings[number], alone=alone) for number in batch]

    def _shown(self, studio: StudioListing, *, alone: bool) -> list[Photo]:
        """A listing's photos in a fresh order, or one of them, or as many of other products of its kind."""
        count = len(studio.photos)
        if not alone and self.params.mixed and self.draw.random() < self.params.mixed:
            return self.draw.sample(self.photos[studio.listing.vertical], count)
        return self.draw.sample(studio.photos, 1 if alone else count)

    def _step(self, batch: Sequence[Sequence[Photo]]) -> tuple[float, list[tuple[str, bool]]]:
        trees = [self._tree(photos) for photos in batch]
        packed = pack_trees(
            trees,
            self.model,
            self.processor,
            guess_weight=self.params.guess_weight,
            point_weight=self.params.pointing,
        )
        shown = [photo for photos in batch for photo in photos]
        with self._taught(packed, shown) as extra:
            hidden = self.model.model(**packed.inputs).last_hidden_state
        logits = self.model.lm_head(hidden[packed.rows, packed.predictors])
        losses = torch.nn.functional.cross_entropy(logits, packed.targets, reduction="none")
        said = (losses * packed.weights).sum() / packed.weights.sum()
        self.optimizer.zero_grad()
        torch.stack([said, *extra]).sum().backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        return said.item(), packed.reads(logits.argmax(-1))

    @contextmanager
    def _taught(self, packed: Packed, shown: Sequence[Photo]) -> Iterator[list[Tensor]]:
        """Collect, while the model runs, the losses that teach it to look at the photo that a chain names."""
        extra: list[Tensor] = []
        if not self.params.seeing and not self.params.looking:
            yield extra
            return
        teacher = Teacher(self.model, self.reader, packed, shown)
        hooks = teacher.hooks(lambda name, loss: extra.append(getattr(self.params, name) * loss))
        try:
            yield extra
        finally:
            for hook in hooks:
                hook.remove()

    def _tree(self, photos: Sequence[Photo]) -> Tree:
        """One listing that shows these photos; the allowed values are shuffled."""
        first = photos[0].of
        asked = [attribute for attribute in first.attributes if self._asks(photos, attribute)]
        asked = asked or list(first.attributes)
        images = tuple(photo.of.listing.images[photo.number] for photo in photos)
        listing = replace(first.listing, images=images)
        return Tree(
            split_prompt(self.processor, Question(listing, asked[0])).prefix,
            torch.stack([photo.patches for photo in photos]),
            [self._branch(photos, attribute) for attribute in asked],
        )

    def _asks(self, photos: Sequence[Photo], attribute: Attribute) -> bool:
        """Whether a question is worth its tokens: one that no photo answers teaches only how to guess."""
        return any(photo.answer(attribute) for photo in photos) or self.draw.random() < 0.25

    def _branch(self, photos: Sequence[Photo], attribute: Attribute) -> Branch:
        values = list(attribute.allowed_values)
        self.draw.shuffle(values)
        asked = Question(photos[0].of.listing, replace(attribute, allowed_values=tuple(values)))
        chains, shown = [], []
        for number, photo in enumerate(photos, 1):
            answer = photo.answer(attribute)
            chains.append(self._ids(write_chain(photo=number, answer=answer or self.draw.choice(values))))
            shown.append(answer is not None)
        pointed, target = self._pointed(shown)
        suffix = split_prompt(self.processor, asked).suffix
        return Branch(attribute.code, suffix, chains, shown, pointed, target)

    def _pointed(self, shown: Sequence[bool]) -> tuple[list[int], int]:
        """The words that point at one of the photos that show the attribute, where not all of them do."""
        if not self.params.pointing or all(shown) or not any(shown):
            return [], 0
        target = self.draw.choice([photo for photo, shows in enumerate(shown) if shows])
        words = self.processor.tokenizer(f"{POINTING} {target + 1}", add_special_tokens=False)
        return list(words.input_ids), target

    def _ids(self, chain: str) -> list[int]:
        if chain not in self._chain_ids:
            tokenizer = self.processor.tokenizer
            self._chain_ids[chain] = [
                *tokenizer(chain, add_special_tokens=False).input_ids,
                tokenizer.eos_token_id,
            ]
        return self._chain_ids[chain]

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
