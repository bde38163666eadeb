"""Stand-ins for what takes a model: they write the files that the real thing writes."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.ml import shards
from training.ml.metrics import accuracies
from training.ml.params import SampleParams
from training.ml.progress import Progress, silent
from training.ml.records import Chain, Question, Vote
from training.ml.run import LoopRun, Stage
from training.ml.shards import GREEDY, Span
from training.ml.vote import count_votes

ZERO_SHOT = Stage(0, "zero_shot")


@dataclass
class FakeStages:
    """training.ml.runner.Runner without a model: finished stages are kept, others take no time.

    Args:
        right: {iteration, -1 for zero-shot: share of gold questions answered right}, 0.5 by default.
        agreement: {iteration: mean agreement on gold}, one half by default.
        before: called with each stage before it runs; it may raise, or act on the round.
        per_shard: listings of a shard.
        before_shard: called with each stage and shard number before that is drawn; it may raise as well.
        says: what is said to a gold question, by iteration, in place of `right`; None: nothing allowed.
    """

    right: Mapping[int, float] = field(default_factory=dict)
    agreement: Mapping[int, float] = field(default_factory=dict)
    pairs: int = 3
    before: Callable[[Stage], object] = lambda stage: None
    per_shard: int = 100
    before_shard: Callable[[Stage, int], object] = lambda stage, number: None
    says: Callable[[int, Question], str | None] | None = None
    ran: list[str] = field(default_factory=list)
    drawn: list[tuple[str, int]] = field(default_factory=list)

    def __call__(self, run: LoopRun, stage: Stage, *, progress: Progress) -> dict[str, Any]:
        folder = run.path(stage)
        if (folder / "result.json").is_file():
            return run.result(stage)
        self.before(stage)
        progress(0, 2)
        folder.mkdir(parents=True)
        result = self._result(run, stage, folder) | {"seconds": 0.5}
        progress(2, 2)
        (folder / "result.json").write_text(json.dumps(result))
        self.ran.append(stage.key)
        return result

    def spans(self, run: LoopRun, stage: Stage) -> list[Span]:
        """As the runner cuts them."""
        return shards.spans(shards.questions(run, stage), listings=self.per_shard)

    def asked(self, run: LoopRun, stage: Stage, span: Span) -> list[Question]:
        """The questions of a shard."""
        return shards.questions(run, stage)[span.start : span.start + span.count]

    def shard(
        self, run: LoopRun, stage: Stage, span: Span, *, progress: Progress
    ) -> Sequence[Chain] | Sequence[Vote]:
        """Four chains a question, on gold behind a greedy one, or the votes of those in the shard's file."""
        self.before_shard(stage, span.number)
        progress(0, span.count)
        self.drawn.append((stage.key, span.number))
        if stage.name == "vote":
            sampled = Stage(stage.iteration, "sample")
            return count_votes(shards.read_shard(shards.shard_file(run, sampled, span.number), Chain))
        asked = self.asked(run, stage, span)
        if stage.name not in ("zero_shot", "evaluate"):
            return [chain for one in asked for chain in _chains(one, one.attribute.allowed_values[0])]
        said = self._said(run, stage)
        return [
            chain
            for one in asked
            for chain in (
                _chain(one, GREEDY, said[one.question_id]),
                *_chains(one, said[one.question_id]),
            )
        ]

    def _said(self, run: LoopRun, stage: Stage) -> dict[str, str | None]:
        """{question id: answer} on gold: the share that is to be right, whichever listings come first."""
        iteration = -1 if stage == ZERO_SHOT else stage.iteration
        share = self.right.get(iteration, 0.5)
        questions = run.questions(run.splits.gold, answered=True)
        if self.says:
            return {one.question_id: self.says(iteration, one) for one in questions}
        by_chance = sorted(questions, key=lambda one: hashlib.sha256(one.question_id.encode()).digest())
        right = {one.question_id for one in by_chance[: round(share * len(questions))]}
        return {
            one.question_id: one.answer if one.answer and one.question_id in right else _wrong(one)
            for one in questions
        }

    def _result(self, run: LoopRun, stage: Stage, folder: Path) -> dict[str, Any]:
        match stage.name:
            case "zero_shot" | "evaluate":
                questions = run.questions(run.splits.gold, answered=True)
                rows = [row.to_json() for row in accuracies(questions, self._said(run, stage))]
                return {
                    "greedy": rows,
                    "majority": rows,
                    "mean_agreement": self.agreement.get(stage.iteration, 0.5),
                }
            case "sft" | "champion" | "dpo" | "retrain":
                (folder / "adapter").mkdir()
                for name in ("adapter_config.json", "adapter_model.safetensors"):
                    (folder / "adapter" / name).write_text("{}")
                return {"steps": 4}
            case "vote":
                return {"votes": shards.rows_in(run, stage)}
            case "pairs" | "confident":
                return {stage.name: self.pairs}
            case "predict":
                asked = sum(span.count for span in self.spans(run, stage))
                found = {"questions": asked, "chains": shards.rows_in(run, stage)}
                return found if asked else found | {"voted_in": shards.voted_in(run, stage)}
        return {}


def _wrong(question: Question) -> str:
    return next(value for value in question.attribute.allowed_values if value != question.answer)


def _chains(question: Question, answer: str | None) -> list[Chain]:
    """Four chains, three of which give the answer and one nothing."""
    return [_chain(question, index, answer if index else None) for index in range(4)]


def _chain(question: Question, index: int, answer: str | None) -> Chain:
    return Chain(question.question_id, index, text=f"chain {index}", answer=answer, logprob=-1.0)


@dataclass
class FakeSampler:
    """training.ml.warmsampler.WarmSampler without a model: chains that depend on seed, question and index.

    Args:
        before: called with the questions of each call; it may raise, or wait.
        sure: whether all chains of a question give the first allowed value.
        used: the adapters, in the order in which they came into use.
        asked: the question ids of each call.
    """

    before: Callable[[Sequence[Question]], object] = lambda questions: None
    sure: Callable[[Question], bool] = lambda question: False
    used: list[Path] = field(default_factory=list)
    asked: list[list[str]] = field(default_factory=list)

    def use(self, adapter: Path) -> None:
        if self.used[-1:] != [adapter]:
            self.used.append(adapter)

    def sample(
        self, questions: Sequence[Question], params: SampleParams, *, seed: int, progress: Progress = silent
    ) -> list[Chain]:
        """Chains of which about two thirds give the first allowed value."""
        self.asked.append([one.question_id for one in questions])
        self.before(questions)
        return [
            _seeded(question, index, seed, is_sure=self.sure(question))
            for question in questions
            for index in range(params.chains)
        ]


def _seeded(question: Question, index: int, seed: int, *, is_sure: bool) -> Chain:
    chance = hashlib.sha256(f"{seed}:{question.question_id}:{index}".encode()).digest()[0]
    answer = question.attribute.allowed_values[chance % 3 == 0 and not is_sure]
    return Chain(question.question_id, index, f"It looks {answer}.\nAnswer: {answer}", answer, -1.0)
