"""The stages that choose what an iteration learns from: pairs, or with self-training confident answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.ml.confident import confident_chains
from training.ml.confirmed import confirmed_answers
from training.ml.pairs import make_pairs
from training.ml.progress import Progress
from training.ml.records import Chain, Pair, Vote, write_jsonl
from training.ml.shards import shards_of

if TYPE_CHECKING:
    from training.ml.loop import LoopRun, Stage


def pairs(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
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


def confident(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    """Write confident.jsonl; returns how many answers there are."""
    sure = (
        one
        for chains, votes in _voted(run, stage)
        for one in confident_chains(chains, votes, run.params.self_training, seed=run.params.seed)
    )
    return {"confident": write_jsonl(out / "confident.jsonl", sure)}


def _voted(run: LoopRun, stage: Stage) -> Iterator[tuple[list[Chain], list[Vote]]]:
    """The chains and votes of the pool, shard by shard: a question is in one of them."""
    sampled, voted = (replace(stage, name=name) for name in ("sample", "vote"))
    return zip(shards_of(run, sampled, Chain), shards_of(run, voted, Vote), strict=True)
