"""Self-consistency: the chains of a question reduced to a vote (arXiv 2203.11171)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

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
