"""The loop as a list of stages over one folder, shared by the command line and the web app's rounds.

A stage writes into its own folder, `<iteration>-<name>`, which appears whole or not at all: a stage whose
folder exists is done, so an interrupted run goes on where it stopped (METHOD.md, The loop). Within a stage it
goes on behind the shards that are there (shards.py), or behind a training's last checkpoint (checkpoints.py).
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from training.ml import stopping
from training.ml.confident import confident_chains
from training.ml.errors import DataError
from training.ml.metrics import accuracies, gold_accuracy
from training.ml.newfolder import new_folder
from training.ml.pairs import make_pairs
from training.ml.params import DPOParams, LoopParams, SelfTrainingParams
from training.ml.progress import Progress, silent
from training.ml.records import (
    Chain,
    Listing,
    Pair,
    Question,
    Schema,
    Vote,
    questions_of,
    read_jsonl,
    write_jsonl,
)
from training.ml.runner import Runner
from training.ml.shards import PREDICT, SHARDED, greedy_and_sampled, rows_in, shards_of, stage_spans, voted_in
from training.ml.splits import Splits
from training.ml.steplog import LOG_FILE
from training.ml.stopping import Judged, judged
from training.ml.strategies import PLANS
from training.ml.vote import count_votes, mean_agreement, tally


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the loop. Iteration 0 is everything before the first DPO; `predict` has its model's."""

    iteration: int
    name: str

    @property
    def key(self) -> str:
        return f"{self.iteration}-{self.name}"


@dataclass(frozen=True, slots=True)
class LoopRun:
    """What every stage is given: the frozen inputs and the folder that holds all results."""

    schema: Schema
    splits: Splits
    params: LoopParams
    folder: Path
    start: Path | None = None
    """The champion's adapter, for a run that goes on from there."""

    def path(self, stage: Stage) -> Path:
        return self.folder / stage.key

    def result(self, stage: Stage) -> dict[str, Any]:
        """What the stage reported: counts, seconds, and for `evaluate` the accuracies."""
        loaded: dict[str, Any] = json.loads((self.path(stage) / "result.json").read_text())
        return loaded

    def checkpoints(self, stage: Stage) -> Path:
        """Where a training keeps what it needs to go on; gone once the stage is done."""
        return self.folder / f"{stage.key}.checkpoints"

    def adapter(self, iteration: int) -> Path:
        """The adapter that the iteration made; 0 is the one before the first iteration."""
        plan = PLANS[self.params.strategy]
        return self.path(Stage(iteration, plan.trains if iteration else plan.first)) / "adapter"

    def questions(self, listings: Sequence[Listing], *, answered: bool = False) -> list[Question]:
        return questions_of(listings, self.schema, answered=answered)


def stages(params: LoopParams) -> list[Stage]:
    """Every stage of a run that is never stopped early, in order, but for `predict`, the last one."""
    plan = PLANS[params.strategy]
    first = [Stage(0, name) for name in ("zero_shot", plan.first, "evaluate")]
    return first + [Stage(i, name) for i in range(1, params.iterations + 1) for name in plan.repeated]


def in_order(run: LoopRun) -> Iterator[Stage]:
    """Every stage of the run, each once those before it are done: they say whether and how it goes on."""
    last = 0
    for stage in stages(run.params):
        yield stage
        last = stage.iteration
        if stage.name == "evaluate" and stop_reason(run, last):
            break
    yield Stage(best_iteration(run, last), PREDICT)


def run_stage(
    run: LoopRun, stage: Stage, *, progress: Progress = silent, runner: Runner | None = None
) -> dict[str, Any]:
    """Run one stage, or return the result of its earlier run.

    Args:
        runner: draws the shards that are missing.

    Raises:
        DataError: when the input cannot be used; the stage's folder is then absent.
    """
    folder = run.path(stage)
    if (folder / "result.json").is_file():
        return run.result(stage)
    started = time.monotonic()
    if stage.name in SHARDED:
        (runner or Runner()).complete(run, stage, progress=progress)
    with new_folder(folder) as out:
        result = _STEPS[stage.name](run, stage, out, progress)
        result["seconds"] = round(time.monotonic() - started, 3)
        (out / "result.json").write_text(json.dumps(result, indent=1) + "\n")
    shutil.rmtree(run.checkpoints(stage), ignore_errors=True)
    return result


