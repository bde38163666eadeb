"""What the product's guards say of an arm: when its loop would have stopped, and what the gate decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from training.ml.gate import GoldAnswers, GoldQuestion, gate
from training.ml.loop import stop_reason
from training.ml.records import Chain
from training.ml.run import LoopRun, Stage
from training.ml.shards import greedy_and_sampled, shard_files, shards_of


@dataclass(frozen=True, slots=True)
class Guarded:
    """Of an arm on one seed, whose iterations all ran whatever these say."""

    passes: bool
    """The gate prefers the last model to the one after SFT of the same seed."""
    wins: int
    """Gold questions that only the last model answers right."""
    losses: int
    """Gold questions that only SFT's answers right."""
    stopped_after: int | None
    """The first iteration after which the loop stops; None: it goes on to the last."""
    why: str
    """The rule's words; empty where it goes on."""

    @property
    def worse(self) -> bool:
        """The last model answers fewer gold questions right than SFT's."""
        return self.losses > self.wins


def guarded(run: LoopRun, start: LoopRun, ended: Iterable[Stage]) -> Guarded | None:
    """What the guards say of a run; None where answers were not kept.

    Args:
        start: the run that has the SFT which the run is compared with.
        ended: the run's stages, in order.
    """
    evaluated = [stage for stage in ended if stage.name == "evaluate"]
    last, first = gold_answers(run, evaluated[-1]), gold_answers(start, Stage(0, "evaluate"))
    if last is None or first is None:
        return None
    found = gate(last, first)
    stopped, why = _stopped(run, evaluated)
    return Guarded(found.passed, found.wins, found.losses, stopped, why)


def gold_answers(run: LoopRun, stage: Stage) -> GoldAnswers | None:
    """The greedy answers of an evaluation; None: its chains are not there."""
    if not shard_files(run, stage):
        return None
    questions = {one.question_id: one for one in run.questions(run.splits.gold, answered=True)}
    greedy = greedy_and_sampled(chain for shard in shards_of(run, stage, Chain) for chain in shard)[0]
    asked = {
        name: GoldQuestion(one.listing.vertical, "", str(one.answer), one.attribute.code)
        for name, one in questions.items()
    }
    return GoldAnswers(0, asked, {chain.question_id: chain.answer for chain in greedy})


def _stopped(run: LoopRun, evaluated: Iterable[Stage]) -> tuple[int | None, str]:
    """The first iteration at which the rule stops, though nothing is left to run after the last."""
    for stage in evaluated:
        if why := stop_reason(run, stage.iteration):
            return stage.iteration, why
    return None, ""
