"""How many values a seed set shows that was chosen by each rule, where the answers are known already.

It chooses as if nothing were labelled yet, goes by claims that came with listings, and changes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from catalog.models import Listing, Vertical
from catalog.schema.spec import VerticalSpec
from labeling.coverage import Shows
from labeling.seeding import Rule
from labeling.selectors.seeds import seed_candidates, seeds_there
from labeling.services.seeds import Pool, looks_of


@dataclass(frozen=True, slots=True)
class Study:
    """What was found for a vertical."""

    vertical: str
    listings: int
    """to choose from"""
    values: int
    """that at least one of them shows"""
    shares: Mapping[Rule, Sequence[float]]
    """{rule: share of these values that the chosen listings show}, one for each draw"""


def seed_study(vertical: Vertical, spec: VerticalSpec, *, size: int, draws: int) -> Study:
    """Choose `size` seeds by each rule, at random `draws` times."""
    pool = _pool(vertical)
    shows = _claimed(pool.candidates, spec)
    reachable = set[Shows]().union(*shows.values())

    def share(chosen: Sequence[int]) -> float:
        return len(set[Shows]().union(*(shows[pk] for pk in chosen))) / len(reachable) if reachable else 0.0

    shares = {
        rule: [
            share(pool.choose(size, rule=rule, draw=draw))
            for draw in range(draws if rule is Rule.RANDOM else 1)
        ]
        for rule in Rule
    }
    return Study(vertical.label, len(pool.candidates), len(reachable), shares)


def _pool(vertical: Vertical) -> Pool:
    """Everything as if none of it were in the seed set yet."""
    ids = sorted([*seeds_there(vertical), *seed_candidates(vertical)])
    looks = looks_of(ids)
    known = [pk for pk in ids if pk in looks]
    rows = np.stack([looks[pk] for pk in known]) if known else np.empty((0, 0), dtype=np.float32)
    return Pool((), tuple(known), rows)


def _claimed(listing_ids: Collection[int], spec: VerticalSpec) -> dict[int, set[Shows]]:
    """{listing: the values that came with it}, of attributes that are asked."""
    offered = {(attribute.code, value.code) for attribute in spec.asked for value in attribute.offered}
    rows = Listing.objects.filter(pk__in=listing_ids).values_list("pk", "claims")
    return {
        pk: {(code, value) for code, claim in claims.items() for value in claim["values"]} & offered
        for pk, claims in rows
    }
