"""Self-training's material: the chains of answers that the model is sure of, true or not."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable

from training.ml.params import SelfTrainingParams
from training.ml.records import Chain, Vote


def confident_chains(
    chains: Iterable[Chain], votes: Iterable[Vote], params: SelfTrainingParams, *, seed: int
) -> list[Chain]:
    """One chain of the majority for each question whose agreement is high enough, in order of the votes.

    The draw depends on the seed and the question alone, not on the order or number of questions.
    """
    by_question: defaultdict[str, list[Chain]] = defaultdict(list)
    for chain in chains:
        by_question[chain.question_id].append(chain)
    return [
        random.Random(f"{seed}:{vote.question_id}").choice(
            [chain for chain in by_question[vote.question_id] if chain.answer == vote.majority]
        )
        for vote in votes
        if vote.majority is not None and vote.agreement >= params.agreement
    ]
