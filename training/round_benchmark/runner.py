"""The runner without a model: votes as if by chance, and trainings that take no time.

Everything else is the real thing: shards, votes, pairs, the choice of what is trained on.
"""

import json
import shutil
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from training.ml import learning
from training.ml.params import SampleParams
from training.ml.progress import Progress, silent
from training.ml.records import Chain, Pair, Question, read_jsonl
from training.ml.run import LoopRun, Stage
from training.ml.runner import ChainSampler, Runner

TRAININGS = ("sft", "dpo")
FILES = ("adapter_config.json", "adapter_model.safetensors")


class HashSampler:
    """Draws chains whose answers depend on the question, the seed and the chain's number alone."""

    def sample(
        self, questions: Sequence[Question], params: SampleParams, *, seed: int, progress: Progress = silent
    ) -> list[Chain]:
        """On two questions in three, some chains give another answer than most."""
        progress(0, len(questions))
        chains = [_chain(question, index, seed) for question in questions for index in range(params.chains)]
        progress(len(questions), len(questions))
        return chains

    def greedy_and_sample(
        self, questions: Sequence[Question], params: SampleParams, *, seed: int, progress: Progress = silent
    ) -> tuple[list[Chain], list[Chain]]:
        """The greedy chain is the first that is sampled."""
        greedy = [_chain(question, 0, seed) for question in questions]
        return greedy, self.sample(questions, params, seed=seed, progress=progress)


class BenchmarkRunner(Runner):
    """What the benchmark's worker runs rounds with."""

    def __call__(self, run: LoopRun, stage: Stage, *, progress: Progress = silent) -> dict[str, Any]:
        """Run the stage; of a training only what comes before the first optimiser step."""
        if stage.name not in TRAININGS or (run.path(stage) / "result.json").is_file():
            return super().__call__(run, stage, progress=progress)
        examples = 0
        if stage.name == "dpo":
            pairs = read_jsonl(run.path(replace(stage, name="pairs")) / "pairs.jsonl", Pair)
            learning.asked_about(run, stage, pairs)
            examples = len(pairs)
        return _trained(run.path(stage), examples)

    def _sampler_of(self, run: LoopRun, stage: Stage) -> ChainSampler:
        return HashSampler()


def _trained(folder: Path, examples: int) -> dict[str, Any]:
    """An adapter that nobody can load."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "adapter").mkdir(parents=True)
    for name in FILES:
        (folder / "adapter" / name).write_text("{}")
    result = {"steps": 0, "examples": examples}
    (folder / "result.json").write_text(json.dumps(result))
    return result


def _chain(question: Question, index: int, seed: int) -> Chain:
    chance = zlib.crc32(f"{seed}/{question.question_id}".encode())
    values = question.attribute.allowed_values
    dissent = chance % 3 and (chance >> 8) % 5 > index
    answer = values[((chance >> 16) + (1 + index % 2 if dissent else 0)) % len(values)]
    photo = 1 + index % len(question.listing.images)
    return Chain(
        question.question_id, index, f"Photo {photo} shows it. Answer: {answer}", answer, -1.0 - index
    )
