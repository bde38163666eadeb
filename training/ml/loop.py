"""The loop as a list of stages over one folder, shared by the command line and the web app's rounds.

A stage writes into its own folder, `<iteration>-<name>`, which appears whole or not at all: a stage whose
folder exists is done, so an interrupted run goes on where it stopped (METHOD.md, The loop).
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.ml.metrics import Accuracy, accuracies
from training.ml.newfolder import new_folder
from training.ml.pairs import make_pairs
from training.ml.params import LoopParams
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
from training.ml.splits import Splits
from training.ml.vote import count_votes


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the loop. Iteration 0 is everything before the first DPO."""

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

    def path(self, stage: Stage) -> Path:
        return self.folder / stage.key

    def result(self, stage: Stage) -> dict[str, Any]:
        """What the stage reported: counts, seconds, and for `evaluate` the accuracies."""
        loaded: dict[str, Any] = json.loads((self.path(stage) / "result.json").read_text())
        return loaded

    def adapter(self, iteration: int) -> Path:
        """The adapter that the iteration made: SFT's for 0, DPO's after."""
        return self.path(Stage(iteration, "dpo" if iteration else "sft")) / "adapter"

    def questions(self, listings: Sequence[Listing], *, answered: bool = False) -> list[Question]:
        return questions_of(listings, self.schema, answered=answered)


def stages(params: LoopParams) -> list[Stage]:
    """Every stage of a run that is never stopped early, in order."""
    first = [Stage(0, name) for name in ("zero_shot", "sft", "evaluate")]
    repeated = ("sample", "vote", "pairs", "dpo", "evaluate")
    return first + [Stage(i, name) for i in range(1, params.iterations + 1) for name in repeated]


def run_stage(run: LoopRun, stage: Stage, *, progress: Progress = silent) -> dict[str, Any]:
    """Run one stage, or return the result of its earlier run.

    Raises:
        DataError: when the input cannot be used; the stage's folder is then absent.
    """
    folder = run.path(stage)
    if (folder / "result.json").is_file():
        return run.result(stage)
    started = time.monotonic()
    with new_folder(folder) as out:
        result = _STEPS[stage.name](run, stage, out, progress)
        result["seconds"] = round(time.monotonic() - started, 3)
        (out / "result.json").write_text(json.dumps(result, indent=1) + "\n")
    return result


def run_loop(run: LoopRun, *, watch: Callable[[Stage], Progress]) -> Iterator[tuple[Stage, dict[str, Any]]]:
    """Run every stage in order, yielding each with its result, until the end or a `stop_reason`."""
    for stage in stages(run.params):
        yield stage, run_stage(run, stage, progress=watch(stage))
        if stage.name == "evaluate" and stop_reason(run, stage.iteration):
            return


def stop_reason(run: LoopRun, iteration: int) -> str:
    """Why the loop stops after this iteration, or an empty text."""
    if iteration and not run.result(Stage(iteration, "pairs"))["pairs"]:
        return "no pairs are left: every question is unanimous or below the vote threshold"
    gold = [gold_accuracy(run.result(Stage(i, "evaluate"))) for i in range(iteration + 1)]
    since_best = iteration - gold.index(max(gold))
    if iteration < run.params.iterations and since_best >= run.params.patience:
        span = "1 iteration" if since_best == 1 else f"{since_best} iterations"
        return f"gold accuracy has not improved for {span}"
    return ""


def gold_accuracy(result: Mapping[str, Any], method: str = "greedy") -> float:
    """Accuracy over all gold questions of a `zero_shot` or `evaluate` result; method: greedy or majority."""
    return Accuracy.from_json(result[method][-1]).value


def _zero_shot(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    return _evaluated(run, None, out, progress)


def _evaluate(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    return _evaluated(run, run.adapter(stage.iteration), out, progress)


def _evaluated(run: LoopRun, adapter: Path | None, out: Path, progress: Progress) -> dict[str, Any]:
    from training.ml.sample import Sampler

    questions = run.questions(run.splits.gold, answered=True)
    sampler = Sampler(run.params.model, adapter)
    greedy, sampled = sampler.greedy_and_sample(
        questions, run.params.sample, seed=run.params.seed, progress=progress
    )
    votes = count_votes(sampled)
    write_jsonl(out / "greedy.jsonl", greedy)
    write_jsonl(out / "votes.jsonl", votes)
    by_method = {
        "greedy": {chain.question_id: chain.answer for chain in greedy},
        "majority": {vote.question_id: vote.majority for vote in votes},
    }
    return {
        method: [row.to_json() for row in accuracies(questions, said)] for method, said in by_method.items()
    }


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
    )


def _sample(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    from training.ml.sample import Sampler

    questions = run.questions(run.splits.pool)
    sampler = Sampler(run.params.model, run.adapter(stage.iteration - 1))
    seed = run.params.seed + stage.iteration
    chains = sampler.sample(questions, run.params.sample, seed=seed, progress=progress)
    return {"questions": len(questions), "chains": write_jsonl(out / "chains.jsonl", chains)}


def _vote(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    votes = count_votes(_chains(run, stage.iteration))
    write_jsonl(out / "votes.jsonl", votes)
    agreement = sum(vote.agreement for vote in votes) / len(votes)
    return {"votes": len(votes), "mean_agreement": agreement}


def _pairs(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    votes = read_jsonl(run.path(Stage(stage.iteration, "vote")) / "votes.jsonl", Vote)
    pairs = make_pairs(_chains(run, stage.iteration), votes, run.params.pair, seed=run.params.seed)
    return {"pairs": write_jsonl(out / "pairs.jsonl", pairs)}


def _dpo(run: LoopRun, stage: Stage, out: Path, progress: Progress) -> dict[str, Any]:
    from training.ml.dpo import train_dpo

    pairs = read_jsonl(run.path(Stage(stage.iteration, "pairs")) / "pairs.jsonl", Pair)
    before = run.adapter(stage.iteration - 1)
    if not pairs:
        shutil.copytree(before, out / "adapter")
        return {"steps": 0}
    return train_dpo(
        pairs,
        run.questions(run.splits.pool),
        run.params.dpo,
        run.params.model,
        adapter=before,
        out=out / "adapter",
        seed=run.params.seed + stage.iteration,
        progress=progress,
    )


def _chains(run: LoopRun, iteration: int) -> list[Chain]:
    return read_jsonl(run.path(Stage(iteration, "sample")) / "chains.jsonl", Chain)


_STEPS: Mapping[str, Callable[[LoopRun, Stage, Path, Progress], dict[str, Any]]] = {
    "zero_shot": _zero_shot,
    "sft": _sft,
    "evaluate": _evaluate,
    "sample": _sample,
    "vote": _vote,
    "pairs": _pairs,
    "dpo": _dpo,
}
