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

from training.ml.packing import photo_grid
from training.ml.progress import Progress, silent
from training.ml.records import Attribute, Listing


@dataclass(frozen=True, slots=True)
class StudioListing:
    """A listing with its photos as patches, ready to be shown in any order."""

    listing: Listing
    attributes: tuple[Attribute, ...]
    patches: Tensor
    """(photos, patches, values) half precision."""


class VisionWarmUp:
    """Classification of single photos by word embeddings, to start a vision tower."""

    def __init__(
        self,
        model: Qwen2_5_VLForConditionalGeneration,
        processor: Qwen2_5_VLProcessor,
        listings: Sequence[StudioListing],
        *,
        seed: int,
    ) -> None:
        self.model = model
        self.shown = [(studio, photo) for studio in listings for photo in range(len(studio.patches))]
        self.draw = random.Random(seed)
        attributes = {_key(studio, one): one for studio in listings for one in studio.attributes}
        self.values = {key: list(one.allowed_values) for key, one in sorted(attributes.items())}
        self.words = {
            value: processor.tokenizer(f" {value}", add_special_tokens=False).input_ids
            for values in self.values.values()
            for value in values
        }

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
            loss, right = self._step(self.draw.sample(self.shown, min(photos, len(self.shown))))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            schedule.step()
            if step >= 0.9 * steps:
                for attribute, was_right in right:
                    hits[attribute].append(was_right)
            progress(step + 1, steps)
        return {attribute: round(sum(told) / len(told), 3) for attribute, told in sorted(hits.items())}

    def _step(self, batch: Sequence[tuple[StudioListing, int]]) -> tuple[Tensor, list[tuple[str, bool]]]:
        pooled = self._pooled(torch.stack([studio.patches[photo] for studio, photo in batch]).float())
        rows: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        for row, (studio, photo) in enumerate(batch):
            for attribute in studio.attributes:
                if photo + 1 in studio.listing.evidence[attribute.code]:
                    key = _key(studio, attribute)
                    truth = self.values[key].index(studio.listing.answers[attribute.code])
                    rows[key].append((row, truth))
        losses, right = [], []
        for key, members in rows.items():
            logits = pooled[[row for row, _ in members]] @ self._embedded(self.values[key]).T
            truths = torch.tensor([truth for _, truth in members])
            losses.append(nn.functional.cross_entropy(logits, truths, reduction="sum"))
            right += [(key[1], hit) for hit in (logits.argmax(1) == truths).tolist()]
        return torch.stack(losses).sum() / len(right), right

    def _pooled(self, patches: Tensor) -> Tensor:
        """(photos, patches, values) -> (photos, hidden), normed as the last hidden state is."""
        photos, count, _ = patches.shape
        grid = photo_grid(photos, count)
        tokens = self.model.model.get_image_features(patches.flatten(0, 1), grid).pooler_output
        pooled: Tensor = self.model.model.language_model.norm(
            torch.stack([photo.mean(0) for photo in tokens])
        )
        return pooled

    def _embedded(self, values: Sequence[str]) -> Tensor:
        """(values, hidden): the mean embedding of each value's tokens."""
        embedding = self.model.lm_head.weight
        return torch.stack([embedding[self.words[value]].mean(0) for value in values])


def _key(studio: StudioListing, attribute: Attribute) -> tuple[str, str]:
    return studio.listing.vertical, attribute.code
