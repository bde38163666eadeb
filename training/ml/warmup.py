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
from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
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
        shows = self.number + 1 in self.of.listing.evidence.get(attribute.code, ())
        return self.of.listing.answers[attribute.code] if shows else None


class _Opened(Dataset[Tensor]):
    """The patches of each listing's photos."""

    def __init__(self, listings: Sequence[Listing], processor: Qwen2_5_VLProcessor) -> None:
        self.listings = listings
        self.images = processor.image_processor

    def __len__(self) -> int:
        return len(self.listings)

    def __getitem__(self, number: int) -> Tensor:
        listing = self.listings[number]
        pixels = self.images(open_photos(listing), return_tensors="pt")["pixel_values"]
        patches: Tensor = pixels.view(len(listing.images), -1, pixels.shape[-1]).half()
        return patches


def load_studio(
    listings: Sequence[Listing],
    schema: Schema,
    processor: Qwen2_5_VLProcessor,
    *,
    workers: int = 0,
    progress: Progress = silent,
) -> list[StudioListing]:
    """Decode every photo once, in so many processes beside this one.

    Raises:
        DataError: naming the listing that lacks an answer or its evidence photos.
    """
    asked = {vertical: tuple(attributes.values()) for vertical, attributes in schema.items()}
    for listing in listings:
        for attribute in asked[listing.vertical]:
            if not listing.evidence.get(attribute.code) or attribute.code not in listing.answers:
                raise DataError(
                    f"listing {listing.listing_id} has no answer or no evidence for {attribute.code!r}: "
                    "pre-training needs both"
                )
    loaded = []
    opened = DataLoader(_Opened(listings, processor), batch_size=None, num_workers=workers)
    for listing, patches in zip(listings, opened, strict=True):
        loaded.append(StudioListing(listing, asked[listing.vertical], patches.clone()))
        progress(len(loaded), len(listings))
    return loaded


Told = list[tuple[str, bool]]
"""(attribute, whether its value was told apart from the others), of every value that a photo shows."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What photos show, as numbers of rows of states and of entries of `Words`."""

    rows: Tensor
    """(shown,) the photo."""
    keys: Tensor
    """(shown,) the vertical's attribute."""
    truths: Tensor
    """(shown,) its value."""
    kind_rows: Tensor
    """(kinds,) the photo."""
    kinds: Tensor
    """(kinds,) an attribute of its vertical, as a word."""
    shows: Tensor
    """(kinds,) 1.0 where the photo shows it."""

    def to(self, device: torch.device) -> Facts:
        """The same on another device."""
        return Facts(*(getattr(self, one.name).to(device, non_blocking=True) for one in fields(self)))


class Words:
    """The words of all values and attributes, numbered."""

    def __init__(self, processor: Qwen2_5_VLProcessor, listings: Sequence[StudioListing]) -> None:
        attributes = {_key(studio, one): one for studio in listings for one in studio.attributes}
        self.keys = {key: number for number, key in enumerate(sorted(attributes))}
        codes = {code for _, code in self.keys}
        texts = codes.union(*(one.allowed_values for one in attributes.values()))
        self.numbers = {text: number for number, text in enumerate(sorted(texts))}
        self.allowed = torch.zeros(len(self.keys), len(self.numbers), dtype=torch.bool)
        """(keys, words) which of the words are values of the attribute."""
        for key, one in attributes.items():
            self.allowed[self.keys[key], [self.numbers[value] for value in one.allowed_values]] = True
        ids = [processor.tokenizer(f" {text}", add_special_tokens=False).input_ids for text in self.numbers]
        self.tokens = torch.zeros(len(ids), max(map(len, ids)), dtype=torch.long)
        self.shares = torch.zeros(self.tokens.shape)
        """(words, tokens) what each of a word's tokens weighs in it."""
        for number, tokens in enumerate(ids):
            self.tokens[number, : len(tokens)] = torch.tensor(tokens)
            self.shares[number, : len(tokens)] = 1 / len(tokens)

    def facts(self, photos: Sequence[Photo]) -> Facts:
        """What the photos show, each a row."""
        shown: list[tuple[int, int, int]] = []
        kinds: list[tuple[int, int, bool]] = []
        for row, photo in enumerate(photos):
            for attribute in photo.of.attributes:
                answer = photo.answer(attribute)
                kinds.append((row, self.numbers[attribute.code], answer is not None))
                if answer is not None:
                    shown.append((row, self.keys[_key(photo.of, attribute)], self.numbers[answer]))
        rows, keys, truths = torch.tensor(shown).T
        kind_rows, codes, shows = torch.tensor(kinds).T
        return Facts(rows, keys, truths, kind_rows, codes, shows.float())


