"""A simple stand-in for a model's votes and people's answers, drawn from the truth.

Of each question the model knows the right answer with a probability of its own (Beta distributed, 0.8 on
average); each of its eight chains gives the right answer with that probability, else another value by chance.
A value that the schema does not have is never among the answers: its chains fall on the values that there
are, in shares of a Dirichlet distribution drawn for the question. Of some listings people answer every
question, and find no value for one in a hundred; for a new value they say so as often as NOTICED.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.drift_study.photos import Shown
from training.ml.drift import Tally

CHAINS = 8
KNOWS = (6.0, 1.5)
"""Beta distribution of how well the model knows an answer."""
SPREAD = 0.7
"""Dirichlet distribution of the chains over values that are all wrong."""
ANSWERED = 30
"""Listings of a week that people answer, of each vertical."""
SLIPS = 0.01
NOTICED = 0.7


@dataclass(frozen=True, slots=True)
class Votes:
    """What a model and people say about some listings."""

    agreements: Mapping[str, list[float]]
    answers: Mapping[str, list[str]]
    asked: Mapping[str, Tally]


def votes_on(
    listings: Sequence[Shown],
    schema: Mapping[str, Sequence[str]],
    *,
    answered: int,
    random: np.random.Generator,
) -> Votes:
    """Votes on the listings under the schema {attribute: values}; people answer the first `answered`."""
    agreements: dict[str, list[float]] = {}
    answers: dict[str, list[str]] = {}
    asked: dict[str, Tally] = {}
    for attribute, values in schema.items():
        votes = [_vote(one.values[attribute], values, random) for one in listings]
        answers[attribute] = [top for top, _ in votes]
        agreements[attribute] = [count / CHAINS for _, count in votes]
        missing = [_is_missed(one.values[attribute], values, random) for one in listings[:answered]]
        asked[attribute] = Tally(sum(missing), len(missing))
    return Votes(agreements, answers, asked)


def _vote(truth: str, values: Sequence[str], random: np.random.Generator) -> tuple[str, int]:
    """The most frequent answer and its chains."""
    if truth in values:
        known = random.beta(*KNOWS)
        shares = [known if value == truth else (1 - known) / (len(values) - 1) for value in values]
    else:
        shares = random.dirichlet([SPREAD] * len(values)).tolist()
    chains = Counter(dict(zip(values, random.multinomial(CHAINS, shares).tolist(), strict=True)))
    return chains.most_common(1)[0]


def _is_missed(truth: str, values: Sequence[str], random: np.random.Generator) -> bool:
    return bool(random.random() < (SLIPS if truth in values else NOTICED))
