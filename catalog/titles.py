"""When two titles are alike: they share most of their words, whatever the size, number or order. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]

SIZES = frozenset({"size", "xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl"})
WORD = re.compile(r"[^\W_]+")


def title_words(title: str) -> frozenset[str]:
    """The words that tell products apart: no sizes, and nothing with a digit, such as measures.

    A title that has only such words keeps them all.
    """
    words = frozenset(WORD.findall(unicodedata.normalize("NFKC", title).casefold()))
    telling = {word for word in words if word not in SIZES and not any(map(str.isdigit, word))}
    return frozenset(telling) or words


def flat_text(text: str) -> str:
    """The text whatever its case and spacing."""
    return " ".join(text.casefold().split())


def stable_number(text: str) -> int:
    """A signed number of 64 bits that stands for the text, the same in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), signed=True)


class TitleWords:
    """The words of titles as numbers, a few bytes a word, so that many pairs are compared at once.

    A word is its CRC-32: two words of one pair are mixed up once in thousands of millions.
    """

    def __init__(self) -> None:
        self._words: NDArray[np.uint32] = np.empty(0, dtype=np.uint32)
        self._starts: Rows = np.zeros(1, dtype=np.intp)
        self._keys: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, titles: Sequence[str]) -> None:
        """Append titles; the first gets the number that was the length before."""
        sets = [title_words(title) for title in titles]
        words = [crc32(word.encode()) for words in sets for word in words]
        ends = self._starts[-1] + np.cumsum([len(words) for words in sets], dtype=np.intp)
        keys = [stable_number(" ".join(sorted(words))) if words else 0 for words in sets]
        self._words = np.concatenate([self._words, np.array(words, dtype=np.uint32)])
        self._starts = np.concatenate([self._starts, ends])
        self._keys = np.concatenate([self._keys, np.array(keys, dtype=np.int64)])

    def keys(self, numbers: Rows) -> NDArray[np.int64]:
        """For each title a number that stands for its words; 0 where it has none."""
        return self._keys[numbers]

    def likeness(self, left: Rows, right: Rows) -> NDArray[np.float64]:
        """Words in common / words in either (Jaccard) of each pair: 0 to 1, NaN where a title has none."""
        counts = np.diff(self._starts)
        # A title has each word once, so a word that a pair has twice is one of both titles.
        together = np.concatenate([self._words_of(left), self._words_of(right)])
        together.sort()
        twice = together[1:][together[1:] == together[:-1]] >> np.uint64(32)
        common = np.bincount(twice.astype(np.intp), minlength=len(left))
        either = counts[left] + counts[right] - common
        likeness = common / np.maximum(either, 1)
        likeness[(counts[left] == 0) | (counts[right] == 0)] = np.nan
        return likeness

    def _words_of(self, numbers: Rows) -> NDArray[np.uint64]:
        """All words of these titles, each below the place in `numbers` of its title: place << 32 | word."""
        counts = np.diff(self._starts)[numbers]
        places = np.repeat(np.arange(len(numbers), dtype=np.uint64), counts)
        offsets = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
        words: NDArray[np.uint64] = places << np.uint64(32)
        words |= self._words[np.repeat(self._starts[numbers], counts) + offsets]
        return words
