"""Self-consistency: the chains of a question reduced to a vote (arXiv 2203.11171)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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


def agreements(votes: Iterable[tuple[float, int]]) -> list[int]:
    """How many questions have an agreement of 0, 1, ... and all of the most chains that a question has.

    Args:
        votes: (agreement, chains) of each.
    """
    return spread(Counter((round(agreement * chains), chains) for agreement, chains in votes))


def spread(top: Mapping[tuple[int, int], int]) -> list[int]:
    """As `agreements`, of votes that are counted.

    Args:
        top: {(chains of the majority, chains): questions}
    """
    most = max((chains for _, chains in top), default=0)
    counts = [0] * (most + 1)
    for (count, chains), questions in top.items():
        counts[round(count / chains * most)] += questions
    return counts


def agreements_of(votes: Iterable[Vote]) -> list[tuple[float, int]]:
    """(agreement, chains) of each."""
    return [(vote.agreement, vote.chains) for vote in votes]


def tally(shards: Iterable[Sequence[tuple[float, int]]]) -> dict[str, Any]:
    """Of the votes of all shards, read once: how many, their mean agreement, and their `agreements`.

    Args:
        shards: (agreement, chains) of each vote of each.
    """
    counts, sums = list[int](), list[float]()

    def read() -> Iterator[tuple[float, int]]:
        for votes in shards:
            counts.append(len(votes))
            sums.append(sum(agreement for agreement, _ in votes))
            yield from votes

    found = agreements(read())
    count = sum(counts)
    return {"votes": count, "mean_agreement": sum(sums) / count if count else 0.0, "agreements": found}


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
