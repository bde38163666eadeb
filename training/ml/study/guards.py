"""What the product's guards say of an arm: when its loop would have stopped, and what the gate decides."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Self

from training.ml.gate import GoldAnswers, GoldQuestion, gate
from training.ml.loop import stop_reason
from training.ml.records import Chain
from training.ml.run import LoopRun, Stage
from training.ml.shards import greedy_and_sampled, shard_files, shards_of
from training.ml.vote import count_votes


@dataclass(frozen=True, slots=True)
class AtChance:
    """The gold questions that chance has labelled, before the first iteration and after the last."""

    questions: int
    right_before: int
    right_after: int
    """More than before is luck, and so is less."""
    agreement_before: float
    agreement_after: float
    """Means of the sampled chains; a rise says that the loop has become sure of noise."""


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
    at_chance: AtChance | None = None
    """None: photos tell the answers to all questions."""

    @property
    def gained(self) -> int:
        """Questions that the last model answers right beyond SFT's, of those whose answers photos tell."""
        luck = self.at_chance.right_after - self.at_chance.right_before if self.at_chance else 0
        return self.wins - self.losses - luck

    @property
    def worse(self) -> bool:
        """The last model has lost what photos tell; what it lost or won by luck says nothing of it."""
        return self.gained < 0

    @property
    def passes_wrongly(self) -> bool:
        """The gate prefers a model that has gained nothing, or nothing but luck."""
        return self.passes and self.gained <= 0

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """What asdict() gave."""
        chance = row.get("at_chance")
        return cls(**{**row, "at_chance": AtChance(**chance) if chance else None})


def guarded(
    run: LoopRun, start: LoopRun, ended: Iterable[Stage], *, at_chance: Mapping[str, str]
) -> Guarded | None:
    """What the guards say of a run; None where answers were not kept.

    Args:
        start: the run that has the SFT which the run is compared with.
        ended: the run's stages, in order.
        at_chance: {vertical: code of the attribute that chance has labelled}; `start` was asked the same.
    """
    evaluated = [stage for stage in ended if stage.name == "evaluate"]
    before, after = Stage(0, "evaluate"), evaluated[-1]
    last, first = gold_answers(run, after), gold_answers(start, before)
    if last is None or first is None:
        return None
    found = gate(last, first)
    stopped, why = _stopped(run, evaluated)
    names = {name for name, one in last.questions.items() if at_chance.get(one.vertical) == one.attribute}
    chance = None
    if names:
        chance = AtChance(
            questions=len(names),
            right_before=_right(first, names),
            right_after=_right(last, names),
            agreement_before=_agreement(start, before, names),
            agreement_after=_agreement(run, after, names),
        )
    return Guarded(found.passed, found.wins, found.losses, stopped, why, chance)


def gold_answers(run: LoopRun, stage: Stage) -> GoldAnswers | None:
    """The greedy answers of an evaluation; None: its chains are not there."""
    if not shard_files(run, stage):
        return None
    questions = {one.question_id: one for one in run.questions(run.splits.gold, answered=True)}
    asked = {
        name: GoldQuestion(one.listing.vertical, "", str(one.answer), one.attribute.code)
        for name, one in questions.items()
    }
    return GoldAnswers(0, asked, {chain.question_id: chain.answer for chain in _chains(run, stage)[0]})


def _chains(run: LoopRun, stage: Stage) -> tuple[list[Chain], list[Chain]]:
    """Greedy ones, and sampled ones."""
    return greedy_and_sampled(chain for shard in shards_of(run, stage, Chain) for chain in shard)


def _right(answers: GoldAnswers, names: Iterable[str]) -> int:
    return sum(answers.answers[name] == answers.questions[name].truth for name in names)


def _agreement(run: LoopRun, stage: Stage, names: Container[str]) -> float:
    votes = count_votes(chain for chain in _chains(run, stage)[1] if chain.question_id in names)
    return round(fmean(vote.agreement for vote in votes), 4)


def _stopped(run: LoopRun, evaluated: Iterable[Stage]) -> tuple[int | None, str]:
    """The first iteration at which the rule stops, though nothing is left to run after the last."""
    for stage in evaluated:
        if why := stop_reason(run, stage.iteration):
            return stage.iteration, why
    return None, ""