class PhotoReader:
    """Classifies what single photos show by the embeddings of the values' own words."""

    def __init__(self, model: Qwen2_5_VLForConditionalGeneration, words: Words) -> None:
        self.model = model
        self.words = words
        device = model.device
        self._tokens, self._shares = words.tokens.to(device), words.shares.to(device)
        self._allowed = words.allowed.to(device)
        self._codes = [code for _, code in words.keys]

    def loss(self, states: Tensor, facts: Facts) -> Tensor:
        """Mean cross entropy (nats) of the values that the photos show.

        Args:
            states: (photos, hidden), which are normed as the last hidden state is.
        """
        return nn.functional.cross_entropy(self._logits(states, facts), facts.truths)

    def told(self, states: Tensor, facts: Facts) -> Told:
        """Which of the shown values are the likeliest of their attribute."""
        hits = self._logits(states, facts).argmax(1) == facts.truths
        return [(self._codes[key], hit) for key, hit in zip(facts.keys.tolist(), hits.tolist(), strict=True)]

    def kinds_loss(self, states: Tensor, facts: Facts) -> Tensor:
        """Mean binary cross entropy (nats) of which attributes of its vertical each photo shows.

        Args:
            states: as in `loss`.
        """
        words = self._embedded()[facts.kinds]
        logits = (self._normed(states)[facts.kind_rows] * words).sum(-1)
        return nn.functional.binary_cross_entropy_with_logits(logits, facts.shows)

    def _logits(self, states: Tensor, facts: Facts) -> Tensor:
        logits = self._normed(states)[facts.rows] @ self._embedded().T
        return logits.masked_fill(~self._allowed[facts.keys], float("-inf"))

    def _normed(self, states: Tensor) -> Tensor:
        normed: Tensor = self.model.model.language_model.norm(states)
        return normed

    def _embedded(self) -> Tensor:
        """(words, hidden): the mean embedding of each word's tokens."""
        weight: Tensor = self.model.lm_head.weight
        return (weight[self._tokens] * self._shares[..., None]).sum(1)


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
        self.words = Words(processor, listings)
        self.reader = PhotoReader(model, self.words)

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
            shown = self.draw.sample(self.photos, min(photos, len(self.photos)))
            facts = self.words.facts(shown).to(self.model.device)
            states = self._states(shown)
            optimizer.zero_grad()
            self.reader.loss(states, facts).backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            schedule.step()
            if step >= 0.9 * steps:
                for attribute, hit in self.reader.told(states.detach(), facts):
                    hits[attribute].append(hit)
            progress(step + 1, steps)
        return {attribute: round(sum(told) / len(told), 3) for attribute, told in sorted(hits.items())}

    def _states(self, photos: Sequence[Photo]) -> Tensor:
        """(photos, hidden) the mean image token of each."""
        patches = torch.stack([photo.patches for photo in photos]).to(self.model.device)
        grid = photo_grid(*patches.shape[:2]).to(patches.device)
        tokens = self.model.model.get_image_features(patches.flatten(0, 1).float(), grid).pooler_output
        return torch.stack([photo.mean(0) for photo in tokens])


def _key(studio: StudioListing, attribute: Attribute) -> tuple[str, str]:
    return studio.listing.vertical, attribute.code
