"""People who labelled and reviewed, and counts of what they did, for tests."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User

from catalog.models import Listing
from labeling import tasks
from labeling.models import Annotation, PersonFigures, Purpose, Turn
from labeling.services import people
from labeling.services.tasks import tasks_open
from tests.labeling.reviews import voted
from tests.labeling.workspace import answer, claim, message, send, statuses


def count() -> None:
    """Count what everybody did."""
    tasks.count_people(people.count_queue(tell=False).pk)


def figures(person: User, span: int = 30, vertical: str = "") -> PersonFigures:
    """What was counted of the person in the span, in the vertical or in all."""
    where = {"vertical__code": vertical} if vertical else {"vertical": None}
    return PersonFigures.objects.get(person=person, span=span, **where)


def days_ago(number: int, *turns: int) -> None:
    """Have these turns, and what was answered in them, be so many days older."""
    for turn in Turn.objects.filter(pk__in=turns):
        said = Annotation.objects.filter(task=turn.task_id, annotator=turn.person_id)
        for one in said:
            Annotation.objects.filter(pk=one.pk).update(created=_before(one.created, number))
        assert turn.finished
        Turn.objects.filter(pk=turn.pk).update(finished=_before(turn.finished, number))


def verdict(person: User, listing: Listing, *values: str, seconds: float = 5, **fields: object) -> int:
    """The person reviews the colour, on which five of eight chains say red; returns the turn."""
    voted(listing)
    tasks_open(listing_ids=[listing.pk], purpose=Purpose.REVIEW, asks=["colour"])
    (lease,) = claim(person, purpose=Purpose.REVIEW)
    shown = listing.suggestions.get().pk
    said = answer(lease, "colour", *values, **{"suggestion": shown} | fields)
    assert statuses(send(person, said, message("finish", lease, seconds=seconds))) == ["done", "done"]
    return lease.turn_id


def _before(when: datetime, days: int) -> datetime:
    return when - timedelta(days=days)
