"""What the large database's people did, as a count stores it."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from catalog.models import Status
from labeling.models import SPANS, PeopleCount, PersonDay, PersonFigures, PersonReliability
from training.scale.sizes import ATTRIBUTES, PEOPLE, VERTICALS, WEEKS, Sizes, attribute_of

BATCH = 5000
A_DAY = 12
"""Listings that a person finishes on a working day, about."""
WORKING_DAYS = 5


def people_make(sizes: Sizes, *, using: str) -> None:
    """Figures of everybody in each vertical and span, a year of days, and everybody's reliability."""
    now = timezone.now()
    PeopleCount.objects.using(using).create(
        status=Status.DONE, worker="process 7 on scale", started=now, heartbeat=now, finished=now
    )
    PersonFigures.objects.using(using).bulk_create(_figures(sizes), batch_size=BATCH)
    PersonDay.objects.using(using).bulk_create(_days(sizes), batch_size=BATCH)
    PersonReliability.objects.using(using).bulk_create(_reliabilities(sizes), batch_size=BATCH)


def _figures(sizes: Sizes) -> Iterator[PersonFigures]:
    random = sizes.random("people")
    for person in range(1, PEOPLE + 1):
        pace = float(random.uniform(3.0, 9.0))
        for span in SPANS:
            worked = (span or 7 * WEEKS) * WORKING_DAYS // 7
            for vertical in (None, *range(1, VERTICALS + 1)):
                share = 1 if vertical is None else VERTICALS
                listings = max(1, int(worked * A_DAY * random.uniform(0.7, 1.2) / share))
                yield _figure(
                    PersonFigures(person_id=person, vertical_id=vertical, span=span, listings=listings),
                    pace,
                    [int(part) for part in random.multinomial(listings * 2, [0.7, 0.2, 0.04, 0.06])],
                    sizes,
                )


def _figure(row: PersonFigures, pace: float, verdicts: list[int], sizes: Sizes) -> PersonFigures:
    row.questions = row.timed_questions = row.listings * ATTRIBUTES
    row.seconds = row.questions * pace
    row.question_seconds, row.listing_seconds = 0.9 * pace, 0.9 * pace * ATTRIBUTES
    row.compared, row.same = row.questions // 4, row.questions // 5
    row.accepted, row.changed, row.reasoning, row.no_value = verdicts
    row.set_aside = row.listings // 40
    row.last = sizes.until - timedelta(hours=row.person_id)
    return row


def _days(sizes: Sizes) -> Iterator[PersonDay]:
    random, today = sizes.random("days of people"), timezone.localdate()
    for person in range(1, PEOPLE + 1):
        for ago in range(7 * WEEKS):
            day = today - timedelta(days=ago)
            if day.weekday() < WORKING_DAYS:
                listings = int(random.poisson(A_DAY))
                questions = listings * ATTRIBUTES
                yield PersonDay(
                    person_id=person, day=day, listings=listings, questions=questions, seconds=6.0 * questions
                )


def _reliabilities(sizes: Sizes) -> Iterator[PersonReliability]:
    random = sizes.random("reliability of people")
    attributes = [
        attribute_of(vertical, place)
        for vertical in range(1, VERTICALS + 1)
        for place in range(1, ATTRIBUTES + 1)
    ]
    yield _reliability(None, None, 0.92, 0.01, 40_000)
    for person in range(1, PEOPLE + 1):
        yield _reliability(person, None, float(random.uniform(0.85, 0.97)), 0.02, 1000)
        for attribute in attributes:
            yield _reliability(
                person, attribute, float(random.uniform(0.8, 0.98)), 0.06, float(random.integers(5, 60))
            )


def _reliability(
    person: int | None, attribute: int | None, mean: float, half: float, checks: float
) -> PersonReliability:
    return PersonReliability(
        person_id=person,
        attribute_id=attribute,
        mean=mean,
        low=mean - half,
        high=min(mean + half, 1.0),
        checks=checks,
    )
