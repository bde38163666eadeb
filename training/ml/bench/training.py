"""`bench-training`: examples a second of our SFT and DPO and of TRL's own trainers, and their losses."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from training.ml.bench.catalogue import bench_questions
from training.ml.bench.stock import stock_dpo, stock_sft
from training.ml.dpo import train_dpo
from training.ml.features import FeatureStore
from training.ml.finetune import run_training
from training.ml.overrides import override
from training.ml.params import DPOParams, ModelParams, SFTParams, tiny_params
from training.ml.progress import Progress
from training.ml.prompts import write_chain
from training.ml.records import Pair, Question
from training.ml.sft import sft_rows, train_sft
from training.ml.tiny import PHOTO_PIXELS

STEPS, QUICK_STEPS = 50, 8


@dataclass(slots=True)
class Watch:
    """Seconds of the steps after the first, in which libraries set themselves up."""

    at: list[float] = field(default_factory=list)

    def __call__(self, done: int, total: int, /) -> None:
        self.at.append(time.perf_counter())

    def rate(self, examples: int) -> float:
        """Examples a second, of so many a step."""
        return examples * (len(self.at) - 2) / (self.at[-1] - self.at[1])


@dataclass(frozen=True, slots=True)
class Setting:
    """What both kinds of trainers are given."""

    questions: list[Question]
    sft: SFTParams
    dpo: DPOParams
    model: ModelParams
    scratch: Path


def bench_training(*, quick: bool) -> dict[str, Any]:
    """Figures of the tiny model: ours starts without any features of photos, which then serve DPO as well.

    Both train on the same examples in the same order, batches, learning rates and seeds.
    """
    steps = QUICK_STEPS if quick else STEPS
    with TemporaryDirectory() as scratch:
        setting = tiny_setting(Path(scratch), steps=steps)
        features = FeatureStore(Path(scratch) / "features")
        sft, adapter = compare_sft(setting, features)
        dpo = compare_dpo(setting, features, adapter)
    return {
        "steps": min(sft["steps"], dpo["steps"]),
        "sft_examples_per_second": sft["ours"],
        "trl_sft_examples_per_second": sft["stock"],
        "dpo_pairs_per_second": dpo["ours"],
        "trl_dpo_pairs_per_second": dpo["stock"],
        "ratio_trl_sft": round(sft["ours"] / sft["stock"], 3),
        "ratio_trl_dpo": round(dpo["ours"] / dpo["stock"], 3),
        "loss_gap": max(sft["loss_gap"], dpo["loss_gap"]),
    }


def tiny_setting(scratch: Path, *, steps: int) -> Setting:
    """The preset of the tiny model without its least steps, and questions for so many steps of DPO.

    Five questions a listing, answered at random. SFT takes its epochs of a part, in hardly more steps.
    """
    params = override(tiny_params(), ["sft.optim.least_steps=0", "dpo.optim.least_steps=0"])
    size = params.dpo.optim.batch_size
    listings = -(-steps * size // 5)
    questions = answered(bench_questions(scratch, listings=listings, pixels=PHOTO_PIXELS))
    return Setting(questions[: steps * size], params.sft, params.dpo, params.model, scratch)


def answered(questions: Sequence[Question], *, seed: int = 0) -> list[Question]:
    """The questions with an answer each, drawn at random."""
    chance = random.Random(seed)
    known = []
    for question in questions:
        answer = chance.choice(question.attribute.allowed_values)
        listing = replace(question.listing, answers={question.attribute.code: answer})
        known.append(Question(listing, question.attribute))
    return known


def pairs_of(questions: Sequence[Question], *, seed: int = 1) -> list[Pair]:
    """For each question its answer, read from one photo, against another value that another one shows."""
    chance = random.Random(seed)
    made = []
    for question in questions:
        answer = question.answer or ""
        other = chance.choice([one for one in question.attribute.allowed_values if one != answer])
        texts = write_chain(photo=1, answer=answer), write_chain(photo=2, answer=other)
        made.append(Pair(question.question_id, *texts, chosen_votes=5, rejected_votes=3, chains=8))
    return made


def compare_sft(setting: Setting, features: FeatureStore | None) -> tuple[dict[str, float], Path]:
    """(steps, rates and the largest difference of a step's loss; the adapter that ours made)"""
    optim = setting.sft.optim
    questions = setting.questions[: int(len(setting.questions) / optim.epochs)]
    rows = sft_rows(questions, setting.sft, seed=0)
    trainer = stock_sft(rows, setting.sft, setting.model, out=setting.scratch / "stock_sft", seed=0)
    adapter = setting.scratch / "sft"

    def ours(watch: Progress) -> list[float]:
        made = train_sft(
            questions,
            setting.sft,
            setting.model,
            out=adapter,
            seed=0,
            progress=watch,
            features=features,
        )
        losses: list[float] = made["losses"]
        return losses

    return _compared(ours, lambda watch: _losses(trainer, watch), optim.batch_size), adapter


def compare_dpo(setting: Setting, features: FeatureStore | None, adapter: Path) -> dict[str, float]:
    """Steps, rates and the largest difference of a step's loss."""
    pairs = pairs_of(setting.questions)
    rows = list(zip(setting.questions, pairs, strict=True))
    trainer = stock_dpo(
        rows, setting.dpo, setting.model, adapter=adapter, out=setting.scratch / "stock_dpo", seed=0
    )

    def ours(watch: Progress) -> list[float]:
        made = train_dpo(
            pairs,
            setting.questions,
            setting.dpo,
            setting.model,
            adapter=adapter,
            out=setting.scratch / "dpo",
            seed=0,
            progress=watch,
            features=features,
        )
        losses: list[float] = made["losses"]
        return losses

    return _compared(ours, lambda watch: _losses(trainer, watch), setting.dpo.optim.batch_size)


def _losses(trainer: Any, watch: Progress) -> list[float]:
    return [entry["loss"] for entry in run_training(trainer, watch)]


def _compared(
    ours: Callable[[Progress], list[float]], stock: Callable[[Progress], list[float]], size: int
) -> dict[str, float]:
    watches = Watch(), Watch()
    losses = stock(watches[1]), ours(watches[0])
    gap = max(abs(one - other) for one, other in zip(*losses, strict=True))
    return {
        "steps": len(losses[0]),
        "ours": round(watches[0].rate(size), 2),
        "stock": round(watches[1].rate(size), 2),
        "loss_gap": round(gap, 8),
    }
