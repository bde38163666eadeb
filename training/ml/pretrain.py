"""Pre-train the tiny base model on rendered studio photos, so that it can look before anything is labelled.

    python -m training.ml.cli pretrain-tiny --out training/ml/tiny

A listing is one packed sequence: its photos and text once, then every attribute's question, then under each
question one chain per photo. A token sees its own branch of that tree only: 3 photos and 4 attributes teach
12 chains for the price of little more than one prompt. The chain of a photo that does not show the attribute
ends in a guess: the model learns to say what a photo shows, and nothing about which photo to trust.

The vision tower is warmed up first (warmup.py); then listings mostly show one photo, then all of theirs.
"""

from __future__ import annotations

import math
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from training.ml.encoding import open_photos, split_prompt
from training.ml.errors import DataError
from training.ml.packing import Branch, Tree, pack_trees
from training.ml.progress import Progress, silent
from training.ml.prompts import write_chain
from training.ml.records import Attribute, Listing, Question, Schema
from training.ml.warmup import StudioListing

STUDIO_SEED = 1000
"""Far from the seeds of demo catalogues: none of their listings has a twin among the studio photos."""


@dataclass(frozen=True, slots=True)
class PretrainParams:
    """Sizes that fit two CPU cores and twenty minutes."""

    vision_steps: int = 1000
    """Steps of the vision tower's warm-up."""
    photos_per_step: int = 64
    vision_learning_rate: float = 2e-3
    steps: int = 1100
    """Steps of the whole model, after the warm-up."""
    listings_per_step: int = 10
    """Twice as many in a step that shows one photo of each."""
    learning_rate: float = 2e-3
    tower_rate: float = 0.3
    """The warmed-up vision tower's learning rate, as a share of the others'."""
    warmup: int = 100
    weight_decay: float = 0.01
    guess_weight: float = 0.25
    """Loss weight of chains that can only guess: their answers are noise to the gradient of seeing."""
    seed: int = 0
    data_seed: int = STUDIO_SEED
    """What the studio photos were rendered from; the held-out ones from the next."""
    threads: int = 2


def load_studio(
    listings: Sequence[Listing],
    schema: Schema,
    processor: Qwen2_5_VLProcessor,
    *,
    progress: Progress = silent,
) -> list[StudioListing]:
    """Decode every photo once.

    Raises:
        DataError: naming the listing that lacks an answer or its evidence photos.
    """
    loaded = []
    for number, listing in enumerate(listings, 1):
        attributes = tuple(schema[listing.vertical].values())
        for attribute in attributes:
            if not listing.evidence.get(attribute.code) or attribute.code not in listing.answers:
                raise DataError(
                    f"listing {listing.listing_id} has no answer or no evidence for {attribute.code!r}: "
                    "pre-training needs both"
                )
        pixels = processor.image_processor(open_photos(listing), return_tensors="pt")["pixel_values"]
        patches = pixels.view(len(listing.images), -1, pixels.shape[-1]).half()
        loaded.append(StudioListing(listing, attributes, patches))
        progress(number, len(listings))
    return loaded


