"""A draw from a stream that is the same however often it is made, in memory of what is drawn."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Drawn(Generic[T]):
    """What was drawn."""

    rows: list[T]
    """In the order in which they came."""
    of: int
    """How many came."""


def stable_draw(rows: Iterable[T], most: int, *, seed: int, name: Callable[[T], str]) -> Drawn[T]:
    """At most `most` of the rows: those with the smallest hash of seed and name, as good as by chance.

    Whether a row is drawn depends on the seed and the names alone, not on the order of the rows.
    """
    heap: list[tuple[int, str, int, T]] = []
    count = 0
    for row in rows:
        named = name(row)
        digest = hashlib.sha256(f"{seed}:{named}".encode()).digest()
        entry = (-int.from_bytes(digest[:8]), named, -count, row)
        if len(heap) < most:
            heapq.heappush(heap, entry)
        elif most and entry > heap[0]:
            heapq.heapreplace(heap, entry)
        count += 1
    return Drawn([row for _, _, place, row in sorted(heap, key=lambda one: -one[2])], count)
