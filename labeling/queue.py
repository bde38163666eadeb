"""The queue: whose turn it is at which task. Nobody waits for a sweep, and no turn has two people.

A lease is three columns of a turn: person, token, expires. It ends by finishing, by being released, or by
itself: a turn whose `expires` has passed can be claimed by anybody at once. The database's clock is the only
one, so that servers need not agree on the time. Claims lock rows that nobody else holds (SKIP LOCKED, on
PostgreSQL) and are a compare-and-update on both databases.

Whoever writes to the turns of a person holds the person first (`person_hold`), then tasks by primary key,
then turns. Claims alone take turns of others, and they never wait.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now

from catalog.models import Vertical
from catalog.selectors.scopes import scope_of, within
from labeling.errors import LabelingError
from labeling.leases import LONGEST, TERM, Lease, new_token
from labeling.models import Purpose, SetAside, Suggestion, Turn, VerticalAssignment

ORDER = ("-priority", "number", "pk")
"""The most urgent first; everything once before anything twice."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Tasks that ask this one attribute, of which the newest suggestion leads with the same answer."""

    vertical_id: int
    attribute_id: int
    code: str
    """of the attribute"""
    leading: str
    """in words, as Suggestion.leading"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which turns a person asks for."""

    purposes: tuple[Purpose, ...]
    """in the order in which they are looked for"""
    vertical_id: int | None = None
    """first of all this one: people stay with one form as long as there is work"""
    task_id: int | None = None
    """before all else this one, where it is still to be had"""
    alike: Alike | None = None
    """only these, and first opinions only"""


def wanted(
    *,
    allowed: Sequence[Purpose],
    purposes: Sequence[str],
    vertical_id: int | None = None,
    task_id: int | None = None,
) -> Wanted:
    """What a person asks for by the names of purposes, of those allowed.

    Raises:
        LabelingError: for no purpose, an unknown one, or one that is not the person's to work on.
    """
    if not purposes or not set(purposes) <= set(allowed):
        raise LabelingError(
            f"purposes are {', '.join(purposes) or 'none'}: give one or more of {', '.join(allowed)}"
        )
    return Wanted(tuple(Purpose(purpose) for purpose in dict.fromkeys(purposes)), vertical_id, task_id)


def alike_wanted(alike: Alike) -> Wanted:
    """Reviews that are alike, for a grid."""
    return Wanted((Purpose.REVIEW,), alike=alike)


def person_hold(person: User) -> None:
    """Let nothing else of this person happen until the transaction ends: people have several windows."""
    list(User.objects.select_for_update(no_key=True).filter(pk=person.pk).values_list("pk"))


@transaction.atomic
def turns_claim(
    *, person: User, wanted: Wanted, count: int, except_turns: Collection[int] = ()
) -> list[Lease]:
    """Lease up to `count` turns to the person: those that were sent back to them, then the most urgent.

    Never a task that the person has another turn at or has set aside, nor a turn of `except_turns`.
    """
    person_hold(person)
    leases: list[Lease] = []
    for rows in _queues(person, wanted):
        rows = rows.exclude(pk__in=except_turns)
        while found := _claim(
            rows.exclude(task__in=[lease.task_id for lease in leases]), person, count - len(leases)
        ):
            leases += found
            if len(leases) == count:
                return leases
    return leases


@transaction.atomic
def turn_lease_again(*, turn: Turn, person: User) -> Lease | None:
    """Lease a turn that the person finished to them again; it stays finished. None when it is not theirs."""
    lease = Lease(turn.pk, turn.task_id, new_token(turn_id=turn.pk, person_id=person.pk))
    finished = Turn.objects.filter(pk=turn.pk, person=person).exclude(finished=None)
    return lease if finished.update(token=lease.token, expires=Now() + TERM) else None


@transaction.atomic
def leases_extend(*, person: User, tokens: Collection[UUID]) -> set[UUID]:
    """Give the person's leases another term; returns those that still are the person's.

    A lease that has expired is extended as well, as long as nobody else has claimed the turn.
    """
    person_hold(person)
    mine = Turn.objects.filter(person=person, token__in=tokens)
    mine.update(expires=Now() + TERM)
    return {token for token in mine.values_list("token", flat=True) if token is not None}


@transaction.atomic
def leases_release(*, person: User, tokens: Collection[UUID]) -> int:
    """Give turns back as they are; returns how many. One that was finished before stays the person's."""
    person_hold(person)
    mine = Turn.objects.filter(person=person, token__in=tokens)
    nothing = {"token": None, "expires": None}
    again = mine.exclude(finished=None).update(**nothing)
    return again + mine.filter(finished=None).update(**nothing, person=None, started=None)


def leases_of(*, person: User, tokens: Collection[UUID]) -> list[Lease]:
    """The leases that these tokens name and that are the person's still."""
    mine = Turn.objects.filter(person=person, token__in=tokens).order_by("pk")
    return [
        Lease(turn_id, task_id, token)
        for turn_id, task_id, token in mine.values_list("pk", "task_id", "token")
        if token is not None
    ]


