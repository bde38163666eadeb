"""Preference pairs from votes: majority chains are preferred to the others (METHOD.md, step 5).

Where people confirmed an answer, theirs takes the majority's place.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from training.ml.confirmed import Confirmed
from training.ml.params import PairParams
from training.ml.records import Chain, Pair, Vote


def make_pairs(
    chains: Iterable[Chain],
    votes: Iterable[Vote],
    params: PairParams,
    *,
    seed: int,
    confirmed: Mapping[str, Confirmed] | None = None,
) -> list[Pair]:
    """Pairs of every question whose chains disagree, at most `pairs_per_question` of each.

    No pair is made twice, and one whose texts more chains said is drawn more likely: of the paths that end in
    the majority's answer, the one that many took is likelier to be why. A chain without an answer can only
    lose. A unanimous question gives no pair, nor does one below the vote threshold or without any parseable
    chain.
    The draw depends on the seed and the question alone, not on the order or number of questions.

    Args:
        confirmed: {question id: what people say}. Of these questions the chains with the confirmed answer are
            preferred, whatever the vote: also where it is unanimous and wrong, or below the threshold.
    """
    by_question: defaultdict[str, list[Chain]] = defaultdict(list)
    for chain in chains:
        by_question[chain.question_id].append(chain)
    said = confirmed or {}
    pairs: list[Pair] = []
    for vote in votes:
        found = by_question[vote.question_id]
        if vote.question_id in said:
            pairs += _of_confirmed(found, vote, said[vote.question_id], params, seed=seed)
        elif _speaks(vote, params):
            pairs += _of_majority(found, vote, params, seed=seed)
    return pairs


def _of_majority(chains: Sequence[Chain], vote: Vote, params: PairParams, *, seed: int) -> list[Pair]:
    top = vote.majority
    said = Counter(chain.text for chain in chains)
    preferred = _texts(chain for chain in chains if chain.answer == top)
    return [
        _pair(vote, (chosen, top), (rejected, answer), _by_votes(vote, top, answer, params))
        for chosen, (rejected, answer) in _drawn(preferred, _others(chains, top), said, vote, params, seed)
    ]


def _of_confirmed(
    chains: Sequence[Chain], vote: Vote, said: Confirmed, params: PairParams, *, seed: int
) -> list[Pair]:
    """The confirmed answer against every other; nothing where the votes outweigh those who confirmed it."""
    sampled = _texts(chain for chain in chains if chain.answer == said.answer)
    preferred = [] if said.is_unreasoned else sampled
    if not preferred and said.written:
        preferred = [said.written]
    pairs = []
    times = Counter(chain.text for chain in chains)
    others = _others(chains, said.answer)
    for chosen, (rejected, answer) in _drawn(preferred, others, times, vote, params, seed):
        weight = said.weight + (1 - said.weight) * _by_votes(vote, said.answer, answer, params)
        if weight > 0:
            pairs.append(_pair(vote, (chosen, said.answer), (rejected, answer), weight, confirmed=True))
    return pairs


def _by_votes(vote: Vote, chosen: str | None, rejected: str | None, params: PairParams) -> float:
    """What the votes alone say for the one answer and against the other, in [-1, 1].

    Negative where they say the contrary, 0 where they do not count.
    """
    if not _speaks(vote, params):
        return 0.0
    if params.weighting == "margin":
        return (_votes(vote, chosen) - _votes(vote, rejected)) / vote.chains
    return float(chosen == vote.majority) - float(rejected == vote.majority)


def _speaks(vote: Vote, params: PairParams) -> bool:
    """The vote is clear enough to learn from."""
    return vote.majority is not None and vote.agreement >= params.vote_threshold


def _drawn(
    preferred: Sequence[str],
    others: Mapping[str, str | None],
    times: Mapping[str, int],
    vote: Vote,
    params: PairParams,
    seed: int,
) -> list[tuple[str, tuple[str, str | None]]]:
    """Some of the (preferred text, (other text, its answer)).

    Args:
        times: how many chains said a text; a written chain counts as one.
    """
    draw = random.Random(f"{seed}:{vote.question_id}")
    couples = [(chosen, other) for chosen in preferred for other in others.items()]
    # The largest of u ** (1 / weight) are a draw by weight without putting back (Efraimidis, Spirakis 2006).
    keys = [
        draw.random() ** (1 / (times.get(chosen, 1) * times.get(other, 1))) for chosen, (other, _) in couples
    ]
    order = sorted(range(len(couples)), key=lambda place: -keys[place])
    return [couples[place] for place in order[: params.pairs_per_question]]


def _texts(chains: Iterable[Chain]) -> list[str]:
    return list(dict.fromkeys(chain.text for chain in chains))


def _others(chains: Iterable[Chain], answer: str | None) -> dict[str, str | None]:
    """{text: answer} of the chains that answer otherwise, or not at all."""
    return {chain.text: chain.answer for chain in chains if chain.answer != answer}


def _votes(vote: Vote, answer: str | None) -> int:
    return vote.counts.get(answer, 0) if answer is not None else 0


def _pair(
    vote: Vote,
    chosen: tuple[str, str | None],
    rejected: tuple[str, str | None],
    weight: float,
    *,
    confirmed: bool = False,
) -> Pair:
    return Pair(
        question_id=vote.question_id,
        chosen=chosen[0],
        rejected=rejected[0],
        chosen_votes=_votes(vote, chosen[1]),
        rejected_votes=_votes(vote, rejected[1]),
        chains=vote.chains,
        weight=weight,
        confirmed=confirmed,
    )
