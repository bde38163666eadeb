"""Reads for managers: what each person did and has before them, by vertical, and who a vertical waits for."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Count

from catalog.models import Attribute, Vertical
from labeling.access import ALLOWED, purposes_of
from labeling.agreement import Share
from labeling.models import Comment, Purpose, Turn
from labeling.selectors.agreement import Selection, said_by_several
from labeling.selectors.board import (
    Done,
    Place,
    done_by,
    last_finished,
    open_counts,
    spent_counts,
    verticals_of,
)

NOTHING = Done(0, ())


@dataclass(frozen=True, slots=True)
class Work:
    """What a person did since a time, and has before them, in a vertical or in all."""

    done: int
    left: int
    """listings that they may still be given"""
    seconds: float | None
    """the median, for a listing"""
    agreement: Share
    """how often others said the same to the same questions"""
    flagged: int


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person with what they did."""

    person: User
    roles: Sequence[str]
    verticals: Sequence[Vertical]
    """those that they work on; none: all"""
    last: datetime | None
    """when they finished a listing last"""
    total: Work
    parts: Sequence[tuple[Vertical, Work]]
    """by vertical, in order, where there is something to tell"""
    every: Sequence[Vertical]
    """verticals that they could work on"""


@dataclass(frozen=True, slots=True)
class VerticalRow:
    """A vertical with whom it waits for."""

    vertical: Vertical
    left: int
    """listings, for all purposes"""
    counts: Sequence[int]
    """for each purpose"""
    people: Sequence[str]
    """who works on it: those to whom it is assigned"""
    others: int
    """people who work on all verticals"""

    @property
    def is_stuck(self) -> bool:
        """Listings wait, and nobody works on them."""
        return bool(self.left and not self.people and not self.others)


def people_rows(*, since: datetime | None) -> list[PersonRow]:
    """Everybody who works or worked here, by name, with what they did since then."""
    return _Board(since).rows(people_known())


def person_row(person_id: int, *, since: datetime | None) -> PersonRow | None:
    """One person with what they did since then; None where there is no such person."""
    return next(iter(_Board(since).rows(people_known(person_id))), None)


def vertical_rows(purposes: Sequence[Purpose]) -> list[VerticalRow]:
    """Every vertical with the listings that wait for these purposes, and for whom."""
    people = [one for one in people_known() if one.is_active and purposes_of(one)]
    own, left = verticals_of(people), open_counts()
    names = defaultdict[int, list[str]](list)
    for person in people:
        for vertical_id in own.get(person.pk, ()):
            names[vertical_id].append(person.get_username())
    others = sum(person.pk not in own for person in people)
    return [
        VerticalRow(
            vertical=vertical,
            left=sum(left[vertical.pk, purpose] for purpose in purposes),
            counts=[left[vertical.pk, purpose] for purpose in purposes],
            people=names[vertical.pk],
            others=others,
        )
        for vertical in Vertical.objects.all()
    ]


def people_known(person_id: int | None = None) -> list[User]:
    """Who may work on something, or finished something once."""
    finished = Turn.objects.exclude(finished=None).order_by().values("person")
    members = User.objects.filter(groups__name__in=list(ALLOWED)).values("pk")
    people = User.objects.filter(pk__in=members) | User.objects.filter(pk__in=finished)
    if person_id is not None:
        people = people.filter(pk=person_id)
    return list(people.order_by("username").prefetch_related("groups"))


class _Board:
    """What was done since a time, read once for all people."""

    def __init__(self, since: datetime | None) -> None:
        self._verticals = list(Vertical.objects.all())
        self._done = done_by(Turn.objects.exclude(finished=None), since=since)
        self._last = last_finished()
        self._open, self._spent = open_counts(), spent_counts()
        self._flags = _flags(since)
        self._several = said_by_several(Selection(since=since))
        self._attributes = _attributes()

    def rows(self, people: Collection[User]) -> list[PersonRow]:
        """A row for each of these people."""
        own = verticals_of(people)
        agreed = {vertical: self._several.with_others(ids) for vertical, ids in self._attributes.items()}
        return [self._row(person, own.get(person.pk, set()), agreed) for person in people]

    def _row(
        self, person: User, own: Collection[int], agreed: Mapping[int, Mapping[int, Share]]
    ) -> PersonRow:
        left = self._left(person, own)
        parts, seconds = [], list[float]()
        for vertical in self._verticals:
            done = self._done.get((person.pk, vertical.pk), NOTHING)
            share = agreed.get(vertical.pk, {}).get(person.pk, Share(0, 0))
            work = Work(
                done.count, left[vertical.pk], done.median, share, self._flags[person.pk, vertical.pk]
            )
            seconds += done.seconds
            if done.count or left[vertical.pk] or vertical.pk in own or work.flagged:
                parts.append((vertical, work))
        return PersonRow(
            person=person,
            roles=[group.name for group in person.groups.all()],
            verticals=[vertical for vertical in self._verticals if vertical.pk in own],
            last=self._last.get(person.pk),
            total=_total([work for _, work in parts], seconds),
            parts=parts,
            every=self._verticals,
        )

    def _left(self, person: User, own: Collection[int]) -> Counter[int]:
        """{vertical: listings that the person may still be given}."""
        allowed = purposes_of(person) if person.is_active else ()
        left = Counter[int]()
        for (vertical, purpose), count in (self._open - self._spent.get(person.pk, Counter[Place]())).items():
            if purpose in allowed and (not own or vertical in own):
                left[vertical] += count
        return left


def _total(works: Sequence[Work], seconds: Sequence[float]) -> Work:
    return Work(
        done=sum(work.done for work in works),
        left=sum(work.left for work in works),
        seconds=statistics.median(seconds) if seconds else None,
        agreement=Share(
            sum(work.agreement.count for work in works), sum(work.agreement.questions for work in works)
        ),
        flagged=sum(work.flagged for work in works),
    )


def _flags(since: datetime | None) -> Counter[tuple[int, int]]:
    """{(person, vertical): flags that they put up}."""
    flags = Comment.objects.filter(is_flag=True)
    if since:
        flags = flags.filter(created__gte=since)
    rows = flags.order_by().values_list("author", "listing__vertical").annotate(Count("pk"))
    return Counter({(author, vertical): count for author, vertical, count in rows})


def _attributes() -> Mapping[int, set[int]]:
    """{vertical: its attributes}."""
    ids = defaultdict[int, set[int]](set)
    for pk, vertical in Attribute.objects.values_list("pk", "vertical"):
        ids[vertical].add(pk)
    return ids
