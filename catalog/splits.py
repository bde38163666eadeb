"""Which listings are gold, seed and pool: decided by stable hashes of their groups, never by order. Pure."""

import hashlib
import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from catalog.errors import CatalogError

RANK_BYTES = 8
RANKS = 2 ** (8 * RANK_BYTES)

Ranks = NDArray[np.uint64]
Flags = NDArray[np.bool_]


class Split(StrEnum):
    """Gold is never trained on, seed is labelled for SFT, the pool is unlabelled."""

    GOLD = "gold"
    SEED = "seed"
    POOL = "pool"


@dataclass(frozen=True, slots=True)
class Quota:
    """How much of a vertical a split takes: so many groups, or a share of them.

    A count is filled up: the groups that the split has already are part of it. A share, in [0, 1], decides
    each group by itself, whatever other groups there are. The seed set's share is of the groups that gold
    leaves.
    """

    groups: int = 0
    share: float | None = None

    def __str__(self) -> str:
        if self.share is None:
            return str(self.groups)
        return f"{(Decimal(str(self.share)) * 100).normalize():f}%"

    def less(self, taken: int) -> "Quota":
        """What is left of a count when the split has that many groups; a share is never used up."""
        return self if self.share is not None else Quota(max(0, self.groups - taken))


def parse_quota(text: str) -> Quota:
    """Read "20" as that many groups of each vertical, "5%" as that share of them.

    Raises:
        CatalogError: for anything else.
    """
    given = text.strip()
    if re.fullmatch(r"[0-9]{1,9}", given):
        return Quota(int(given))
    if share := re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]+)?)\s*%", given):
        percent = Decimal(share[1])
        if percent > 100:
            raise CatalogError(f"{text!r} is more than all groups: give a share from 0% to 100%")
        return Quota(share=float(percent / 100))
    raise CatalogError(
        f"{text!r} is no quota: give a number of groups of each vertical, such as 20, or a share, such as 5%"
    )


def split_rank(group_key: str, split: Split) -> int:
    """Where the group stands among all groups for this split, in [0, RANKS): gold takes the lowest first.

    It depends on nothing but the key, and never changes: the first bytes of a SHA-256.
    """
    digest = hashlib.sha256(f"{split}:{group_key}".encode()).digest()
    return int.from_bytes(digest[:RANK_BYTES])


def assign_ranks(gold_ranks: Ranks, seed_ranks: Ranks, *, gold: Quota, seed: Quota) -> tuple[Flags, Flags]:
    """Which of these new groups are gold and which are seed; the others are the pool.

    All arrays have shape (n,), a row for each group with its `split_rank` for gold and for seed. Gold chooses
    first. Rows in another order get the same; where there are fewer groups than asked for, all are taken.
    """
    in_gold = _taken(gold_ranks, gold)
    in_seed = np.zeros_like(in_gold)
    in_seed[~in_gold] = _taken(seed_ranks[~in_gold], seed)
    return in_gold, in_seed


def shortlist(gold_ranks: Ranks, seed_ranks: Ranks, *, gold: Quota, seed: Quota) -> Flags:
    """Which of these new groups can get into gold or seed: `assign_ranks` needs no others.

    Of a million groups that arrive in portions only a short list is kept: the list of the list before and the
    next portion is that of all of them.
    """
    if gold.share is not None:
        in_gold, in_seed = assign_ranks(gold_ranks, seed_ranks, gold=gold, seed=seed)
        return in_gold | in_seed
    # Gold may take the first choices of the seed set.
    enough = Quota(seed.groups + gold.groups, seed.share)
    return _taken(gold_ranks, gold) | _taken(seed_ranks, enough)


def _taken(ranks: Ranks, quota: Quota) -> Flags:
    taken: Flags = np.zeros(len(ranks), dtype=np.bool_)
    if quota.share is None:
        taken[np.argsort(ranks)[: quota.groups]] = True
    elif quota.share >= 1:
        taken[:] = True
    else:
        taken = ranks < np.uint64(quota.share * RANKS)
    return taken
