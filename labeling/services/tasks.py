"""Writes of tasks: what people are asked to look at."""

from collections.abc import Sequence

from django.db import transaction

from catalog.models import Listing
from labeling.models import Purpose, Task, TaskStatus
from labeling.queue import rule_of, turns_add

BATCH = 1000


@transaction.atomic
def tasks_open(
    *, listing_ids: Sequence[int], purpose: Purpose, priority: int = 0, asks: Sequence[str] = ()
) -> int:
    """Ask people to look at these listings; returns how many were not asked for with this purpose already.

    Retired and unknown listings are passed over. Higher priority comes first. `asks` are the codes of the
    attributes in question, by default all of them.
    """
    turns = range(1, rule_of(purpose).overlap + 1)
    opened = 0
    for start in range(0, len(listing_ids), BATCH):
        batch = listing_ids[start : start + BATCH]
        # Whoever sends the same listings at the same time waits here, and then finds their tasks.
        rows = Listing.objects.select_for_update().filter(pk__in=batch, retired=False).order_by("pk")
        wanted = set(rows.values_list("pk", flat=True))
        there = Task.objects.filter(listing__in=batch, purpose=purpose, status=TaskStatus.OPEN)
        missing = sorted(wanted - set(there.order_by().values_list("listing_id", flat=True)))
        tasks = Task.objects.bulk_create(
            Task(listing_id=pk, purpose=purpose, priority=priority, asks=list(asks)) for pk in missing
        )
        turns_add(tasks, turns)
        opened += len(tasks)
    return opened
