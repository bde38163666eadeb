"""Questions about many listings, each made when it is asked for."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import overload

from training.ml.pool import verticals_of
from training.ml.records import Listing, Question, Schema, questions_of

CHUNK = 512
"""Listings that are read together when all questions are gone through."""


class Questions(Sequence[Question]):
    """Every question about these listings, in their order: eight bytes each listing, and what is asked for.

    Args:
        listings: in memory or in files.
        answered: only the questions whose answer is known; for that, listings are in memory.
    """

    def __init__(self, listings: Sequence[Listing], schema: Schema, *, answered: bool = False) -> None:
        self._listings, self._schema, self._answered = listings, schema, answered
        counts = (
            (len(self._of([listing])) for listing in listings)
            if answered
            else (len(schema[vertical]) for vertical in verticals_of(listings))
        )
        self._starts = array("q", accumulate(counts, initial=0))

    def __len__(self) -> int:
        return self._starts[-1]

    @overload
    def __getitem__(self, place: int) -> Question: ...
    @overload
    def __getitem__(self, place: slice) -> list[Question]: ...
    def __getitem__(self, place: int | slice) -> Question | list[Question]:
        if isinstance(place, int):
            number = range(len(self))[place]
            return self[number : number + 1][0]
        start, stop, step = place.indices(len(self))
        if start >= stop:
            return []
        first, last = bisect_right(self._starts, start) - 1, bisect_left(self._starts, stop)
        found = self._of(self._listings[first:last])
        return found[start - self._starts[first] : stop - self._starts[first] : step]

    def __iter__(self) -> Iterator[Question]:
        for first in range(0, len(self._listings), CHUNK):
            yield from self._of(self._listings[first : first + CHUNK])

    def cuts(self, listings: int) -> Iterator[tuple[int, int]]:
        """(first question, questions) of so many listings each; those without a question count for none."""
        firsts = [start for start, end in zip(self._starts, self._starts[1:], strict=False) if start < end]
        for place in range(0, len(firsts), listings):
            following = place + listings
            end = firsts[following] if following < len(firsts) else len(self)
            yield firsts[place], end - firsts[place]

    def _of(self, listings: Sequence[Listing]) -> list[Question]:
        return questions_of(listings, self._schema, answered=self._answered)
