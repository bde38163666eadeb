"""Pre-train the tiny base model on rendered studio photos, so that it can look before anything is labelled.

    python -m training.ml.cli pretrain-tiny --out training/ml/tiny

A listing is one packed sequence: its photos and text once, then every attribute's question, then under each
question one chain per photo. A token sees its own branch of that tree only, so 3 photos and 4 attributes teach
12 chains for the price of little more than one prompt. The chain of a photo that does not show the attribute
ends in a guess: the model learns to say what a photo shows, and nothing about which photo to trust.
"""

from __future__ import annotations

import json
import math
import random
import shutil
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel, ProcessorMixin

from training.ml.encoding import open_photos, split_prompt
from training.ml.errors import DataError
from training.ml.folder import read_listings, read_schema
from training.ml.model import load_model, load_processor
from training.ml.packing import Branch, Tree, pack_trees
from training.ml.params import ModelParams
from training.ml.progress import Progress, silent
from training.ml.prompts import listing_text, question_text, write_chain
from training.ml.records import Attribute, Listing, Question, Schema
from training.ml.tiny import build_tiny


@dataclass(frozen=True, slots=True)
class PretrainParams:
    """Sizes that fit two CPU cores and half an hour."""

    steps: int = 2000
    listings_per_step: int = 16
    learning_rate: float = 1.5e-3
    warmup: int = 100
    weight_decay: float = 0.01
    guess_weight: float = 0.25
    """Loss weight of chains that can only guess: their answers are noise to the gradient of seeing."""
    seed: int = 0
    threads: int = 2


@dataclass(frozen=True, slots=True)
class StudioListing:
    """A listing with its photos as patches, ready to be packed in any order of photos."""

    listing: Listing
    attributes: tuple[Attribute, ...]
    prefix: str
    patches: Tensor
    """(photos, patches, values) half precision."""


def load_studio(listings: Sequence[Listing], schema: Schema, processor: ProcessorMixin, *, progress: Progress = silent) -> list[StudioListing]:
    """Decode every photo once.

    Raises:
        DataError: naming the listing that lacks an answer or its evidence photos.
    """
    loaded = []
    for number, listing in enumerate(listings, 1):
        attributes = tuple(schema[listing.vertical].values())
        for attribute in attributes:
            if not listing.evidence.get(attribute.code) or attribute.code not in listing.answers:
                raise DataError(f"listing {listing.listing_id} has no answer or no evidence for {attribute.code!r}: pre-training needs both")
        pixels = processor.image_processor(open_photos(listing), return_tensors="pt")["pixel_values"]
        patches = pixels.view(len(listing.images), -1, pixels.shape[-1]).half()
        prefix = split_prompt(processor, Question(listing, attributes[0])).prefix
        loaded.append(StudioListing(listing, attributes, prefix, patches))
        progress(number, len(listings))
    return loaded


class Pretrainer:
    """The pre-training loop of one model over loaded listings."""

    def __init__(self, model: PreTrainedModel, processor: ProcessorMixin, params: PretrainParams) -> None:
        torch.set_num_threads(params.threads)
        self.model = model
        self.processor = processor
        self.params = params
        self.draw = random.Random(params.seed)
        self.optimizer = torch.optim.AdamW(
            model.parameters(), lr=params.learning_rate, betas=(0.9, 0.95), weight_decay=params.weight_decay
        )
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, self._rate)
        self._chain_ids: dict[str, list[int]] = {}

    def train(self, listings: Sequence[StudioListing], *, progress: Progress = silent) -> dict[str, Any]:
        """Returns the losses (one per 50 steps, nats per chain token), how often each attribute was read right at the end, and seconds."""
        started = time.monotonic()
        losses: list[float] = []
        reads: dict[str, list[bool]] = defaultdict(list)
        order: list[StudioListing] = []
        self.model.train()
        for step in range(self.params.steps):
            while len(order) < self.params.listings_per_step:
                order += self.draw.sample(list(listings), len(listings))
            batch, order = order[: self.params.listings_per_step], order[self.params.listings_per_step :]
            loss, right = self._step(batch)
            if step % 50 == 0:
                losses.append(round(loss, 4))
                reads.clear()
            for attribute, was_right in right:
                reads[attribute].append(was_right)
            progress(step + 1, self.params.steps)
        self.model.eval()
        read = {attribute: round(sum(hits) / len(hits), 3) for attribute, hits in sorted(reads.items())}
        return {"losses": losses, "read_in_training": read, "seconds": round(time.monotonic() - started, 1)}

    def _step(self, batch: Sequence[StudioListing]) -> tuple[float, list[tuple[str, bool]]]:
        trees = [self._tree(listing) for listing in batch]
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

    def _tree(self, studio: StudioListing) -> Tree:
        """One listing with its photos in a fresh order and its allowed values shuffled."""
        order = list(range(len(studio.listing.images)))
        self.draw.shuffle(order)
        return Tree(studio.prefix, studio.patches[order], [self._branch(studio, attribute, order) for attribute in studio.attributes])

    def _branch(self, studio: StudioListing, attribute: Attribute, order: list[int]) -> Branch:
        values = list(attribute.allowed_values)
        self.draw.shuffle(values)
        asked = Question(studio.listing, Attribute(attribute.code, attribute.description, tuple(values), attribute.multi))
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
            self._chain_ids[chain] = [*tokenizer(chain, add_special_tokens=False).input_ids, tokenizer.eos_token_id]
        return self._chain_ids[chain]

    def _rate(self, step: int) -> float:
        """Linear warm-up, cosine to a twentieth."""
        if step < self.params.warmup:
            return (step + 1) / self.params.warmup
        done = (step - self.params.warmup) / max(1, self.params.steps - self.params.warmup)
        return 0.05 + 0.475 * (1 + math.cos(math.pi * min(1.0, done)))


def pretrain_tiny(data: Path, out: Path, params: PretrainParams, *, progress: Progress = silent) -> dict[str, Any]:
    """Train a tiny model from nothing on a data folder with evidence, and write it whole to `out`.

    Returns the manifest that is written beside the weights.

    Raises:
        DataError: when the data cannot be used, or `out` exists and holds something else than such a model.
    """
    schema = read_schema(data / "schema.json")
    listings = read_listings(data, schema, check_images=False)
    partial = out.with_name(out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    build_tiny(partial, texts=corpus(listings, schema), seed=params.seed)
    where = ModelParams(base=str(partial), device="cpu", dtype="float32", threads=params.threads)
    processor, model = load_processor(where), load_model(where)
    assert isinstance(model, PreTrainedModel)
    studio = load_studio(listings, schema, processor)
    report = Pretrainer(model, processor, params).train(studio, progress=progress)
    model.save_pretrained(partial)
    manifest = {
        "made_by": "python -m training.ml.cli pretrain-tiny",
        "parameters": sum(weights.numel() for weights in model.parameters()),
        "listings": len(listings),
        "photos": sum(len(listing.images) for listing in listings),
        "training": asdict(params),
        "versions": {package: version(package) for package in ("torch", "transformers", "tokenizers")},
        **report,
    }
    (partial / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    if out.exists():
        shutil.rmtree(out)
    partial.replace(out)
    return manifest


def corpus(listings: Sequence[Listing], schema: Schema) -> Iterator[str]:
    """The text that the tokenizer learns its words from: prompts, and chains for every value."""
    for listing in listings:
        yield listing_text(listing)
    for attributes in schema.values():
        for attribute in attributes.values():
            chains = [write_chain(photo=photo, answer=answer) for answer in attribute.allowed_values for photo in range(1, 10)]
            yield from [question_text(attribute), *chains] * 20