def run_loop(
    run: LoopRun, *, watch: Callable[[Stage], Progress], predict: bool = True
) -> Iterator[tuple[Stage, dict[str, Any]]]:
    """Run every stage in order, with or without `predict`, yielding each with its result."""
    runner = Runner()
    for stage in in_order(run):
        if stage.name != PREDICT or predict:
            yield stage, runner(run, stage, progress=watch(stage))


def stop_reason(run: LoopRun, iteration: int) -> str:
    """Why the loop stops after this iteration, or an empty text (stopping.py)."""
    return stopping.stop_reason([_judged(run, one) for one in range(iteration + 1)], run.params)


def best_iteration(run: LoopRun, last: int) -> int:
    """The iteration up to `last` whose model is best on gold by greedy answers; the earliest of equals."""
    return max(range(last + 1), key=lambda one: gold_accuracy(run.result(Stage(one, "evaluate"))))


def _judged(run: LoopRun, iteration: int) -> Judged:
    material = PLANS[run.params.strategy].learns_from
    learned_from = run.result(Stage(iteration, material))[material] if iteration else None
    return judged(run.result(Stage(iteration, "evaluate")), learned_from=learned_from)


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

    questions = run.questions(run.splits.seed, answered=True)
    return train_sft(
        questions,
        run.params.sft,
        run.params.model,
        out=out / "adapter",
        seed=run.params.seed,
        progress=progress,
        log=out / LOG_FILE,
        checkpoints=run.checkpoints(stage),
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
    return tally(shards_of(run, stage, Vote))


def _predict(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    drawn = _sample(run, stage, out, progress)
    if not drawn["questions"]:
        return drawn | {"voted_in": voted_in(run, stage)}
    return drawn | tally(map(count_votes, shards_of(run, stage, Chain)))


def _pairs(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    pairs = (
        pair
        for chains, votes in _voted(run, stage.iteration)
        for pair in make_pairs(chains, votes, run.params.pair, seed=run.params.seed)
    )
    return {"pairs": write_jsonl(out / "pairs.jsonl", pairs)}


def _dpo(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    from training.ml.dpo import train_dpo

    pairs = read_jsonl(run.path(Stage(stage.iteration, "pairs")) / "pairs.jsonl", Pair)
    return _trained_on(pairs, train_dpo, run.params.dpo, run, stage, out, progress)


def _confident(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    sure = (
        one
        for chains, votes in _voted(run, stage.iteration)
        for one in confident_chains(chains, votes, run.params.self_training, seed=run.params.seed)
    )
    return {"confident": write_jsonl(out / "confident.jsonl", sure)}


def _retrain(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    from training.ml.sft import retrain

    sure = read_jsonl(run.path(Stage(stage.iteration, "confident")) / "confident.jsonl", Chain)
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


def _voted(run: LoopRun, iteration: int) -> Iterator[tuple[list[Chain], list[Vote]]]:
    """The chains and votes of the pool, shard by shard: a question is in one of them."""
    sampled, voted = (Stage(iteration, name) for name in ("sample", "vote"))
    return zip(shards_of(run, sampled, Chain), shards_of(run, voted, Vote), strict=True)


_STEPS: Mapping[str, Callable[[LoopRun, Stage, Path, Progress], dict[str, Any]]] = {
    "zero_shot": _evaluate,
    "sft": _sft,
    "evaluate": _evaluate,
    "sample": _sample,
    "vote": _vote,
    "pairs": _pairs,
    "dpo": _dpo,
    "champion": _champion,
    "confident": _confident,
    "retrain": _retrain,
    PREDICT: _predict,
}
