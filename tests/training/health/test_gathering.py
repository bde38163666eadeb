"""What of the database is compared: which listings, which votes, against what."""

from datetime import timedelta

import pytest

from catalog.models import Listing
from labeling.models import Annotation
from tests.factories import AnnotationFactory, VerticalFactory
from tests.training.health.worlds import LISTINGS, World
from training.health.gathering import champion_now, week_compared
from training.health.weeks import WEEK, begin_of
from training.ml.drift import Compared, Tally
from training.models import Alias, Metric, Prediction, Round

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    world = World(weeks=2)
    world.listings(world.week, red=1.0, agreement=0.5)
    return world


def kurta(world: World) -> Compared:
    return next(one for one in week_compared(world.week, champion_now()) if one.vertical == "kurta")


def test_the_week_is_held_against_the_weeks_before(world: World) -> None:
    found = kurta(world)
    assert found.week.answers == {"color": ["red"] * LISTINGS}
    assert set(found.week.agreements["color"]) == {0.5}
    assert len(found.reference.answers["color"]) == 2 * LISTINGS
    assert found.week.vectors.shape == (LISTINGS, 224)
    assert found.reference.vectors.shape == (2 * LISTINGS, 224)
    assert (found.listings, found.is_known) == (LISTINGS, True)


def test_the_reference_ends_where_the_champions_round_began(world: World) -> None:
    Round.objects.update(created=begin_of(world.week - WEEK))
    assert len(kurta(world).reference.answers["color"]) == LISTINGS


def test_a_group_counts_once(world: World) -> None:
    Listing.objects.filter(created__gte=begin_of(world.week)).update(group_key="the same")
    assert len(kurta(world).week.vectors) == 1


def test_retired_listings_and_votes_of_other_versions_do_not_count(world: World) -> None:
    first, second, *_ = Listing.objects.filter(created__gte=begin_of(world.week)).order_by("pk")
    Listing.objects.filter(pk=first.pk).update(retired=True)
    Prediction.objects.filter(listing=second).delete()
    found = kurta(world)
    assert len(found.week.vectors) == LISTINGS - 1
    assert len(found.week.answers["color"]) == LISTINGS - 2


def test_people_who_find_no_value_are_counted_by_when_they_said_so(world: World) -> None:
    listings = Listing.objects.order_by("pk")[:3]
    for place, listing in enumerate(listings):
        said = AnnotationFactory.create(
            listing=listing,
            attribute=world.color,
            **({"values": [], "state": "unknown"} if place == 0 else {}),
        )
        when = begin_of(world.week) + timedelta(days=1 if place < 2 else -10)
        Annotation.objects.filter(pk=said.pk).update(created=when)
    found = kurta(world)
    assert found.week.asked == {"color": Tally(1, 2)}
    assert found.reference.asked == {"color": Tally(0, 1)}


def test_a_vertical_without_a_metric_of_the_champion_was_never_seen(world: World) -> None:
    lamp = VerticalFactory.create(code="lamp")
    world.listings(world.week, vertical=lamp, count=3)
    of = {one.vertical: one for one in week_compared(world.week, champion_now())}
    assert (of["lamp"].is_known, of["lamp"].listings) == (False, 3)
    Metric.objects.all().delete()
    assert not kurta(world).is_known


def test_without_a_champion_there_are_photos_and_no_votes(world: World) -> None:
    Alias.objects.all().delete()
    found = kurta(world)
    assert found.week.answers == {}
    assert len(found.week.vectors) == LISTINGS


def test_gold_is_what_the_champions_majority_reached(world: World) -> None:
    gold = kurta(world).gold
    assert gold is not None
    assert (gold.value, gold.count) == (0.8, 100)
