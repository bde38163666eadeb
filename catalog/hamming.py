"""Find all pairs of 64-bit hashes that differ in few bits, without comparing every pair. Pure.

Multi-index hashing (Norouzi, Punjani and Fleet, arXiv 1307.2982) in a form for pairs. The 64 bits are cut
into `within` + KEPT bands. Two hashes that differ in at most `within` bits differ in at most as many bands,
so at least KEPT bands are the same in both. Every choice of KEPT bands makes a table whose buckets hold the
hashes that agree in them: each pair that is looked for meets in some bucket, and only hashes of one bucket
are compared. Nothing is missed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Rows = NDArray[np.intp]
Keys = NDArray[np.uint16]

BITS = 64
KEPT = 3
"""Bands of a key. With more of them buckets are smaller and tables more."""
FOLD = np.uint32(0x5BD1)
"""Keys of a few bits more than 16 are folded into 16, which numpy sorts four times as fast."""
LARGEST = np.iinfo(np.uint16).max
PORTION = 1 << 16
"""Comparisons at a time: few enough for the processor's cache."""
YIELDED = 1 << 20
"""Pairs at a time, at least, which bounds the memory."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows that are near each other, `distance` bits apart."""

    left: Rows
    right: Rows
    distance: NDArray[np.uint8]


def near_pairs(hashes: Hashes, *, within: int, tell: Callable[[], object]) -> Iterator[Pairs]:
    """Yield every pair of rows whose hashes differ in at most `within` bits, once, in portions.

    `hashes` has shape (n,) and no value twice. `tell` is called before each table; there are 165 `within` 8.
    """
    if len(hashes) < 2:
        return
    bands = [range(first, BITS, within + KEPT) for first in range(within + KEPT)]
    values = [_gathered(hashes, band) for band in bands]
    for chosen in combinations(range(len(bands)), KEPT):
        tell()
        keys = _folded([values[at] for at in chosen], [bands[at] for at in chosen])
        order, sizes, longest = _in_buckets(keys)
        table = hashes[order]
        agreeing = _mask([bit for at in chosen for bit in bands[at]])
        earlier = [_mask(bands[at]) for at in range(chosen[-1]) if at not in chosen]
        for left, right in _close(table, sizes, longest, within):
            differing = table[left] ^ table[right]
            # A pair that agrees in more bands meets in several tables: the first of them counts.
            first = (differing & agreeing) == 0
            for mask in earlier:
                first &= (differing & mask) != 0
            yield Pairs(order[left[first]], order[right[first]], np.bitwise_count(differing[first]))


def _gathered(hashes: Hashes, band: Sequence[int]) -> NDArray[np.uint32]:
    """The band's bits of each hash, side by side."""
    gathered = np.zeros(len(hashes), dtype=np.uint32)
    for place, bit in enumerate(band):
        gathered |= ((hashes >> np.uint64(bit)) & np.uint64(1)).astype(np.uint32) << np.uint32(place)
    return gathered


def _mask(bits: Sequence[int]) -> np.uint64:
    return np.uint64(sum(1 << bit for bit in bits))


def _folded(values: Sequence[NDArray[np.uint32]], bands: Sequence[Sequence[int]]) -> Keys:
    key = np.zeros_like(values[0])
    for value, band in zip(values, bands, strict=True):
        key = (key << np.uint32(len(band))) | value
    return (key ^ ((key >> np.uint32(16)) * FOLD)).astype(np.uint16)


def _in_buckets(keys: Keys) -> tuple[Rows, Keys, int]:
    """Rows bucket by bucket, the small buckets first; for each the size of its bucket; the largest size.

    Sizes beyond 16 bits count as LARGEST.
    """
    order = np.argsort(keys, kind="stable")
    changes = np.flatnonzero(keys[order[1:]] != keys[order[:-1]]) + 1
    lengths = np.diff(changes, prepend=0, append=len(keys))
    sizes = np.repeat(np.minimum(lengths, LARGEST).astype(np.uint16), lengths)
    by_size = np.argsort(sizes, kind="stable")
    return order[by_size], sizes[by_size], int(lengths.max())


def _close(table: Hashes, sizes: Keys, longest: int, within: int) -> Iterator[tuple[Rows, Rows]]:
    """Places of the table that are near each other and in one bucket; some of the next bucket come along.

    Each pass compares all places with those `step` further on, from where buckets are larger than that. Going
    along the memory is many times as fast as picking the members of each bucket.
    """
    begins = np.searchsorted(sizes, np.minimum(np.arange(2, longest + 1), LARGEST).astype(np.uint16))
    found: list[tuple[Rows, Rows]] = []
    waiting = 0
    for step, begin in enumerate(begins.tolist(), 1):
        for low in range(begin, len(table) - step, PORTION):
            high = min(low + PORTION, len(table) - step)
            near = np.bitwise_count(table[low:high] ^ table[low + step : high + step]) <= within
            if near.any():
                left = np.flatnonzero(near) + low
                found.append((left, left + step))
                waiting += len(left)
        if waiting >= YIELDED:
            yield _joined(found)
            found, waiting = [], 0
    if found:
        yield _joined(found)


def _joined(found: Sequence[tuple[Rows, Rows]]) -> tuple[Rows, Rows]:
    return np.concatenate([left for left, _ in found]), np.concatenate([right for _, right in found])
