"""Which listings are gold, seed and pool: decided by stable hashes of their groups, never by order. Pure."""

import hashlib
from collections.abc import Sequence
from enum import StrEnum


class Split(StrEnum):
    """Gold is never trained on, seed is labelled for SFT, the pool is unlabelled."""

    GOLD = "gold"
    SEED = "seed"
    POOL = "pool"


def is_gold(group_key: str, *, gold_share: float) -> bool:
    """The group is gold when gold takes this share, in [0, 1]; a larger share keeps a smaller one's."""
    return _hash(Split.GOLD, group_key) < gold_share * 2**256


def assign_splits(groups: Sequence[str], *, gold: int, seed: int) -> dict[str, Split]:
    """Give gold and seed that many of the groups each, and the pool the rest.

    Gold takes the groups with the lowest hash, seed the lowest of the others by a hash of its own. With fewer
    groups than asked for, gold comes first.
    """
    distinct = set(groups)
    in_gold = set(_lowest(distinct, Split.GOLD, gold))
    in_seed = set(_lowest(distinct - in_gold, Split.SEED, seed))
    return {
        group: Split.GOLD if group in in_gold else Split.SEED if group in in_seed else Split.POOL
        for group in groups
    }


def _lowest(groups: set[str], split: Split, count: int) -> list[str]:
    return sorted(groups, key=lambda group: _hash(split, group))[:count]


def _hash(split: Split, group_key: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{split}:{group_key}".encode()).digest())
