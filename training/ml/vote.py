"""Self-consistency: the chains of a question reduced to a vote (arXiv 2203.11171)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from training.ml.records import Chain, Vote


def count_votes(chains: Iterable[Chain]) -> list[Vote]:
    """One vote per question, in order of first appearance.

    A chain without an answer counts for no answer but for the number of chains, so it lowers agreement.
    Ties go to the answer whose chains are likelier in sum, then to the alphabet: never to chance.
    """
    by_question: defaultdict[str, list[Chain]] = defaultdict(list)
    for chain in chains:
        by_question[chain.question_id].append(chain)
    return [_vote(question_id, cast) for question_id, cast in by_question.items()]


def agreements(votes: Iterable[Vote]) -> list[int]:
    """How many questions have an agreement of 0, 1, ... and all of the most chains that a question has."""
    top = Counter((round(vote.agreement * vote.chains), vote.chains) for vote in votes)
    most = max((chains for _, chains in top), default=0)
    counts = [0] * (most + 1)
    for (count, chains), questions in top.items():
        counts[round(count / chains * most)] += questions
    return counts


def tally(shards: Iterable[Sequence[Vote]]) -> dict[str, Any]:
    """Of the votes of all shards, read once: how many, their mean agreement, and their `agreements`."""
    counts, sums = list[int](), list[float]()

    def read() -> Iterator[Vote]:
        for votes in shards:
            counts.append(len(votes))
            sums.append(sum(vote.agreement for vote in votes))
            yield from votes

    spread = agreements(read())
    count = sum(counts)
    return {"votes": count, "mean_agreement": sum(sums) / count if count else 0.0, "agreements": spread}


def mean_agreement(votes: Sequence[Vote]) -> float:
    """The mean over questions, in [0, 1]; 0 without any."""
    return sum(vote.agreement for vote in votes) / len(votes) if votes else 0.0


def _vote(question_id: str, chains: list[Chain]) -> Vote:
    counts = Counter(chain.answer for chain in chains if chain.answer is not None)
    logprob: defaultdict[str, float] = defaultdict(float)
    for chain in chains:
        if chain.answer is not None:
            logprob[chain.answer] += chain.logprob
    ranked = sorted(counts, key=lambda answer: (-counts[answer], -logprob[answer], answer))
    majority = ranked[0] if ranked else None
    return Vote(
        question_id=question_id,
        counts={answer: counts[answer] for answer in ranked},
        chains=len(chains),
        majority=majority,
        agreement=counts[majority] / len(chains) if majority is not None else 0.0,
    )