def verticals_of(person: User) -> set[int]:
    """The verticals that the person works on; none where it is all of them."""
    return set(VerticalAssignment.objects.filter(person=person).values_list("vertical_id", flat=True))


def is_seen_by(person: User) -> Q:
    """The turn is at a listing of a vertical that the person may see."""
    return within(scope_of(person))


def is_unleased() -> Q:
    """Nobody has the turn, or nobody has said for a minute that they still do, whatever the clock did."""
    return Q(expires=None) | Q(expires__lte=Now()) | Q(expires__gt=Now() + LONGEST)


def is_open() -> Q:
    """The turn is still to be finished."""
    return Q(finished=None, withdrawn=None)


def _queues(person: User, wanted: Wanted) -> Iterator[QuerySet[Turn]]:
    """What the person may claim, a query for each part of the queue, in the order to look."""
    seen = is_seen_by(person)
    if wanted.alike is not None:
        verticals = verticals_of(person)
        if not verticals or wanted.alike.vertical_id in verticals:
            yield _alike(_offered(person, seen).filter(purpose__in=wanted.purposes), wanted.alike)
        return
    if wanted.task_id is not None:
        yield _offered(person, seen).filter(task=wanted.task_id, purpose__in=wanted.purposes)
    mine = Turn.objects.filter(
        *(is_unleased(), seen, ~_is_aside(person)), person=person, purpose__in=wanted.purposes
    )
    yield mine.exclude(returned=None).order_by("returned", "pk")
    verticals = verticals_of(person)
    for purpose in wanted.purposes:
        rows = _offered(person, seen).filter(purpose=purpose)
        first = wanted.vertical_id
        if first is not None and (not verticals or first in verticals):
            yield rows.filter(vertical=first)
        if not verticals:
            yield rows
        for vertical_id in _by_urgency(rows, verticals - {first}):
            yield rows.filter(vertical=vertical_id)


def offered(person: User) -> QuerySet[Turn]:
    """The turns that the person may be given, in order."""
    return _offered(person, is_seen_by(person))


def _offered(person: User, seen: Q) -> QuerySet[Turn]:
    own = Turn.objects.filter(task=OuterRef("task"), person=person).exclude(pk=OuterRef("pk"))
    rows = Turn.objects.filter(is_open(), is_unleased(), seen, task__listing__retired=False)
    # COALESCE has PostgreSQL look these up for each turn that it comes to. An anti join may read all turns of
    # the person instead, of whom it does not know yet that they finished thousands today.
    rows = rows.alias(is_own=Coalesce(Exists(own), False), is_aside=Coalesce(_is_aside(person), False))
    return rows.filter(is_own=False, is_aside=False).order_by(*ORDER)


def _alike(rows: QuerySet[Turn], alike: Alike) -> QuerySet[Turn]:
    """Those of the turns; not those that somebody left out of a grid."""
    said = Suggestion.objects.filter(attribute=alike.attribute_id)
    newest = said.filter(listing=OuterRef("task__listing")).order_by("-created", "-pk").values("leading")[:1]
    leads = said.filter(leading=alike.leading).values("listing")
    asking = rows.filter(vertical=alike.vertical_id, number=1, task__asks=[alike.code], task__singly=False)
    return asking.filter(task__listing__in=leads).alias(leads=Subquery(newest)).filter(leads=alike.leading)


def _is_aside(person: User) -> Exists:
    still = Q(until=None) | Q(until__gt=Now())
    return Exists(SetAside.objects.filter(still, task=OuterRef("task"), person=person))


def _by_urgency(rows: QuerySet[Turn], verticals: Collection[int]) -> list[int]:
    """Those of the verticals that have such turns, by the most urgent of them."""
    if not verticals:
        return []
    first = rows.filter(vertical=OuterRef("pk"))[:1]
    found = Vertical.objects.filter(pk__in=verticals).annotate(
        urgency=Subquery(first.values("priority")), number=Subquery(first.values("number"))
    )
    ranked = found.exclude(urgency=None).order_by("-urgency", "number", "position", "pk")
    return list(ranked.values_list("pk", flat=True))


def _claim(rows: QuerySet[Turn], person: User, count: int) -> list[Lease]:
    """Claim the first of these turns, of each task one."""
    found = rows.select_for_update(of=("self",), skip_locked=True).only("pk", "task")[:count]
    turns: dict[int, int] = {}
    for turn in found:
        turns.setdefault(turn.task_id, turn.pk)
    leases = []
    for task_id, turn_id in turns.items():
        lease = Lease(turn_id, task_id, new_token(turn_id=turn_id, person_id=person.pk))
        still = Turn.objects.filter(is_open() | ~Q(returned=None), is_unleased(), pk=turn_id)
        if still.update(person=person, token=lease.token, expires=Now() + TERM, started=Now()):
            leases.append(lease)
    return leases
