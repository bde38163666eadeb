"""Leased work as plain data, for the page of who labels and for programs."""

from collections.abc import Collection, Sequence
from typing import Any

from django.contrib.auth.models import User

from labeling import queue
from labeling.access import purposes_of
from labeling.items import items_of
from labeling.selectors.work import waiting_counts

MOST_ITEMS = 10


def items_lease(
    *,
    person: User,
    purposes: Sequence[str],
    vertical_id: int | None,
    count: int,
    have: Collection[int] = (),
) -> dict[str, Any]:
    """Lease up to `count` items: {items, more}; without any also {waiting}, which says why.

    Args:
        have: turns that the person's window has already.

    Raises:
        LabelingError: for purposes that the person may not work on.
    """
    wanted = queue.wanted(allowed=purposes_of(person), purposes=purposes, vertical_id=vertical_id)
    leases = queue.turns_claim(person=person, wanted=wanted, count=count, except_turns=have)
    answer = {"items": items_of(person=person, leases=leases), "more": len(leases) == count}
    return answer if leases else answer | {"waiting": waiting_counts(person=person, wanted=wanted)}
