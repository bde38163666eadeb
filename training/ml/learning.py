"""What an iteration learns from, and learning from it: pairs and DPO, or confident answers and SFT.

The pool is read shard by shard, and at most so many rows of it are kept: memory does not grow with the pool.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from training.ml.confident import confident_chains
from training.ml.confirmed import confirmed_answers
from training.ml.draws import Drawn, stable_draw
from training.ml.pairs import make_pairs
from training.ml.params import DPOParams, SelfTrainingParams
from training.ml.progress import Progress
from training.ml.records import Chain, Pair, Question, Vote, read_jsonl, write_jsonl
from training.ml.run import LoopRun, Stage
from training.ml.shards import questions, shards_of
from training.ml.steplog import LOG_FILE
from training.ml.strategies import SAMPLE_SEED
from training.ml.vote import count_votes

R = TypeVar("R", Pair, Chain)


def write_pairs(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    """The pairs of every question that gives some, or as many as are meant to be trained on.

    Those that rest on labels of the seed set come first, then those that rest on verdicts, and all of these
    are kept.
    """
    params = run.params
    reviewed = run.questions(run.splits.reviewed, answered=True)
    confirmed = confirmed_answers(reviewed, params, write=params.pair.write_confirmed)
    kept: list[Pair] = []

    def others() -> Iterator[Pair]:
        for chains, votes in _voted(run, stage):
            for pair in make_pairs(chains, votes, params.pair, seed=params.seed, confirmed=confirmed):
                if pair.confirmed:
                    kept.append(pair)
                else:
                    yield pair

    drawn = _drawn(others(), params.pair.most, run)
    labelled = _of_seed(run, stage)
    whole = Drawn([*labelled, *kept, *drawn.rows], len(labelled) + len(kept) + drawn.of)
    return {**_kept("pairs", whole, out), "from_seed": len(labelled), "from_verdicts": len(kept)}


def _of_seed(run: LoopRun, stage: Stage) -> list[Pair]:
    """Pairs of the seed set, whose chains are held against its labels; none where they were not drawn.

    A question whose label no chain gives has none: SFT has learned the chain that would be written for it.
    """
    params = run.params
    confirmed = confirmed_answers(run.questions(run.splits.seed, answered=True), params, write=False)
    return [
        pair
        for chains in shards_of(run, replace(stage, name=SAMPLE_SEED), Chain)
        for pair in make_pairs(
            chains, count_votes(chains), params.pair, seed=params.seed, confirmed=confirmed
        )
    ]


def train_on_pairs(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    """DPO on the pairs of the iteration."""
    from training.ml.dpo import train_dpo

    pairs = read_jsonl(run.path(replace(stage, name="pairs")) / "pairs.jsonl", Pair)
    return _trained_on(pairs, train_dpo, run.params.dpo, run, stage, out, progress)


def write_confident(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    """The chains of answers that the model is sure of, or as many as are meant to be trained on."""
    sure = (
        one
        for chains, votes in _voted(run, stage)
        for one in confident_chains(chains, votes, run.params.self_training, seed=run.params.seed)
    )
    return _kept("confident", _drawn(sure, run.params.self_training.most, run), out)


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
        asked_about(run, stage, rows),
        params,
        run.params.model,
        adapter=before,
        out=out / "adapter",
        seed=run.params.seed + stage.iteration,
        progress=progress,
        log=out / LOG_FILE,
        checkpoints=run.checkpoints(stage),
        features=run.features,
    )


def asked_about(run: LoopRun, stage: Stage, rows: Iterable[Pair | Chain]) -> list[Question]:
    """The questions of the pool and the seed set that these rows are about, and no others."""
    wanted = {row.question_id for row in rows}
    asked = (questions(run, replace(stage, name=name)) for name in ("sample", SAMPLE_SEED))
    return [question for one in asked for question in one if question.question_id in wanted]


def _drawn(rows: Iterable[R], most: int, run: LoopRun) -> Drawn[R]:
    """What is trained on: everything, or as much of it as memory and time are meant for."""
    return stable_draw(rows, most, seed=run.params.seed, name=lambda row: row.question_id)


def _kept(kind: str, drawn: Drawn[R], out: Path) -> dict[str, Any]:
    """Write what was drawn; the result says of how many, where that is not all."""
    found: dict[str, Any] = {kind: write_jsonl(out / f"{kind}.jsonl", drawn.rows)}
    return found if found[kind] == drawn.of else {**found, "drawn_of": drawn.of}


def _voted(run: LoopRun, stage: Stage) -> Iterator[tuple[list[Chain], list[Vote]]]:
    """The chains and votes of the pool, shard by shard: a question is in one of them."""
    sampled, voted = (replace(stage, name=name) for name in ("sample", "vote"))
    return zip(shards_of(run, sampled, Chain), shards_of(run, voted, Vote), strict=True)
