"""Answers to gold questions, for tests."""

from catalog.models import Attribute, Listing
from training.models import GoldAnswer, Round


def gold_answer(
    round_: Round,
    listing: Listing,
    attribute: Attribute,
    *,
    truth: str,
    greedy: str,
    iteration: int = 0,
    majority: str | None = None,
    votes: int = 6,
) -> GoldAnswer:
    """An answer with the vote of eight chains, `votes` of them for the majority, or else the greedy one."""
    said = greedy if majority is None else majority
    counts = {said: votes} if said else {}
    if said and votes < 8 and said != truth:
        counts[truth] = 8 - votes
    return GoldAnswer.objects.create(
        round=round_,
        iteration=iteration,
        listing=listing,
        attribute=attribute,
        truth=truth,
        greedy=greedy,
        greedy_correct=greedy == truth,
        majority=said,
        majority_correct=said == truth,
        agreement=votes / 8 if said else 0,
        chains=8,
        counts=counts,
        logprob=-0.5 if said else None,
    )
