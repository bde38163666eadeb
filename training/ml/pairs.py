"""Preference pairs from votes: majority chains are preferred to the others (METHOD.md, step 5)."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence

from training.ml.params import PairParams
from training.ml.records import Chain, Pair, Vote


def make_pairs(
    chains: Iterable[Chain], votes: Iterable[Vote], params: PairParams, *, seed: int
) -> list[Pair]:
    """Pairs of every question whose chains disagree, at most `pairs_per_question` of each.

    Chains that say the same text are one chain. A chain without an answer can only lose. A unanimous
    question gives no pair, nor does one below the vote threshold or without any parseable chain.
    The draw depends on the seed and the question alone, not on the order or number of questions.
    """
    by_question: defaultdict[str, list[Chain]] = defaultdict(list)
    for chain in chains:
        by_question[chain.question_id].append(chain)
    pairs: list[Pair] = []
    for vote in votes:
        if vote.majority is not None and vote.agreement >= params.vote_threshold:
            pairs += _pairs_of(by_question[vote.question_id], vote, params, seed=seed)
    return pairs


def _pairs_of(chains: Sequence[Chain], vote: Vote, params: PairParams, *, seed: int) -> list[Pair]:
    preferred = list(dict.fromkeys(chain.text for chain in chains if chain.answer == vote.majority))
    others = {chain.text: chain.answer for chain in chains if chain.answer != vote.majority}
    draw = random.Random(f"{seed}:{vote.question_id}")
    couples = [(chosen, rejected) for chosen in preferred for rejected in others]
    chosen_votes = vote.counts[vote.majority] if vote.majority is not None else 0
    pairs = []
    for chosen, rejected in draw.sample(couples, min(params.pairs_per_question, len(couples))):
        answer = others[rejected]
        rejected_votes = vote.counts[answer] if answer is not None else 0
        margin = (chosen_votes - rejected_votes) / vote.chains
        pairs.append(
            Pair(
                question_id=vote.question_id,
                chosen=chosen,
                rejected=rejected,
                chosen_votes=chosen_votes,
                rejected_votes=rejected_votes,
                chains=vote.chains,
                weight=margin if params.weighting == "margin" else 1.0,
            )
        )
    return pairs
