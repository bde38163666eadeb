"""How long people were at listings."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from catalog.models import Listing
from labeling.models import Purpose, Turn
from labeling.selectors.effort import TimeSpent, time_spent
from tests.factories import ListingFactory, TaskFactory, UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def turn(
    listing: Listing, seconds: float | None, *, purpose: Purpose = Purpose.SEED, hours: int = -1
) -> Turn:
    """A turn of somebody new that was finished so many hours after noon."""
    task = listing.tasks.filter(purpose=purpose).first() or TaskFactory.create(
        listing=listing, purpose=purpose
    )
    return Turn.objects.create(
        task=task,
        number=task.turns.count() + 1,
        purpose=purpose,
        vertical=listing.vertical,
        person=UserFactory.create(),
        finished=NOON + timedelta(hours=hours),
        seconds=seconds,
    )


def test_the_turns_of_everybody_and_every_purpose_but_audits_are_added_up() -> None:
    listing = ListingFactory.create(external_id="a")
    turn(listing, 30)
    turn(listing, 12.5)
    turn(listing, 7, purpose=Purpose.ADJUDICATION)
    turn(listing, 1000, purpose=Purpose.AUDIT)
    assert time_spent(["a"], until=NOON) == {"a": TimeSpent(turns=3, timed=3, seconds=49.5)}


def test_turns_without_seconds_are_counted_as_not_timed() -> None:
    listing = ListingFactory.create(external_id="a")
    turn(listing, 30)
    turn(listing, 0)
    turn(listing, None)
    assert time_spent(["a"], until=NOON) == {"a": TimeSpent(turns=3, timed=1, seconds=30)}


def test_only_finished_turns_at_the_listings_count_that_were_over_in_time() -> None:
    asked, other = ListingFactory.create(external_id="a"), ListingFactory.create(external_id="b")
    turn(asked, 30)
    turn(asked, 40, hours=1)
    turn(other, 50)
    Turn.objects.create(task=asked.tasks.get(), number=9, purpose=Purpose.SEED, vertical=asked.vertical)
    assert time_spent(["a", "nobody has this"], until=NOON) == {"a": TimeSpent(1, 1, 30)}


def test_many_listings_take_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    turn(ListingFactory.create(external_id="listing 1999"), 5)
    with django_assert_num_queries(1):
        found = time_spent([f"listing {number}" for number in range(2000)], until=NOON)
    assert list(found) == ["listing 1999"]
