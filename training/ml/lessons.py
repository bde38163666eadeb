"""What the tiny base model is shown in each step of its pre-training (pretrain.py).

A listing is one packed sequence: its photos and text once, then every attribute's question, then under each
question one chain per photo. A token sees its own branch of that tree only: 3 photos and 4 attributes teach
12 chains for the price of little more than one prompt. The chain of a photo that does not show the attribute
ends in a guess: the model learns to say what a photo shows, and nothing about which photo to trust.

Listings mostly show one photo at first, later all of theirs. Many of those are of *different* products, each
with its own values: only who looks at the photo that a chain names can say what it shows. Where all photos
are of one product, a chain can name any photo and read all of them at once, and chains that differ in the
photo have the same errors.

Beside that each listing is asked which photo shows an attribute, and about an attribute that nothing shows,
of made-up values: what it is asked for is written in the question, whatever words those are.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch.utils.data import Dataset
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from training.ml.encoding import split_prompt
from training.ml.packing import Branch, Packed, Said, Tree, pack_trees
from training.ml.prompts import pointing_text, question_text, write_chain
from training.ml.records import Attribute, Question
from training.ml.warmup import Facts, Photo, StudioListing, Words

_SYLLABLES = [start + vowel for start in "bcdfgklmnprstvwz" for vowel in "aeiou"]


@dataclass(frozen=True, slots=True)
class ShowParams:
    """What the listings of a step show and are asked."""

    listings: int = 10
    """Of a step; twice as many in a step that shows one photo of each."""
    alone: tuple[float, float] = (0.0, 0.0)
    """Share of steps whose listings show a single photo, in the first quarter and afterwards."""
    mixed: float = 0.6
    """Share of the other listings whose photos are of different products."""
    guess_weight: float = 0.5
    """Loss weight of chains that can only guess: their answers are noise to the gradient of seeing."""
    pointing: float = 4.0
    """Loss weight of the number that answers which photo shows an attribute; 0: that is not asked."""
    later: float = 1.0
    """How often a photo is named, of how often the one before it is: people speak of the first photo most."""
    favour: float = 1.0
    """How much more often a photo is named that shows the attribute."""
    foreign: float = 0.3
    """Share of listings that are asked about an attribute of made-up values."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One step."""

    packed: Packed
    shown: Facts
    """About the photos of all listings, in order."""
    named: Facts
    """About the photo that each chain names."""

    def to(self, device: torch.device) -> Lesson:
        """The same on another device."""
        return Lesson(self.packed.to(device), self.shown.to(device), self.named.to(device))


