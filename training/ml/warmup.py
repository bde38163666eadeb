"""Teach the vision tower to tell values apart, in the language model's own words.

From a language-model loss alone, a tower that starts from nothing learns colour first and shapes thousands
of steps later. So the mean of a photo's image tokens is first read as if it were the language model's last
hidden state and classified, by the embeddings of their words, among the allowed values of each attribute that
the photo shows. What the language model then has to learn is where to look.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from training.ml.encoding import open_photos
from training.ml.errors import DataError
from training.ml.packing import photo_grid
from training.ml.progress import Progress, silent
from training.ml.records import Attribute, Listing, Schema


@dataclass(frozen=True, slots=True)
class StudioListing:
    """A listing with its photos as patches, ready to be shown in any order."""

    listing: Listing
    attributes: tuple[Attribute, ...]
    patches: Tensor
    """(photos, patches, values) half precision."""

    @property
    def photos(self) -> list[Photo]:
        """Its photos in their own order."""
        return [Photo(self, number) for number in range(len(self.patches))]


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo of a listing."""

    of: StudioListing
    number: int
    """From 0."""

    @property
    def patches(self) -> Tensor:
        """(patches, values)"""
        return self.of.patches[self.number]

    def answer(self, attribute: Attribute) -> str | None:
        """What the photo shows of the attribute; None: nothing."""
        shows = self.number + 1 in self.of.listing.evidence[attribute.code]
        return self.of.listing.answers[attribute.code] if shows else None


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


Told = list[tuple[str, bool]]
"""(attribute, whether its value was told apart from the others), of every value that a photo shows."""


class PhotoReader:
    """Classifies what single photos show by the embeddings of the values' own words."""

    def __init__(
        self,
        model: Qwen2_5_VLForConditionalGeneration,
        processor: Qwen2_5_VLProcessor,
        listings: Sequence[StudioListing],
    ) -> None:
        self.model = model
        attributes = {_key(studio, one): one for studio in listings for one in studio.attributes}
        self.values = {key: list(one.allowed_values) for key, one in sorted(attributes.items())}
        self.words = {
            value: processor.tokenizer(f" {value}", add_special_tokens=False).input_ids
            for values in self.values.values()
            for value in values
        }
        codes = {one.code for studio in listings for one in studio.attributes}
        self.words |= {
            code: processor.tokenizer(f" {code}", add_special_tokens=False).input_ids
            for code in sorted(codes - self.words.keys())
        }

    def loss(self, states: Tensor, photos: Sequence[Photo]) -> tuple[Tensor, Told]:
        """Mean cross entropy (nats) of the values that the photos show.

        Args:
            states: (photos, hidden), which are normed as the last hidden state is.
        """
        pooled = self.model.model.language_model.norm(states)
        rows: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        for row, photo in enumerate(photos):
            for attribute in photo.of.attributes:
                answer = photo.answer(attribute)
                if answer is not None:
                    key = _key(photo.of, attribute)
                    rows[key].append((row, self.values[key].index(answer)))
        losses, told = [], []
        for key, members in rows.items():
            logits = pooled[[row for row, _ in members]] @ self._embedded(self.values[key]).T
            truths = torch.tensor([truth for _, truth in members])
            losses.append(nn.functional.cross_entropy(logits, truths, reduction="sum"))
            told += [(key[1], hit) for hit in (logits.argmax(1) == truths).tolist()]
        return torch.stack(losses).sum() / len(told), told

    def kinds_loss(self, states: Tensor, photos: Sequence[Photo]) -> Tensor:
        """Mean binary cross entropy (nats) of which attributes of its vertical each photo shows.

        Args:
            states: as in `loss`.
        """
        pooled = self.model.model.language_model.norm(states)
        rows = [(row, one) for row, photo in enumerate(photos) for one in photo.of.attributes]
        words = self._embedded([one.code for _, one in rows])
        logits = (pooled[[row for row, _ in rows]] * words).sum(-1)
        shown = torch.tensor([float(photos[row].answer(one) is not None) for row, one in rows])
        return nn.functional.binary_cross_entropy_with_logits(logits, shown)

    def _embedded(self, values: Sequence[str]) -> Tensor:
        """(values, hidden): the mean embedding of each value's tokens."""
        embedding = self.model.lm_head.weight
        return torch.stack([embedding[self.words[value]].mean(0) for value in values])


class VisionWarmUp:
    """Classification of single photos, to start a vision tower."""

    def __init__(
        self,
        model: Qwen2_5_VLForConditionalGeneration,
        processor: Qwen2_5_VLProcessor,
        listings: Sequence[StudioListing],
        *,
        seed: int,
    ) -> None:
        self.model = model
        self.photos = [photo for studio in listings for photo in studio.photos]
        self.draw = random.Random(seed)
        self.reader = PhotoReader(model, processor, listings)

    def train(
        self, *, steps: int, photos: int, learning_rate: float, progress: Progress = silent
    ) -> dict[str, float]:
        """Returns the share of values told apart in the last tenth of the steps, per attribute."""
        inner = self.model.model
        parts = (inner.visual, inner.language_model.norm, self.model.lm_head)
        weights = [weight for part in parts for weight in part.parameters()]
        optimizer = torch.optim.AdamW(weights, lr=learning_rate, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, learning_rate, total_steps=steps, pct_start=0.1
        )
        hits: defaultdict[str, list[bool]] = defaultdict(list)
        for step in range(steps):
            loss, told = self._step(self.draw.sample(self.photos, min(photos, len(self.photos))))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            schedule.step()
            if step >= 0.9 * steps:
                for attribute, hit in told:
                    hits[attribute].append(hit)
            progress(step + 1, steps)
        return {attribute: round(sum(told) / len(told), 3) for attribute, told in sorted(hits.items())}

    def _step(self, photos: Sequence[Photo]) -> tuple[Tensor, Told]:
        patches = torch.stack([photo.patches for photo in photos]).float()
        grid = photo_grid(*patches.shape[:2])
        tokens = self.model.model.get_image_features(patches.flatten(0, 1), grid).pooler_output
        return self.reader.loss(torch.stack([photo.mean(0) for photo in tokens]), photos)


def _key(studio: StudioListing, attribute: Attribute) -> tuple[str, str]:
    return studio.listing.vertical, attribute.code
