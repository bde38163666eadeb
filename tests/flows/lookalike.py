"""A model small enough to watch it learn: it answers as the listings did that look most like this one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import dist
from pathlib import Path
from typing import Any

from PIL import Image, ImageStat

from tests.fakes import FakeStages
from training.ml import learning, shards
from training.ml.progress import Progress, silent
from training.ml.prompts import write_chain
from training.ml.records import Chain, Question, Vote
from training.ml.run import LoopRun, Stage
from training.ml.shards import GREEDY, Span, model_of
from training.ml.vote import count_votes

MEMORY = "memory.json"
Colour = tuple[float, ...]


@dataclass(frozen=True)
class Memory:
    """What it was taught, by its adapter: an answer and the colour of its listing."""

    answers: Mapping[tuple[str, str], Sequence[tuple[Colour, str, str]]]
    """{(vertical, attribute): [(colour, listing, answer)]}"""

    def said(self, question: Question, number: int) -> list[str]:
        """The answers of so many chains: of the listings most alike, of this one alone where it is known."""
        key = question.listing.vertical, question.attribute.code
        own = _colour(question.listing.images)
        known = sorted(self.answers.get(key, ()), key=lambda one: (dist(one[0], own), one[1]))
        by_heart = [answer for _, listing, answer in known if listing == question.listing.listing_id]
        nearest = by_heart or [answer for *_, answer in known] or list(question.attribute.allowed_values)
        return [nearest[place % len(nearest)] for place in range(number)]


class Lookalike(FakeStages):
    """Runs rounds with that model: votes and pairs are the loop's own, SFT learns by heart, DPO nothing."""

    def shard(
        self, run: LoopRun, stage: Stage, span: Span, *, progress: Progress
    ) -> Sequence[Chain] | Sequence[Vote]:
        """Chains, on gold behind a greedy one, or the votes of those in the shard's file."""
        if stage.name == "vote":
            sampled = Stage(stage.iteration, "sample")
            return count_votes(shards.read_shard(shards.shard_file(run, sampled, span.number), Chain))
        memory, is_gold = _memory(run, stage), stage.name in ("zero_shot", "evaluate")
        return [
            _chain(question, index, answer)
            for question in self.asked(run, stage, span)
            for index, answer in enumerate(
                memory.said(question, run.params.sample.chains + is_gold), GREEDY if is_gold else 0
            )
        ]

    def _said(self, run: LoopRun, stage: Stage) -> dict[str, str | None]:
        memory = _memory(run, stage)
        questions = run.questions(run.splits.gold, answered=True)
        return {one.question_id: memory.said(one, 1)[0] for one in questions}

    def _result(self, run: LoopRun, stage: Stage, folder: Path) -> dict[str, Any]:
        if stage.name == "pairs":
            return learning.write_pairs(run, stage, folder, silent)
        result = super()._result(run, stage, folder)
        if stage.name == "sft":
            taught = run.questions([*run.splits.seed, *run.splits.reviewed], answered=True)
            (folder / "adapter" / MEMORY).write_text(json.dumps([_taught(one) for one in taught]))
        elif stage.name == "dpo":
            before = run.adapter(stage.iteration - 1) / MEMORY
            (folder / "adapter" / MEMORY).write_bytes(before.read_bytes())
        return result


def _memory(run: LoopRun, stage: Stage) -> Memory:
    model = model_of(stage)
    answers: dict[tuple[str, str], list[tuple[Colour, str, str]]] = {}
    if model is not None:
        for vertical, attribute, colour, listing, answer in json.loads(
            (run.adapter(model) / MEMORY).read_text()
        ):
            answers.setdefault((vertical, attribute), []).append((tuple(colour), listing, answer))
    return Memory(answers)


def _taught(question: Question) -> list[Any]:
    listing = question.listing
    return [
        listing.vertical,
        question.attribute.code,
        _colour(listing.images),
        listing.listing_id,
        question.answer,
    ]


def _chain(question: Question, index: int, answer: str) -> Chain:
    return Chain(question.question_id, index, write_chain(photo=1, answer=answer), answer, logprob=-1.0)


@cache
def _colour(images: tuple[Path, ...]) -> Colour:
    """The mean of the photos' means."""
    means = []
    for path in images:
        with Image.open(path) as image:
            means.append(ImageStat.Stat(image.convert("RGB")).mean)
    return tuple(sum(channel) / len(means) for channel in zip(*means, strict=True))
