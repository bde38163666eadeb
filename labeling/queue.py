"""The queue: whose turn it is at which task. Nobody waits for a sweep, and no turn has two people.

A lease is three columns of a turn: person, token, expires. It ends by finishing, by being released, or by
itself: a turn whose `expires` has passed can be claimed by anybody at once. Claims lock rows that nobody else
holds (SKIP LOCKED, on PostgreSQL) and are a compare-and-update on both databases.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from labeling.models import Purpose, PurposeRule, SetAside, Task, TaskStatus, Turn, VerticalAssignment

LEASE = timedelta(seconds=50)
"""A browser that is gone gives its turns back after this long, well within a minute."""
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to answer one turn until it expires."""

    turn_id: int
    task_id: int
    token: UUID


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which turns a person asks for."""

    purposes: tuple[Purpose, ...]
    """in the order in which they are looked for"""
    vertical_id: int | None = None
    """first of all this one: people stay with one form as long as there is work"""


def turns_claim(*, person: User, wanted: Wanted, count: int, except_tasks: Sequence[int] = ()) -> list[Lease]:
    """Lease up to `count` turns to the person, the most urgent first.

    Never a task that the person has a turn at or has set aside, nor one of `except_tasks`.
    """
    leases: list[Lease] = []
    for rows in _queues(person, wanted):
        while len(leases) < count:
            taken = {*except_tasks, *(lease.task_id for lease in leases)}
            claimed, seen = _claimed(rows.exclude(task__in=taken), person, count - len(leases))
            leases += claimed
            if not seen or len(claimed) == seen:
                break  # All that was seen is ours, or nothing was seen. Else somebody was faster: look again.
        if len(leases) == count:
            break
    return leases


def lease_again(turn: Turn) -> Lease:
    """Lease a finished turn to the person who finished it."""
    lease = Lease(turn.pk, turn.task_id, uuid4())
    Turn.objects.filter(pk=turn.pk).update(finished=None, token=lease.token, expires=timezone.now() + LEASE)
    return lease


def leases_extend(*, person: User, tokens: Iterable[UUID]) -> set[UUID]:
    """Give the person's leases another term; returns those that still are the person's.

    A lease that has expired is extended as well, as long as nobody else has claimed the turn.
    """
    mine = Turn.objects.filter(person=person, token__in=list(tokens))
    mine.update(expires=timezone.now() + LEASE)
    return {token for token in mine.values_list("token", flat=True) if token is not None}


def leases_release(*, person: User, tokens: Iterable[UUID]) -> int:
    """Give turns back unanswered; returns how many."""
    return Turn.objects.filter(person=person, token__in=list(tokens)).update(
        person=None, token=None, expires=None, started=None
    )


def rule_of(purpose: str) -> PurposeRule:
    """How listings of this purpose are worked on; one person each where nobody has said."""
    return PurposeRule.objects.filter(purpose=purpose).first() or PurposeRule(purpose=purpose)


@transaction.atomic
def rule_set(*, purpose: Purpose, overlap: int, agree: int, suggestions: bool) -> PurposeRule:
    """Change how a purpose is worked on, and bring the turns of its open tasks to the new overlap.

    Turns that somebody has or has finished stay.
    """
    rule, _ = PurposeRule.objects.update_or_create(
        purpose=purpose, defaults={"overlap": overlap, "agree": agree, "suggestions": suggestions}
    )
    idle = Turn.objects.filter(purpose=purpose, finished=None, person=None, number__gt=overlap)
    idle.delete()
    for number in range(1, overlap + 1):
        lacking = Task.objects.filter(purpose=purpose, status=TaskStatus.OPEN).exclude(
            Exists(Turn.objects.filter(task=OuterRef("pk"), number=number))
        )
        while batch := list(lacking.order_by("pk")[:BATCH]):
            turns_add(batch, [number])
    return rule


def _queues(person: User, wanted: Wanted) -> Iterable[QuerySet[Turn]]:
    """The open turns that the person may have, a query for each part of the queue, in the order to look."""
    verticals = set(VerticalAssignment.objects.filter(person=person).values_list("vertical_id", flat=True))
    for purpose in wanted.purposes:
        rows = _open_to(person).filter(purpose=purpose)
        first = wanted.vertical_id
        if first is not None and (not verticals or first in verticals):
            yield rows.filter(vertical=first)
        if not verticals:
            yield rows
        for vertical in sorted(verticals - {first}):
            yield rows.filter(vertical=vertical)


def _open_to(person: User) -> QuerySet[Turn]:
    now = timezone.now()
    own = Turn.objects.filter(task=OuterRef("task"), person=person).exclude(pk=OuterRef("pk"))
    aside = SetAside.objects.filter(Q(until=None) | Q(until__gt=now), task=OuterRef("task"), person=person)
    free = Turn.objects.filter(Q(expires=None) | Q(expires__lte=now), finished=None)
    return free.exclude(Exists(own)).exclude(Exists(aside)).order_by("-priority", "number", "pk")


def _claimed(rows: QuerySet[Turn], person: User, count: int) -> tuple[list[Lease], int]:
    """Claim the first rows; returns the leases, and how many rows were seen."""
    try:
        return _claim(rows, person, count)
    except IntegrityError:
        return [], 1  # The person has another window, which got another turn of the same task just now.


def _claim(rows: QuerySet[Turn], person: User, count: int) -> tuple[list[Lease], int]:
    with transaction.atomic():
        turns = list(rows.select_for_update(of=("self",), skip_locked=True)[:count])
        leases = []
        for turn in turns:
            token, now = uuid4(), timezone.now()
            won = Turn.objects.filter(pk=turn.pk, token=turn.token, finished=None).update(
                person=person, token=token, expires=now + LEASE, started=now
            )
            if won:
                leases.append(Lease(turn.pk, turn.task_id, token))
    return leases, len(turns)


def turns_add(tasks: Sequence[Task], numbers: Iterable[int]) -> None:
    verticals = dict(
        Task.objects.filter(pk__in=[task.pk for task in tasks]).values_list("pk", "listing__vertical_id")
    )
    Turn.objects.bulk_create(
        Turn(
            task=task,
            number=number,
            purpose=task.purpose,
            vertical_id=verticals[task.pk],
            priority=task.priority,
        )
        for task in tasks
        for number in numbers
    )
