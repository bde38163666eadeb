"""Runs stages and their shards in one process, which keeps the model of its last shard for the next one."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from training.ml import shards
from training.ml.newfolder import new_folder
from training.ml.params import Engine, ModelParams, SampleParams
from training.ml.progress import Progress, silent
from training.ml.questions import Questions
from training.ml.records import Chain, Question, Vote
from training.ml.run import LoopRun, Stage
from training.ml.samplers import load_sampler
from training.ml.shards import GREEDY, PREDICT, SAMPLED, SHARDED, Span
from training.ml.steps import STEPS
from training.ml.strategies import SAMPLE_SEED
from training.ml.vote import count_votes


class ChainSampler(Protocol):
    """sample.Sampler, vllm_sampler.VllmSampler, or a stand-in without a model."""

    def sample(
        self, questions: Sequence[Question], params: SampleParams, *, seed: int, progress: Progress
    ) -> list[Chain]: ...

    def greedy_and_sample(
        self, questions: Sequence[Question], params: SampleParams, *, seed: int, progress: Progress
    ) -> tuple[list[Chain], list[Chain]]: ...


class StageRunner(Protocol):
    """Runner, or a stand-in that writes the same files."""

    def __call__(self, run: LoopRun, stage: Stage, *, progress: Progress) -> dict[str, Any]: ...


class Runner:
    """What a worker runs rounds with."""

    def __init__(self) -> None:
        self._model: tuple[ModelParams, Engine, Path | None] | None = None
        self._sampler: ChainSampler | None = None
        self._asked: tuple[tuple[Path, str], Questions] | None = None

    def __call__(self, run: LoopRun, stage: Stage, *, progress: Progress = silent) -> dict[str, Any]:
        """Run the whole stage, or what is missing of it, or return the result of its earlier run.

        Raises:
            DataError: when the input cannot be used; the stage's folder is then absent.
        """
        folder = run.path(stage)
        if (folder / "result.json").is_file():
            return run.result(stage)
        started = time.monotonic()
        if stage.name in SHARDED:
            self.complete(run, stage, progress=progress)
        else:
            self._model = self._sampler = None  # A training needs the memory.
        with new_folder(folder) as out:
            result = STEPS[stage.name](run, stage, out, progress)
            result["seconds"] = round(time.monotonic() - started, 3)
            (out / "result.json").write_text(json.dumps(result, indent=1) + "\n")
        shutil.rmtree(run.checkpoints(stage), ignore_errors=True)
        return result

    def spans(self, run: LoopRun, stage: Stage) -> list[Span]:
        """The shards of a sharded stage, in order."""
        return shards.spans(self._questions(run, stage), listings=run.params.sample.listings_per_shard)

    def shard(
        self, run: LoopRun, stage: Stage, span: Span, *, progress: Progress
    ) -> Sequence[Chain] | Sequence[Vote]:
        """The chains, or of the stage `vote` the votes, of one shard, by question."""
        if stage.name not in SAMPLED:
            sampled = replace(stage, name="sample")
            return count_votes(shards.read_shard(shards.shard_file(run, sampled, span.number), Chain))
        asked = self.asked(run, stage, span)
        sampler, params = self._sampler_of(run, stage), run.params.sample
        if stage.name in ("sample", SAMPLE_SEED, PREDICT):
            # predict draws what an iteration that began with this model would have drawn
            seed = run.params.seed + stage.iteration + (stage.name == PREDICT)
            return sampler.sample(asked, params, seed=seed, progress=progress)
        greedy, sampled_chains = sampler.greedy_and_sample(
            asked, params, seed=run.params.seed, progress=progress
        )
        return _by_question([replace(chain, index=GREEDY) for chain in greedy], sampled_chains)

    def complete(self, run: LoopRun, stage: Stage, *, progress: Progress = silent) -> None:
        """Draw every shard of the stage that is not there yet."""
        spans = self.spans(run, stage)
        total = sum(span.count for span in spans)
        done = 0
        for span in spans:
            path = shards.shard_file(run, stage, span.number)
            if not path.is_file():
                rows = self.shard(run, stage, span, progress=_from(done, total, progress))
                shards.write_shard(path, shards.record_of(stage), rows).replace(path)
            done += span.count
            progress(done, total)

    def asked(self, run: LoopRun, stage: Stage, span: Span) -> list[Question]:
        """The questions of a shard, in order."""
        return self._questions(run, stage)[span.start : span.start + span.count]

    def _questions(self, run: LoopRun, stage: Stage) -> Questions:
        key = (run.folder, stage.key)
        if self._asked is None or self._asked[0] != key:
            self._asked = key, shards.questions(run, stage)
        return self._asked[1]

    def _sampler_of(self, run: LoopRun, stage: Stage) -> ChainSampler:
        model = run.params.model, run.params.sample.engine, _adapter(run, stage)
        if self._sampler is None or self._model != model:
            self._sampler = None  # The old model makes room before the new one comes.
            self._sampler = load_sampler(
                run.params.model, run.params.sample, _adapter(run, stage), features=run.features
            )
            self._model = model
        return self._sampler


def _by_question(greedy: Sequence[Chain], sampled: Sequence[Chain]) -> list[Chain]:
    """The chains of each question side by side, the greedy one first."""
    chains = len(sampled) // len(greedy)
    return [
        chain
        for number, first in enumerate(greedy)
        for chain in (first, *sampled[number * chains : (number + 1) * chains])
    ]


def _adapter(run: LoopRun, stage: Stage) -> Path | None:
    """The adapter that a stage samples from."""
    model = shards.model_of(stage)
    return None if model is None else run.adapter(model)


def _from(before: int, total: int, progress: Progress) -> Progress:
    """Progress of a shard as progress of its stage."""

    def report(done: int, _: int, /) -> None:
        progress(before + done, total)

    return report