@dataclass(slots=True)
class Lessons(Dataset[Lesson]):
    """Lesson by number of its step; each draw depends on the seed and that number alone."""

    model: Qwen2_5_VLForConditionalGeneration
    """Of which only the configuration is asked."""
    processor: Qwen2_5_VLProcessor
    listings: Sequence[StudioListing]
    params: ShowParams
    steps: int
    seed: int
    words: Words = field(init=False)
    _photos: dict[str, list[Photo]] = field(init=False)
    _ids: dict[str, list[int]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.words = Words(self.processor, self.listings)
        photos: defaultdict[str, list[Photo]] = defaultdict(list)
        for studio in self.listings:
            photos[studio.listing.vertical] += studio.photos
        self._photos = dict(photos)

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> Lesson:
        draw = random.Random(f"{self.seed}:{step}")
        batch = self.batch(step / self.steps, draw)
        packed = pack_trees(
            [self.tree(photos, draw) for photos in batch],
            self.model,
            self.processor,
            guess_weight=self.params.guess_weight,
            point_weight=self.params.pointing,
        )
        shown = [photo for photos in batch for photo in photos]
        named = [shown[photo] for photo in packed.looks[:, 1].tolist()]
        return Lesson(packed, self.words.facts(shown), self.words.facts(named))

    def batch(self, done: float, draw: random.Random) -> list[list[Photo]]:
        """The photos of each listing of a step, at this share of the training."""
        alone = draw.random() < self.params.alone[done >= 0.25]
        size = self.params.listings * (2 if alone else 1)
        chosen = draw.sample(self.listings, min(size, len(self.listings)))
        return [self._shown(studio, draw, alone=alone) for studio in chosen]

    def _shown(self, studio: StudioListing, draw: random.Random, *, alone: bool) -> list[Photo]:
        """A listing's photos in a fresh order, or one of them, or as many of other products of its kind."""
        count = len(studio.photos)
        if not alone and draw.random() < self.params.mixed:
            return draw.sample(self._photos[studio.listing.vertical], count)
        return draw.sample(studio.photos, 1 if alone else count)

    def tree(self, photos: Sequence[Photo], draw: random.Random) -> Tree:
        """One listing that shows these photos; the allowed values are shuffled."""
        first = photos[0].of
        asked = [attribute for attribute in first.attributes if _is_asked(photos, attribute, draw)]
        asked = asked or list(first.attributes)
        images = tuple(photo.of.listing.images[photo.number] for photo in photos)
        listing = replace(first.listing, images=images)
        branches = [self._branch(Question(listing, attribute), photos, draw) for attribute in asked]
        if self.params.pointing:
            pointed = (self._pointed(Question(listing, one), photos, draw) for one in first.attributes)
            branches += [branch for branch in pointed if branch]
        if draw.random() < self.params.foreign:
            branches.append(self._branch(Question(listing, foreign_attribute(draw)), photos, draw))
        prefix = split_prompt(self.processor, Question(listing, asked[0])).prefix
        return Tree(prefix, torch.stack([photo.patches for photo in photos]), branches)

    def _branch(self, question: Question, photos: Sequence[Photo], draw: random.Random) -> Branch:
        values = list(question.attribute.allowed_values)
        draw.shuffle(values)
        asked = replace(question, attribute=replace(question.attribute, allowed_values=tuple(values)))
        answers = [photo.answer(asked.attribute) for photo in photos]
        shares = self._shares(answers)
        said = []
        for number, (answer, share) in enumerate(zip(answers, shares, strict=True)):
            chain = write_chain(photo=number + 1, answer=answer or draw.choice(values))
            said.append(Said(self._tokens(chain), number, answer is not None, share))
        return Branch(asked.attribute.code, split_prompt(self.processor, asked).suffix, said)

    def _shares(self, answers: Sequence[str | None]) -> list[float]:
        """How often each photo is named, of the mean."""
        times = [
            self.params.later**number * (self.params.favour if answer else 1.0)
            for number, answer in enumerate(answers)
        ]
        return [len(times) * one / sum(times) for one in times]

    def _pointed(self, question: Question, photos: Sequence[Photo], draw: random.Random) -> Branch | None:
        """The question which photo shows the attribute, where some do and some do not."""
        showing = [number for number, photo in enumerate(photos) if photo.answer(question.attribute)]
        if len(showing) in (0, len(photos)):
            return None
        photo = draw.choice(showing)
        suffix = split_prompt(self.processor, question).suffix
        asked = suffix.replace(question_text(question.attribute), pointing_text(question.attribute))
        said = Said(self._tokens(f"Photo {photo + 1}"), photo, shown=True)
        return Branch(question.attribute.code, asked, [said], points=True)

    def _tokens(self, text: str) -> list[int]:
        if text not in self._ids:
            tokenizer = self.processor.tokenizer
            ids = tokenizer(text, add_special_tokens=False).input_ids
            self._ids[text] = [*ids, tokenizer.eos_token_id]
        return self._ids[text]


def _is_asked(photos: Sequence[Photo], attribute: Attribute, draw: random.Random) -> bool:
    """Whether a question is worth its tokens: one that no photo answers teaches only how to guess."""
    return any(photo.answer(attribute) for photo in photos) or draw.random() < 0.25


def foreign_attribute(draw: random.Random) -> Attribute:
    """An attribute of made-up words that no photo shows."""

    def word() -> str:
        made = "".join(draw.choices(_SYLLABLES, k=draw.randint(1, 3)))
        return made.capitalize() if draw.random() < 0.5 else made

    values = tuple({word() for _ in range(draw.randint(3, 8))})
    return Attribute(word().lower(), f"{word()} of the {word().lower()}", tuple(sorted(values)))
