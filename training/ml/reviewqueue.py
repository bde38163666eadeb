"""Which reviews come first: by value, without letting one confusion fill the queue; over a stream."""

from __future__ import annotations

from collections import defaultdict

from training.ml.errors import DataError
from training.ml.routing import Confusion, Route, Routed

FADING = 0.5


class ReviewQueue:
    """The best `size` of the questions that were added, held in memory of that order.

    The n-th best question of a confusion (an attribute and the two answers that chains waver between) is
    worth its value / (1 + n)^fading, n from 0: a verdict teaches less when others have settled the like of
    it. Ten million questions may stream by, since what is not among the best now never will be: each further
    question can only move others of its confusion down.
    """

    def __init__(self, size: int, *, fading: float = FADING) -> None:
        if size < 1 or not fading >= 0:
            raise DataError(f"a queue of {size} with fading {fading}: give a size from 1 and a fading from 0")
        self._size = size
        self._fading = fading
        self._held: list[Routed] = []

    def add(self, one: Routed) -> None:
        """Take notice of a question; those that are not for review are passed over."""
        if one.route != Route.REVIEW:
            return
        self._held.append(one)
        if len(self._held) >= 3 * self._size + 1000:
            self._held = self.ordered()

    def ordered(self) -> list[Routed]:
        """The best `size`, the one worth most first; equal ones by question id.

        A day's work is the next `RoutingParams.per_day` of them.
        """
        ranks = defaultdict[Confusion, int](int)
        worth: list[tuple[float, str, Routed]] = []
        for one in sorted(self._held, key=lambda one: (-one.value, one.question_id)):
            worth.append((-one.value / (1 + ranks[one.confusion]) ** self._fading, one.question_id, one))
            ranks[one.confusion] += 1
        return [one for *_, one in sorted(worth, key=lambda row: row[:2])[: self._size]]
