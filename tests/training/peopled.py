"""A small team, as a count stored what it did, for pages."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from attrx_web.roles import Role
from catalog.models import Vertical
from labeling.models import SPANS, PeopleCount, PersonDay, PersonFigures, PersonReliability
from tests.factories import AttributeFactory, VerticalFactory, user_with

DAYS = 30


def fill() -> list[User]:
    """Two reviewers and four annotators who worked on three verticals for a month; returns them."""
    now = timezone.now()
    PeopleCount.objects.create(status="done", started=now, heartbeat=now, finished=now)
    verticals = [VerticalFactory.create(code=code, label=code.title()) for code in ("kurta", "lamp", "watch")]
    people = [user_with(Role.REVIEWER, name) for name in ("amara", "ben")]
    people += [user_with(Role.ANNOTATOR, name) for name in ("chidi", "dora", "emre", "fatima")]
    PersonReliability.objects.create(mean=0.93, low=0.9, high=0.95, checks=420)
    for place, person in enumerate(people):
        for span in SPANS:
            for vertical in (None, *verticals):
                _figures(person, span, vertical, place, is_reviewer=place < 2)
        for ago in range(DAYS):
            day = timezone.localdate() - timedelta(days=ago)
            amount = (7 * place + 3 * ago) % 11
            PersonDay.objects.create(
                person=person, day=day, listings=amount, questions=5 * amount, seconds=40.0 * amount
            )
    for person in people[:2]:
        _reliability(person, verticals)
    return people


def _figures(person: User, span: int, vertical: Vertical | None, place: int, *, is_reviewer: bool) -> None:
    listings = (1 + place) * (span or 90) // (3 if vertical else 1)
    PersonFigures.objects.create(
        person=person,
        vertical=vertical,
        span=span,
        listings=listings,
        questions=5 * listings,
        timed_questions=5 * listings,
        seconds=(20.0 + place) * listings,
        listing_seconds=18.0 + place,
        question_seconds=3.6 + place / 5,
        compared=3 * listings,
        same=2 * listings,
        accepted=3 * listings if is_reviewer else 0,
        changed=listings if is_reviewer else 0,
        reasoning=listings // 6 if is_reviewer else 0,
        no_value=listings // 4 if is_reviewer else 0,
        set_aside=place,
        last=timezone.now() - timedelta(hours=place),
    )


def _reliability(person: User, verticals: list[Vertical]) -> None:
    PersonReliability.objects.create(person=person, mean=0.92, low=0.88, high=0.95, checks=210)
    for vertical in verticals:
        for number in range(4):
            attribute = AttributeFactory.create(vertical=vertical, label=f"Attribute {number + 1}")
            PersonReliability.objects.create(
                person=person,
                attribute=attribute,
                mean=0.85 + number / 50,
                low=0.7,
                high=0.97,
                checks=9 * number,
            )
