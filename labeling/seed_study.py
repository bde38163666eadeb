"""How many values a seed set shows that was chosen by each rule, where the answers are known already.

It chooses as if nothing were labelled yet, goes by claims that came with listings, and changes nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from random import Random

import numpy as np

from catalog.models import Listing, Vertical
from catalog.schema.spec import VerticalSpec
from labeling.coverage import Shows, hole_fillers
from labeling.seeding import Rule
from labeling.selectors.seeds import seed_candidates, seeds_there
from labeling.services.seeds import Pool, looks_of

DRAWS = 20
"""Times that hints are made up."""

Showing = Mapping[int, Set[Shows]]
"""{listing: values}"""


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
    coached: Sequence[float]
    """the same of half typical ones and half that fill holes by hints"""


def seed_study(
    vertical: Vertical, spec: VerticalSpec, *, size: int, draws: int, right: float = 0.75
) -> Study:
    """Choose `size` seeds by each rule, at random `draws` times.

    Args:
        right: probability that a hint is right, in [0, 1]; a wrong one is any value of its attribute.
    """
    pool = _pool(vertical)
    shows = _claimed(pool.candidates, spec)
    reachable = _all(shows.values())

    def share(chosen: Sequence[int]) -> float:
        return len(_all(shows[pk] for pk in chosen)) / len(reachable) if reachable else 0.0

    shares = {
        rule: [
            share(pool.choose(size, rule=rule, draw=draw))
            for draw in range(draws if rule is Rule.RANDOM else 1)
        ]
        for rule in Rule
    }
    coached = [share(_coached(pool, shows, _hints(shows, spec, right, draw), size)) for draw in range(DRAWS)]
    return Study(vertical.label, len(pool.candidates), len(reachable), shares, coached)


def _coached(pool: Pool, shows: Showing, hints: Showing, size: int) -> list[int]:
    """Half by k-median; when they are labelled, those that seem to show what is missing."""
    chosen = pool.choose(size // 2, rule=Rule.TYPICAL)
    holes = _all(hints.values()) - _all(shows[pk] for pk in chosen)
    others = {pk: of for pk, of in hints.items() if pk not in chosen}
    chosen += hole_fillers(holes, others, size - len(chosen))
    return chosen + pool.choose(size - len(chosen), rule=Rule.TYPICAL, chosen=chosen)


def _hints(shows: Showing, spec: VerticalSpec, right: float, draw: int) -> Showing:
    """What something says that is right so often."""
    random = Random(draw)
    offered = {attribute.code: [value.code for value in attribute.offered] for attribute in spec.asked}
    return {
        pk: {
            (code, value if random.random() < right else random.choice(offered[code]))
            for code, value in sorted(of)
        }
        for pk, of in shows.items()
    }


def _all(shows: Iterable[Set[Shows]]) -> set[Shows]:
    return set[Shows]().union(*shows)


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
