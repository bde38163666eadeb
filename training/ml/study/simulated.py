"""A sampler as good as a model of 3 B parameters is, made up: votes from a stated model of difficulty.

What makes a question hard adds up on the scale of log-odds: its attribute, its listing's photos, itself. A
chain gives the true answer with the chance that comes of it, else most often the one answer that the truth is
confused with. In some questions the model is misled: chains then agree on a wrong answer as readily as they
else do on the right one, which no disagreement shows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from training.ml.records import JsonRecord
from training.ml.study.known import Known


@dataclass(frozen=True, slots=True)
class SimulatedParams(JsonRecord):
    """The model of difficulty; deviations are of normal distributions, on the scale of log-odds."""

    verticals: int = 12
    attributes: int = 4
    """Of each vertical."""
    listings: int = 400
    """Of each vertical."""
    values: int = 5
    """Allowed values of each attribute."""
    chains: int = 8
    ease: float = 2.8
    """Mean over attributes."""
    attribute_sd: float = 1.4
    listing_sd: float = 0.8
    question_sd: float = 2.0
    misled: float = 0.02
    """Median share of an attribute's questions in which the model is misled."""
    misled_sd: float = 1.0
    confused: float = 0.7
    """Share of a question's wrong chains that give the one confusing answer."""


def simulate(params: SimulatedParams, *, seed: int) -> list[Known]:
    """All questions of a made-up catalogue; each seed makes another one, with other attributes."""
    chance = np.random.default_rng(seed)
    questions = []
    for vertical in range(params.verticals):
        eases = chance.normal(params.ease, params.attribute_sd, params.attributes)
        misled = params.misled * np.exp(chance.normal(0, params.misled_sd, params.attributes))
        photos = chance.normal(0, params.listing_sd, params.listings)
        for attribute in range(params.attributes):
            ease = eases[attribute] + photos + chance.normal(0, params.question_sd, params.listings)
            is_misled = chance.random(params.listings) < misled[attribute]
            for listing in range(params.listings):
                questions.append(
                    _question(
                        (f"v{vertical}", f"a{attribute}", listing),
                        1 / (1 + np.exp(-ease[listing])),
                        bool(is_misled[listing]),
                        params,
                        chance,
                    )
                )
    return questions


def _question(
    key: tuple[str, str, int],
    ease: float,
    is_misled: bool,
    params: SimulatedParams,
    chance: np.random.Generator,
) -> Known:
    vertical, attribute, listing = key
    allowed = tuple(f"value {number}" for number in range(params.values))
    truth = int(chance.integers(params.values))
    confusing = (truth + 1) % params.values
    main, other = (confusing, truth) if is_misled else (truth, confusing)
    rest = (1 - ease) * (1 - params.confused) / (params.values - 2)
    shares = np.full(params.values, rest)
    shares[main], shares[other] = ease, (1 - ease) * params.confused
    drawn = chance.multinomial(params.chains, shares)
    counts = Counter({allowed[at]: int(count) for at, count in enumerate(drawn) if count})
    return Known(
        question_id=f"{vertical}-{listing}/{attribute}",
        group=f"{vertical}-{listing}",
        vertical=vertical,
        attribute=attribute,
        allowed=allowed,
        truth=allowed[truth],
        counts=dict(counts.most_common()),
        chains=params.chains,
    )
