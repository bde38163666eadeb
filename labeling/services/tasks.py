"""Writes of tasks: what people are asked to look at, and how many turns there are at it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, Max, OuterRef, QuerySet
from django.utils import timezone

from catalog.models import Listing
from labeling.models import Annotation, Purpose, PurposeRule, Task, TaskStatus, Turn
from labeling.queue import is_open, is_unleased
from labeling.second import needed, overlap_needed

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
    rule = held or PurposeRule(purpose=purpose)
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
            for number in range(1, needed(rule, task.pk).overlap + 1)
        )
        opened += len(tasks)
    return opened


@transaction.atomic
def tasks_take_back(*, task_ids: Collection[int]) -> set[int]:
    """Ask no more what nobody has begun: the open tasks among these that are deleted.

    A task stays that somebody has a turn at, had one at and may still finish, or answered.
    """
    tasks = Task.objects.filter(pk__any_of=list(task_ids), status=TaskStatus.OPEN)
    tasks_hold(tasks)
    # Whoever claims a turn at this moment passes over those that are held.
    turns = Turn.objects.select_for_update(of=("self",)).filter(task__in=tasks).order_by("pk")
    begun = {turn.task_id for turn in turns if turn.person_id is not None}
    begun |= set(Annotation.objects.filter(task__in=tasks).values_list("task_id", flat=True))
    gone = set(tasks.values_list("pk", flat=True)) - begun
    Task.objects.filter(pk__any_of=list(gone)).delete()
    return gone


def tasks_hold(tasks: QuerySet[Task]) -> None:
    """Hold every task of the listings of these tasks until the transaction ends.

    Two who hold several cannot wait for each other, for they are taken in order.
    """
    rows = Task.objects.select_for_update(no_key=True).filter(listing__in=tasks.values("listing"))
    list(rows.order_by("pk").values_list("pk"))


def turns_fit(*, task: Task, overlap: int) -> tuple[list[Turn], int]:
    """Bring the turns of a task that is held to the overlap.

    Turns that are missing are offered again or added. Those too many are withdrawn, the ones that nobody is
    at first; whoever is at one may finish it, but when they leave it nobody else gets it.

    Returns:
        The turns that are finished, and how many are still to be.
    """
    is_idle = ExpressionWrapper(is_unleased(), BooleanField())
    turns = list(task.turns.order_by(is_idle, "number"))
    finished = [turn for turn in turns if turn.finished]
    offered = [turn for turn in turns if not turn.finished and not turn.withdrawn]
    wanted = max(overlap - len(finished), 0)
    if len(offered) > wanted:
        _withdraw(task.turns.exclude(pk__in=[turn.pk for turn in offered[:wanted]]))
    elif len(offered) < wanted and task.status == TaskStatus.OPEN and not task.listing.retired:
        withdrawn = [turn.pk for turn in turns if not turn.finished and turn.withdrawn]
        _turns_add(task, withdrawn[: wanted - len(offered)], wanted - len(offered))
    else:
        wanted = len(offered)
    return finished, wanted


@transaction.atomic
def turns_withdraw(*, listing_ids: Collection[int]) -> None:
    """Offer no turn at these listings any more, as when they are retired; whoever has one may finish it.

    Do so before the listings are written to: that is the order in which everybody holds them.
    """
    tasks_hold(Task.objects.filter(listing__pk__any_of=list(listing_ids)))
    _withdraw(Turn.objects.filter(task__listing__pk__any_of=list(listing_ids)))


@transaction.atomic
def turns_restore(*, listing_ids: Collection[int]) -> None:
    """Offer the turns at these listings again that were withdrawn, as when they are taken back into use."""
    listed = Task.objects.filter(listing__pk__any_of=list(listing_ids), status=TaskStatus.OPEN)
    tasks_hold(listed)
    for rule in PurposeRule.objects.all():
        tasks = listed.filter(purpose=rule.purpose).alias(
            is_begun=Exists(Turn.objects.filter(task=OuterRef("pk"), person__isnull=False))
        )
        turns = Turn.objects.filter(
            task__in=tasks.filter(is_begun=False), number__lte=overlap_needed(rule, "task")
        )
        turns.exclude(withdrawn=None).update(withdrawn=None)
        for task in tasks.filter(is_begun=True).select_related("listing"):
            turns_fit(task=task, overlap=needed(rule, task.pk).overlap)


def _withdraw(turns: QuerySet[Turn]) -> None:
    turns.filter(is_open()).update(withdrawn=timezone.now())


def _turns_add(task: Task, withdrawn: Sequence[int], count: int) -> None:
    """Offer so many turns more: these, which were withdrawn, and beyond them new ones."""
    Turn.objects.filter(pk__in=withdrawn).update(withdrawn=None)
    last = task.turns.aggregate(last=Max("number"))["last"] or 0
    Turn.objects.bulk_create(
        turn_of(task, vertical_id=task.listing.vertical_id, number=number)
        for number in range(last + 1, last + 1 + count - len(withdrawn))
    )


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
