"""Which reviews come first: by value, without letting one confusion fill the queue; over a stream."""

from __future__ import annotations

from training.ml.routing import Routed


class ReviewQueue:
    """The best `size` of the questions for review that were added, in memory of that order.

    The n-th best question of a confusion (an attribute and the two answers that chains waver between) is worth
    its value / (1 + n)^fading, n from 0: a verdict teaches less when others have settled the like of it. The
    order is that of these worths, so ten million questions may stream by.
    """

    def __init__(self, size: int, *, fading: float = 0.5) -> None:
        raise NotImplementedError

    def add(self, one: Routed) -> None:
        """Take notice of a question; those that are not for review are passed over."""
        raise NotImplementedError

    def ordered(self) -> list[Routed]:
        """The best `size`, the one worth most first; equal ones by question id. A day's work is the next
        `RoutingParams.per_day` of them."""
        raise NotImplementedError
