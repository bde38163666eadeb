"""Which listings are seed, gold and pool, when a folder of labelled listings stands in for the web app."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from training.ml.errors import DataError
from training.ml.records import Listing, Schema


@dataclass(frozen=True, slots=True)
class Splits:
    """Listings by role. Pool listings carry no answers."""

    seed: tuple[Listing, ...]
    gold: tuple[Listing, ...]
    pool: tuple[Listing, ...]
    reviewed: tuple[Listing, ...] = ()
    """Listings of the pool again, with the answers that reviewers confirmed and how far each is trusted."""


def split_listings(
    listings: Sequence[Listing], schema: Schema, *, labelled_per_vertical: int, gold_share: float, seed: int
) -> Splits:
    """Split by a stable hash of each listing's group, never by order; a group is never divided.

    Of a vertical's listings with answers, `gold_share` are gold; the seed set takes `labelled_per_vertical`
    of the others, or all where they are fewer; the pool is all else, and its answers are dropped.

    Raises:
        DataError: naming the vertical that is left without labelled listings, gold or pool.
    """
    by_vertical: defaultdict[str, list[Listing]] = defaultdict(list)
    for listing in listings:
        by_vertical[listing.vertical].append(listing)
    parts: dict[str, list[Listing]] = {"seed": [], "gold": [], "pool": []}
    for vertical in sorted(by_vertical):
        members = sorted(by_vertical[vertical], key=lambda one: (_rank(one, seed), one.listing_id))
        answered = sum(bool(listing.answers) for listing in members)
        wanted_gold = round(gold_share * answered)
        wanted_seed = min(labelled_per_vertical, answered - wanted_gold)
        counts = {"seed": 0, "gold": 0}
        role_of: dict[str, str] = {}
        for listing in members:
            group = listing.group or listing.listing_id
            if group not in role_of:
                role_of[group] = _next_role(listing, counts, wanted_gold, wanted_seed)
            role = role_of[group]
            if role in counts:
                counts[role] += 1
            parts[role].append(listing if role != "pool" else replace(listing, answers={}, evidence={}))
        _check(vertical, counts, members)
    if not parts["pool"]:
        raise DataError("the pool is empty: label fewer listings per vertical or add unlabelled listings")
    return Splits(*(tuple(parts[role]) for role in ("seed", "gold", "pool")))


def group_by(listings: Sequence[Listing], pattern: str) -> list[Listing]:
    """Set each listing's group to the first group of `pattern` in its id, or the whole match.

    Raises:
        DataError: when the pattern is no regular expression or matches no part of an id.
    """
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise DataError(f"group pattern {pattern!r} is no regular expression: {error}") from error
    grouped = []
    for listing in listings:
        match = expression.search(listing.listing_id)
        if match is None:
            raise DataError(f"group pattern {pattern!r} does not match listing id {listing.listing_id!r}")
        grouped.append(replace(listing, group=match.group(1) if expression.groups else match.group(0)))
    return grouped


def _next_role(listing: Listing, counts: dict[str, int], wanted_gold: int, wanted_seed: int) -> str:
    if not listing.answers:
        return "pool"
    if counts["seed"] < wanted_seed:
        return "seed"
    return "gold" if counts["gold"] < wanted_gold else "pool"


def _check(vertical: str, counts: dict[str, int], members: list[Listing]) -> None:
    for role, remedy in (
        ("seed", "label some of them"),
        ("gold", "label more of them or lower --labelled-per-vertical"),
    ):
        if not counts[role]:
            whose = f"vertical {vertical!r} ({len(members)} listings)"
            raise DataError(f"{whose} has no labelled listing for the {role} set: {remedy}")


def _rank(listing: Listing, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{listing.group or listing.listing_id}".encode()).hexdigest()