class Pretrainer:
    """The pre-training loop of one model over loaded listings."""

    def __init__(
        self,
        model: Qwen2_5_VLForConditionalGeneration,
        processor: Qwen2_5_VLProcessor,
        params: PretrainParams,
    ) -> None:
        torch.set_num_threads(params.threads)
        self.model = model
        self.processor = processor
        self.params = params
        self.draw = random.Random(params.seed)
        self.optimizer = torch.optim.AdamW(
            _parameter_groups(model, params), betas=(0.9, 0.95), weight_decay=params.weight_decay
        )
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, self._rate)
        self._chain_ids: dict[str, list[int]] = {}

    def train(self, listings: Sequence[StudioListing], *, progress: Progress = silent) -> dict[str, Any]:
        """Train for `params.steps` steps.

        Returns:
            losses: nats per chain token, of every 50th step; read_in_training: share of chains with evidence
            that were predicted right in the last steps, per attribute; seconds.
        """
        started = time.monotonic()
        losses: list[float] = []
        reads: dict[str, list[bool]] = defaultdict(list)
        order: list[StudioListing] = []
        self.model.train()
        for step in range(self.params.steps):
            alone = self.draw.random() < _alone(step / self.params.steps)
            size = self.params.listings_per_step * (2 if alone else 1)
            while len(order) < size:
                order += self.draw.sample(list(listings), len(listings))
            batch, order = order[:size], order[size:]
            loss, right = self._step(batch, alone=alone)
            if step % 50 == 0:
                losses.append(round(loss, 4))
                reads.clear()
            for attribute, was_right in right:
                reads[attribute].append(was_right)
            progress(step + 1, self.params.steps)
        self.model.eval()
        read = {attribute: round(sum(hits) / len(hits), 3) for attribute, hits in sorted(reads.items())}
        return {"losses": losses, "read_in_training": read, "seconds": round(time.monotonic() - started, 1)}

    def _step(self, batch: Sequence[StudioListing], *, alone: bool) -> tuple[float, list[tuple[str, bool]]]:
        trees = [self._tree(listing, alone=alone) for listing in batch]
        packed = pack_trees(trees, self.model, self.processor, guess_weight=self.params.guess_weight)
        hidden = self.model.model(**packed.inputs).last_hidden_state
        logits = self.model.lm_head(hidden[packed.rows, packed.predictors])
        losses = torch.nn.functional.cross_entropy(logits, packed.targets, reduction="none")
        loss = (losses * packed.weights).sum() / packed.weights.sum()
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        return loss.item(), packed.reads(logits.argmax(-1))

    def _tree(self, studio: StudioListing, *, alone: bool) -> Tree:
        """One listing with its photos in a fresh order, or one of them; its allowed values are shuffled."""
        photos = len(studio.listing.images)
        order = self.draw.sample(range(photos), 1 if alone else photos)
        asked = [attribute for attribute in studio.attributes if self._asks(studio, attribute, order)]
        shown = replace(studio.listing, images=tuple(studio.listing.images[photo] for photo in order))
        prefix = split_prompt(self.processor, Question(shown, asked[0])).prefix
        return Tree(prefix, studio.patches[order], [self._branch(studio, one, order) for one in asked])

    def _asks(self, studio: StudioListing, attribute: Attribute, order: list[int]) -> bool:
        """Whether a question is worth its tokens: one that no photo answers teaches only how to guess."""
        evidence = studio.listing.evidence[attribute.code]
        return any(photo + 1 in evidence for photo in order) or self.draw.random() < 0.25

    def _branch(self, studio: StudioListing, attribute: Attribute, order: list[int]) -> Branch:
        values = list(attribute.allowed_values)
        self.draw.shuffle(values)
        asked = Question(studio.listing, replace(attribute, allowed_values=tuple(values)))
        chains, shown = [], []
        for number, photo in enumerate(order, 1):
            shows = photo + 1 in studio.listing.evidence[attribute.code]
            answer = studio.listing.answers[attribute.code] if shows else self.draw.choice(values)
            chains.append(self._ids(write_chain(photo=number, answer=answer)))
            shown.append(shows)
        return Branch(attribute.code, split_prompt(self.processor, asked).suffix, chains, shown)

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


def _alone(done: float) -> float:
    """Share of steps whose listings show a single photo, at this share of the training."""
    return 0.9 if done < 0.25 else 0.2


def _parameter_groups(
    model: Qwen2_5_VLForConditionalGeneration, params: PretrainParams
) -> list[dict[str, Any]]:
    tower = list(model.model.visual.parameters())
    ids = {id(weights) for weights in tower}
    others = [weights for weights in model.parameters() if id(weights) not in ids]
    rate = params.learning_rate
    return [{"params": others, "lr": rate}, {"params": tower, "lr": rate * params.tower_rate}]
