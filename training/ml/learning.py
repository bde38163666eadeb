"""What an iteration learns from, and learning from it: pairs and DPO, or confident answers and SFT."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.ml.confident import confident_chains
from training.ml.confirmed import confirmed_answers
from training.ml.pairs import make_pairs
from training.ml.params import DPOParams, SelfTrainingParams
from training.ml.progress import Progress
from training.ml.records import Chain, Pair, Vote, read_jsonl, write_jsonl
from training.ml.shards import shards_of
from training.ml.steplog import LOG_FILE

if TYPE_CHECKING:
    from training.ml.loop import LoopRun, Stage


def write_pairs(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    """Write pairs.jsonl; returns how many pairs there are, and how many of them rest on verdicts."""
    params = run.params
    confirmed = confirmed_answers(run.questions(run.splits.reviewed, answered=True), params)
    counts = Counter[bool]()

    def made() -> Iterator[Pair]:
        for chains, votes in _voted(run, stage):
            found = make_pairs(chains, votes, params.pair, seed=params.seed, confirmed=confirmed)
            counts.update(pair.confirmed for pair in found)
            yield from found

    return {"pairs": write_jsonl(out / "pairs.jsonl", made()), "from_verdicts": counts[True]}


def train_on_pairs(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    """DPO on the pairs of the iteration."""
    from training.ml.dpo import train_dpo

    pairs = read_jsonl(run.path(replace(stage, name="pairs")) / "pairs.jsonl", Pair)
    return _trained_on(pairs, train_dpo, run.params.dpo, run, stage, out, progress)


def write_confident(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    """Write confident.jsonl; returns how many answers there are."""
    sure = (
        one
        for chains, votes in _voted(run, stage)
        for one in confident_chains(chains, votes, run.params.self_training, seed=run.params.seed)
    )
    return {"confident": write_jsonl(out / "confident.jsonl", sure)}


def train_on_confident(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    """SFT on the confident answers of the iteration."""
    from training.ml.sft import retrain

    sure = read_jsonl(run.path(replace(stage, name="confident")) / "confident.jsonl", Chain)
    return _trained_on(sure, retrain, run.params.self_training, run, stage, out, progress)


def _trained_on(
    rows: Sequence[Pair] | Sequence[Chain],
    train: Callable[..., dict[str, Any]],
    params: DPOParams | SelfTrainingParams,
    run: LoopRun,
    stage: Stage,
    out: Path,
    progress: Progress,
) -> dict[str, Any]:
    """Train a copy of the adapter before on what the pool gave; without rows it stays as it is."""
    before = run.adapter(stage.iteration - 1)
    if not rows:
        shutil.copytree(before, out / "adapter")
        return {"steps": 0}
    return train(
        rows,
        run.questions(run.splits.pool),
        params,
        run.params.model,
        adapter=before,
        out=out / "adapter",
        seed=run.params.seed + stage.iteration,
        progress=progress,
        log=out / LOG_FILE,
        checkpoints=run.checkpoints(stage),
    )


def _voted(run: LoopRun, stage: Stage) -> Iterator[tuple[list[Chain], list[Vote]]]:
    """The chains and votes of the pool, shard by shard: a question is in one of them."""
    sampled, voted = (replace(stage, name=name) for name in ("sample", "vote"))
    return zip(shards_of(run, sampled, Chain), shards_of(run, voted, Vote), strict=True)
