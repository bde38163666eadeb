"""Stand-ins for what takes a model: they write the files that the real thing writes."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.ml import shards
from training.ml.loop import LoopRun, Stage
from training.ml.metrics import accuracies
from training.ml.progress import Progress
from training.ml.records import Chain, Question, Vote, write_jsonl
from training.ml.shards import Span
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
    """

    right: Mapping[int, float] = field(default_factory=dict)
    agreement: Mapping[int, float] = field(default_factory=dict)
    pairs: int = 3
    before: Callable[[Stage], object] = lambda stage: None
    per_shard: int = 100
    before_shard: Callable[[Stage, int], object] = lambda stage, number: None
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
        """Four chains a question, or the votes of those that the shard's file has."""
        self.before_shard(stage, span.number)
        progress(0, span.count)
        self.drawn.append((stage.key, span.number))
        if stage.name == "vote":
            sampled = Stage(stage.iteration, "sample")
            return count_votes(shards.read_shard(shards.shard_file(run, sampled, span.number), Chain))
        return _chains(self.asked(run, stage, span))

    def _result(self, run: LoopRun, stage: Stage, folder: Path) -> dict[str, Any]:
        match stage.name:
            case "zero_shot" | "evaluate":
                share = self.right.get(-1 if stage == ZERO_SHOT else stage.iteration, 0.5)
                found = _evaluation(run.questions(run.splits.gold, answered=True), share, folder)
                return found | {"mean_agreement": self.agreement.get(stage.iteration, 0.5)}
            case "sft" | "champion" | "dpo" | "retrain":
                (folder / "adapter").mkdir()
                for name in ("adapter_config.json", "adapter_model.safetensors"):
                    (folder / "adapter" / name).write_text("{}")
                return {"steps": 4}
            case "vote":
                return {"votes": shards.rows_in(run, stage)}
            case "pairs" | "confident":
                return {stage.name: self.pairs}
        return {}


def _evaluation(questions: Sequence[Question], share: float, folder: Path) -> dict[str, Any]:
    wanted = round(share * len(questions))
    by_chance = sorted(questions, key=lambda question: hashlib.sha256(question.question_id.encode()).digest())
    right = {question.question_id for question in by_chance[:wanted]}
    answers = {
        question.question_id: question.answer if question.question_id in right else _wrong(question)
        for question in questions
    }
    greedy = [Chain(name, 0, f"Answer: {answer}", answer, logprob=-1.0) for name, answer in answers.items()]
    write_jsonl(folder / "greedy.jsonl", greedy)
    rows = [row.to_json() for row in accuracies(questions, answers)]
    return {"greedy": rows, "majority": rows}


def _wrong(question: Question) -> str:
    return next(value for value in question.attribute.allowed_values if value != question.answer)


def _chains(questions: Sequence[Question]) -> list[Chain]:
    """Four chains a question, three of which give its first allowed value and one nothing."""
    return [
        Chain(
            question.question_id,
            index,
            text=f"chain {index}",
            answer=question.attribute.allowed_values[0] if index else None,
            logprob=-1.0,
        )
        for question in questions
        for index in range(4)
    ]
