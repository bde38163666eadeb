"""Which values a seed set shows, and which listings may show those that are missing. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

SHORTEST = 2
"""Characters of a name that is looked for in titles: "A" is a value of some attributes, and a word."""

WORD = re.compile(r"\w+")

Shows = tuple[str, str]
"""(attribute code, value code)"""
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the labels of a seed set show of an attribute's values."""

    attribute: str
    """code"""
    counts: Mapping[str, int]
    """{value code: labelled listings}, of every value that is offered, in order"""

    @property
    def missing(self) -> list[str]:
        """Values that no labelled listing shows."""
        return [value for value, count in self.counts.items() if not count]

    @property
    def shown(self) -> int:
        """How many values at least one labelled listing shows."""
        return len(self.counts) - len(self.missing)


def coverage(
    attribute: str, offered: Iterable[str], answers: Iterable[tuple[Collection[str], int]]
) -> Coverage:
    """How many labelled listings show each offered value.

    Args:
        answers: (value codes of a label, how many labels say that).
    """
    counts = dict.fromkeys(offered, 0)
    for values, times in answers:
        for value in values:
            if value in counts:
                counts[value] += times
    return Coverage(attribute, counts)


class Titles:
    """Finds the names of values in titles: whole words, in their order, the longest name at each place."""

    def __init__(self, names: Iterable[tuple[str, Shows]]) -> None:
        """`names` are labels and synonyms with the value that each stands for."""
        self._shows: dict[Words, set[Shows]] = {}
        for name, shows in names:
            words = words_of(name)
            if sum(map(len, words)) >= SHORTEST:
                self._shows.setdefault(words, set()).add(shows)
        self._longest = max(map(len, self._shows), default=0)

    def shown(self, title: str) -> set[Shows]:
        """The values that the title names; "off white" does not name white."""
        words, found, place = words_of(title), set[Shows](), 0
        while place < len(words):
            step = 1
            for length in range(min(self._longest, len(words) - place), 0, -1):
                if shows := self._shows.get(words[place : place + length]):
                    found |= shows
                    step = length
                    break
            place += step
        return found


def words_of(text: str) -> Words:
    """The words of a text, whatever their case."""
    return tuple(WORD.findall(text.casefold()))


def hole_fillers(missing: Collection[Shows], hints: Mapping[int, Collection[Shows]], count: int) -> list[int]:
    """Listings that may show most of the missing values: greedy set cover.

    Args:
        missing: what no label shows.
        hints: {listing id: what something unconfirmed says it shows}.

    Returns:
        At most `count` listing ids, the best first; none that adds nothing.
    """
    open_holes, fillers = set(missing), list[int]()
    candidates = {
        listing: found for listing, shown in hints.items() if (found := open_holes.intersection(shown))
    }
    while open_holes and candidates and len(fillers) < count:
        best = min(candidates, key=lambda one: (-len(candidates[one] & open_holes), one))
        if not candidates[best] & open_holes:
            break
        open_holes -= candidates.pop(best)
        fillers.append(best)
    return fillers
