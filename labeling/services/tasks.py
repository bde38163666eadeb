"""Writes of tasks: what people are asked to look at, and how many turns there are at it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from catalog.models import Listing
from labeling.models import Purpose, PurposeRule, Task, TaskStatus, Turn
from labeling.queue import is_open

BATCH = 1000


@transaction.atomic
def tasks_open(
    *, listing_ids: Sequence[int], purpose: Purpose, priority: int = 0, asks: Sequence[str] = ()
) -> int:
    """Ask people to look at these listings; returns how many were not asked for with this purpose already.

    Retired and unknown listings are passed over. Higher priority comes first. `asks` are the codes of the
    attributes in question, by default all of them.
    """
    # Whoever changes the rule at the same time waits, so that no task has the turns of a rule that is gone.
    held = PurposeRule.objects.select_for_update(no_key=True).filter(purpose=purpose).first()
    overlap = held.overlap if held else 1
    opened = 0
    for start in range(0, len(listing_ids), BATCH):
        batch = listing_ids[start : start + BATCH]
        # Whoever sends the same listings at the same time waits here, and then finds their tasks.
        rows = Listing.objects.select_for_update(no_key=True).filter(pk__in=batch, retired=False)
        wanted = dict(rows.order_by("pk").values_list("pk", "vertical_id"))
        there = Task.objects.filter(listing__in=batch, purpose=purpose, status=TaskStatus.OPEN)
        missing = sorted(wanted.keys() - set(there.order_by().values_list("listing_id", flat=True)))
        tasks = Task.objects.bulk_create(
            Task(listing_id=pk, purpose=purpose, priority=priority, asks=list(asks)) for pk in missing
        )
        Turn.objects.bulk_create(
            turn_of(task, vertical_id=wanted[task.listing_id], number=number)
            for task in tasks
            for number in range(1, overlap + 1)
        )
        opened += len(tasks)
    return opened


def tasks_hold(tasks: QuerySet[Task]) -> dict[int, list[Task]]:
    """{listing: its tasks} of the listings of these tasks, held until the transaction ends.

    Two who hold several cannot wait for each other, for they are taken in order.
    """
    rows = Task.objects.select_for_update(no_key=True).filter(listing__in=tasks.values("listing"))
    held = defaultdict[int, list[Task]](list)
    for task in rows.order_by("pk"):
        held[task.listing_id].append(task)
    return held


def turns_fit(*, task: Task, overlap: int) -> tuple[list[Turn], int]:
    """Bring the turns of a task that is held to the overlap.

    As soon as enough people have finished, no other turn is offered, though whoever has one may finish it.
    Before that, turns that are missing are added and idle ones too many are withdrawn.

    Returns:
        The turns that are finished, and how many are still to be.
    """
    turns = list(task.turns.order_by("number"))
    finished = [turn for turn in turns if turn.finished]
    waiting = [turn for turn in turns if not turn.finished and not turn.withdrawn]
    wanted = max(overlap - len(finished), 0)
    if not wanted:
        _withdraw(task.turns.all())
        return finished, 0
    if len(waiting) > wanted:
        idle = [turn.pk for turn in reversed(waiting) if turn.person_id is None]
        # Whoever claims one of them just now keeps it.
        surplus = task.turns.filter(pk__in=idle[: len(waiting) - wanted], person=None)
        return finished, len(waiting) - _withdraw(surplus)
    if len(waiting) < wanted and task.status == TaskStatus.OPEN and not task.listing.retired:
        _turns_add(task, turns, wanted - len(waiting))
        return finished, wanted
    return finished, len(waiting)


def turns_withdraw(*, listing_ids: Collection[int]) -> int:
    """Offer no turn at these listings any more, as when they are retired; whoever has one may finish it."""
    return _withdraw(Turn.objects.filter(is_open(), task__listing__pk__any_of=list(listing_ids)))


def turns_restore(*, listing_ids: Collection[int]) -> int:
    """Offer the turns at these listings again that were withdrawn, as when they are taken back into use."""
    restored = 0
    for rule in PurposeRule.objects.all():
        turns = Turn.objects.filter(
            task__listing__pk__any_of=list(listing_ids), task__status=TaskStatus.OPEN, finished=None
        )
        turns = turns.filter(purpose=rule.purpose, number__lte=rule.overlap).exclude(withdrawn=None)
        restored += turns.update(withdrawn=None)
    return restored


def _withdraw(turns: QuerySet[Turn]) -> int:
    return turns.filter(is_open()).update(withdrawn=timezone.now())


def _turns_add(task: Task, turns: Sequence[Turn], count: int) -> None:
    """Offer turns again that were withdrawn and that nobody has, and then new ones."""
    idle = [turn.pk for turn in turns if turn.withdrawn and turn.person_id is None][:count]
    Turn.objects.filter(pk__in=idle).update(withdrawn=None)
    last = max((turn.number for turn in turns), default=0)
    vertical_id = task.listing.vertical_id
    numbers: Iterable[int] = range(last + 1, last + 1 + count - len(idle))
    Turn.objects.bulk_create(turn_of(task, vertical_id=vertical_id, number=number) for number in numbers)


def turn_beside(turn: Turn, *, person: User, finished: datetime, seconds: float) -> None:
    """A finished turn of somebody else at the same task, beside those that there are."""
    last = Turn.objects.filter(task=turn.task_id).aggregate(last=Max("number"))["last"]
    beside = turn_of(turn.task, vertical_id=turn.vertical_id, number=last + 1)
    beside.person, beside.finished, beside.seconds = person, finished, seconds
    beside.save()


def turn_of(task: Task, *, vertical_id: int, number: int) -> Turn:
    """A new turn at the task, which is about a listing of this vertical; not saved yet."""
    return Turn(
        task=task, number=number, purpose=task.purpose, vertical_id=vertical_id, priority=task.priority
    )
