"""What each stage of the loop makes, once the shards that it needs are there (METHOD.md, The loop)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from training.ml import learning
from training.ml.errors import DataError
from training.ml.metrics import accuracies
from training.ml.progress import Progress
from training.ml.records import Chain, write_jsonl
from training.ml.run import LoopRun, Stage
from training.ml.shards import (
    PREDICT,
    greedy_and_sampled,
    rows_in,
    shards_of,
    stage_spans,
    vote_agreements,
    voted_in,
)
from training.ml.steplog import LOG_FILE
from training.ml.strategies import SAMPLE_SEED
from training.ml.vote import agreements_of, count_votes, mean_agreement, tally


def _evaluate(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    questions = run.questions(run.splits.gold, answered=True)
    drawn = list(chain.from_iterable(shards_of(run, stage, Chain)))
    greedy, sampled = greedy_and_sampled(drawn)
    votes = count_votes(sampled)
    write_jsonl(out / "greedy.jsonl", greedy)
    write_jsonl(out / "votes.jsonl", votes)
    by_method = {
        "greedy": {one.question_id: one.answer for one in greedy},
        "majority": {vote.question_id: vote.majority for vote in votes},
    }
    by_slice = {
        method: [row.to_json() for row in accuracies(questions, said)] for method, said in by_method.items()
    }
    return by_slice | {"mean_agreement": mean_agreement(votes)}


def _sft(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    from training.ml.sft import train_sft

    questions = run.questions((*run.splits.seed, *run.splits.reviewed), answered=True)
    return train_sft(
        questions,
        run.params.sft,
        run.params.model,
        out=out / "adapter",
        seed=run.params.seed,
        progress=progress,
        log=out / LOG_FILE,
        checkpoints=run.checkpoints(stage),
        features=run.features,
    )


def _champion(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    if run.start is None:
        raise DataError(
            "the strategy champion_dpo goes on from an adapter: name one, or choose another strategy"
        )
    shutil.copytree(run.start, out / "adapter")
    return {"steps": 0}


def _sample(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    spans = stage_spans(run, stage)
    return {
        "questions": sum(span.count for span in spans),
        "chains": rows_in(run, stage),
        "shards": len(spans),
    }


def _vote(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    return tally(vote_agreements(run, stage))


def _predict(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    drawn = _sample(run, stage, out, progress)
    if not drawn["questions"]:
        return drawn | {"voted_in": voted_in(run, stage)}
    return drawn | tally(agreements_of(count_votes(chains)) for chains in shards_of(run, stage, Chain))


Step = Callable[[LoopRun, Stage, Path, Progress], dict[str, Any]]
"""(run, stage, the new folder to write into, progress) -> what the stage reports."""

STEPS: Mapping[str, Step] = {
    "zero_shot": _evaluate,
    "sft": _sft,
    "evaluate": _evaluate,
    "sample": _sample,
    SAMPLE_SEED: _sample,
    "vote": _vote,
    "pairs": learning.write_pairs,
    "dpo": learning.train_on_pairs,
    "champion": _champion,
    "confident": learning.write_confident,
    "retrain": learning.train_on_confident,
    PREDICT: _predict,
}
