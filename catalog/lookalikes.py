"""Find listings whose photos look alike, and their titles with them. Pure.

Two photos look alike when their perceptual hashes differ in at most WITHIN of 64 bits. Other products of the
same kind, photographed in the same pose, come as near: titles tell them apart. So two listings are connected
when their titles are alike as well, or when one has no title and the photos differ in at most WITHIN_UNTITLED
bits.

A hash that more than COMMON listings show is a placeholder or a size chart: it only connects listings whose
titles have the same words. That also bounds the work: each other hash stands for a few listings.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from catalog.hamming import Hashes, near_pairs
from catalog.partitions import Parts, Rows, merged, parts_of_equals
from catalog.titles import TitleWords

WITHIN = 8
"""Bits. A photo that was made smaller, compressed or marked stays within it."""
WITHIN_UNTITLED = 2
"""Bits, where no title speaks for or against."""
ALIKE = 0.6
"""Of the words of two titles in both: of four words one may be another, such as a colour."""
COMMON = 20
LEAST_BITS = 16
"""A hash with fewer bits set, or unset, is of a plain surface, which looks like any other."""
PORTION = 1 << 15
"""Pairs of hashes at a time."""

Titles = Callable[[Rows], Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Links:
    """Rows of listings that look alike, `distance` bits apart."""

    left: Rows
    right: Rows
    distance: NDArray[np.uint8]


class Lookalikes:
    """The hashes of a vertical. A node is a hash with one of the families that show it."""

    def __init__(
        self, *, hashes: Hashes, rows: Rows, ids: NDArray[np.int64], same: Parts, titles: Titles
    ) -> None:
        """`hashes` and `rows` have shape (p,), the listing of each photo; `ids` and `same` (n,), listings."""
        bits = np.bitwise_count(hashes)
        usable = (bits >= LEAST_BITS) & (bits <= 64 - LEAST_BITS)
        rows = rows[usable]
        self._hashes, of_hash = np.unique(hashes[usable], return_inverse=True)
        # The first listing of a family, by id, speaks for it.
        order = np.lexsort((ids[rows], same[rows], of_hash))
        rows, of_hash = rows[order], of_hash[order]
        is_first = np.ones(len(rows), dtype=np.bool_)
        is_first[1:] = (of_hash[1:] != of_hash[:-1]) | (same[rows[1:]] != same[rows[:-1]])
        self._node_rows, self._node_hashes = rows[is_first], of_hash[is_first]
        self._counts = np.bincount(self._node_hashes, minlength=len(self._hashes))
        self._starts = np.cumsum(self._counts) - self._counts
        self._same = same
        self._titles = titles
        self._words = TitleWords()
        self._numbers = np.full(len(same), -1, dtype=np.intp)
        """Of the titles in `_words`, for each listing that was asked about."""

    def levels(self, tell: Callable[[], object]) -> list[Parts]:
        """The listings that photos at a distance of 0, 1, ... WITHIN bits connect, each level by itself."""
        found: list[_Links] = [self._same_title()]
        levels = [np.arange(len(self._same))] * (WITHIN + 1)
        for links in self._alike(tell):
            found.append(links)
            if sum(len(one.left) for one in found) > PORTION:
                levels, found = _with_links(levels, found), []
        return _with_links(levels, found)

    def _same_title(self) -> _Links:
        """Links between listings that show a common hash under a title with the same words."""
        common = np.flatnonzero(self._counts[self._node_hashes] > COMMON)
        rows = self._node_rows[common]
        keys = self._words.keys(self._title_numbers(rows))
        titled = keys != 0
        rows, pairs = rows[titled], np.stack([self._node_hashes[common][titled], keys[titled]])
        _, number = np.unique(pairs, axis=1, return_inverse=True)
        first = rows[parts_of_equals(number + 1)]
        return _Links(first, rows, np.zeros(len(rows), dtype=np.uint8))

    def _alike(self, tell: Callable[[], object]) -> Iterator[_Links]:
        rare = np.flatnonzero(self._counts <= COMMON)
        shared = rare[self._counts[rare] > 1]
        yield from self._linked(shared, shared, np.zeros(len(shared), dtype=np.uint8))
        for pairs in near_pairs(self._hashes[rare], within=WITHIN, tell=tell):
            yield from self._linked(rare[pairs.left], rare[pairs.right], pairs.distance)

    def _linked(self, left: Rows, right: Rows, distance: NDArray[np.uint8]) -> Iterator[_Links]:
        """The links between listings of these pairs of hashes."""
        for low, high in pairwise([*range(0, len(left), PORTION), len(left)]):
            links = self._between_nodes(left[low:high], right[low:high], distance[low:high])
            likeness = self._words.likeness(self._title_numbers(links.left), self._title_numbers(links.right))
            alike = np.where(np.isnan(likeness), links.distance <= WITHIN_UNTITLED, likeness >= ALIKE)
            yield _Links(links.left[alike], links.right[alike], links.distance[alike])

    def _between_nodes(self, left: Rows, right: Rows, distance: NDArray[np.uint8]) -> _Links:
        """Each node of the left hash with each of the right one, unless they are of one family."""
        width = self._counts[right]
        products = self._counts[left] * width
        pair = np.repeat(np.arange(len(left)), products)
        place = np.arange(len(pair)) - np.repeat(np.cumsum(products) - products, products)
        one = self._node_rows[self._starts[left][pair] + place // width[pair]]
        other = self._node_rows[self._starts[right][pair] + place % width[pair]]
        apart = self._same[one] != self._same[other]
        return _Links(one[apart], other[apart], distance[pair[apart]])

    def _title_numbers(self, rows: Rows) -> Rows:
        unknown = np.unique(rows[self._numbers[rows] < 0])
        self._numbers[unknown] = np.arange(len(unknown)) + len(self._words)
        self._words.add(self._titles(unknown) if len(unknown) else [])
        return self._numbers[rows]


def _with_links(levels: Sequence[Parts], found: Sequence[_Links]) -> list[Parts]:
    left, right, distance = (
        np.concatenate([getattr(links, name) for links in found]) for name in ("left", "right", "distance")
    )
    return [
        merged(level, left[distance == bits], right[distance == bits]) for bits, level in enumerate(levels)
    ]
