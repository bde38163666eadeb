"""A stand-in for a model that mostly knows what the demo drew, and says why."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

from tests.fakes import ZERO_SHOT, FakeStages
from training.ml.metrics import accuracies
from training.ml.progress import Progress
from training.ml.records import Chain, Question, Vote
from training.ml.run import LoopRun, Stage
from training.ml.shards import GREEDY, Span, greedy_and_sampled, shards_of, vote_agreements
from training.ml.steplog import Step, StepLog
from training.ml.vote import count_votes, tally

GIB = 2**30
STEPS = 40
UNREADABLE = 0.04
"""Of the chains."""


@dataclass
class ShopModel(FakeStages):
    """FakeStages whose chains differ, with reasons; later iterations are right more often.

    Args:
        skill: how often chains are right about a question of middling ease; iterations add to it.
        truths: {question id: what the demo drew}.
    """

    skill: float = 0.6
    truths: Mapping[str, str] = field(default_factory=dict)

    def shard(
        self, run: LoopRun, stage: Stage, span: Span, *, progress: Progress
    ) -> Sequence[Chain] | Sequence[Vote]:
        """On gold a greedy chain and the sampled ones, on the pool the sampled ones, or their votes."""
        if stage.name == "vote":
            return super().shard(run, stage, span, progress=progress)
        on_gold = stage.name in ("zero_shot", "evaluate")
        numbers = range(GREEDY if on_gold else 0, run.params.sample.chains)
        known = stage.iteration - (stage.name == "sample") - (stage == ZERO_SHOT)
        return [self._chain(one, number, known) for one in self.asked(run, stage, span) for number in numbers]

    def _chain(self, question: Question, number: int, iteration: int) -> Chain:
        truth = self.truths.get(question.question_id, question.attribute.allowed_values[0])
        others = [value for value in question.attribute.allowed_values if value != truth]
        asked = Random(question.question_id)
        ease, tempting = asked.uniform(-0.35, 0.4), asked.choice(others)
        random = Random(f"{question.question_id} {number} {iteration}")
        is_right = random.random() < self.skill + 0.07 * iteration + ease
        answer = truth if is_right else tempting if random.random() < 0.8 else random.choice(others)
        if random.random() < UNREADABLE:
            text = f"The photo is dark, and the {question.attribute.code} may be anything"
            return Chain(question.question_id, number, text, None, -9.0)
        photo = 1 + random.randrange(len(question.listing.images))
        reason = random.choice(("shows it best", "leaves little doubt", "has the most light"))
        text = (
            f"Photo {photo} {reason}: the {question.attribute.code} of this {question.listing.vertical} "
            f"looks {answer}.\nAnswer: {answer}"
        )
        return Chain(question.question_id, number, text, answer, random.uniform(-6, -1))

    def _result(self, run: LoopRun, stage: Stage, folder: Path) -> dict[str, Any]:
        result = super()._result(run, stage, folder)
        match stage.name:
            case "zero_shot" | "evaluate":
                return self._accuracies(run, stage)
            case "sft" | "dpo":
                losses = _trained(folder, has_margin=stage.name == "dpo")
                return result | {"steps": STEPS, "loss_first": losses[0], "loss_last": losses[-1]}
            case "vote":
                return result | tally(vote_agreements(run, stage))
        return result

    def _accuracies(self, run: LoopRun, stage: Stage) -> dict[str, Any]:
        greedy, sampled = greedy_and_sampled(chain.from_iterable(shards_of(run, stage, Chain)))
        votes = count_votes(sampled)
        said = {
            "greedy": {one.question_id: one.answer for one in greedy},
            "majority": {one.question_id: one.majority for one in votes},
        }
        questions = list(run.questions(run.splits.gold, answered=True))
        rows = {
            name: [row.to_json() for row in accuracies(questions, answers)] for name, answers in said.items()
        }
        return rows | {"mean_agreement": sum(one.agreement for one in votes) / len(votes)}


def _trained(folder: Path, *, has_margin: bool) -> list[float]:
    """The log of a training that gets better; its losses."""
    log, losses = StepLog(folder / "log.jsonl"), []
    for number in range(1, STEPS + 1):
        noise = (number * 7919 % 13) / 130
        losses.append((0.69 / (1 + number / 40) if has_margin else 2.4 / (1 + number / 12)) + noise)
        margin = number / 60 + noise if has_margin else None
        log.add(Step(number, losses[-1], number * 0.8, "cuda", 21 * GIB, margin))
    (folder / "adapter" / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA"}))
    return losses
