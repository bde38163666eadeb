"""What a model said to each gold question: the chains of an evaluation, question by question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from training.ml.records import Chain, Vote
from training.ml.shards import greedy_and_sampled
from training.ml.vote import count_votes


@dataclass(frozen=True, slots=True)
class GoldSaid:
    """A model's greedy answer to a gold question, and the vote of its sampled chains."""

    question_id: str
    greedy: str | None
    """None: the text ended in nothing that is allowed."""
    vote: Vote
    logprob: float | None
    """Mean log-probability (nats) of the chains that ended in the majority; None where there is none."""


def answers_on_gold(chains: Iterable[Chain]) -> list[GoldSaid]:
    """The chains of the stages zero_shot and evaluate by question, in order of first appearance."""
    greedy, sampled = greedy_and_sampled(chains)
    answers = {chain.question_id: chain.answer for chain in greedy}
    votes = {vote.question_id: vote for vote in count_votes(sampled)}
    logprobs: dict[str, list[float]] = {name: [] for name in votes}
    for chain in sampled:
        if chain.answer is not None and chain.answer == votes[chain.question_id].majority:
            logprobs[chain.question_id].append(chain.logprob)
    return [
        GoldSaid(name, answers.get(name), vote, sum(found) / len(found) if found else None)
        for (name, vote), found in zip(votes.items(), logprobs.values(), strict=True)
    ]
