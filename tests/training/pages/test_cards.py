"""The listings that pages show as cards."""

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from tests.factories import ImageFactory, ListingFactory
from training.pages.cards import cards

pytestmark = pytest.mark.django_db


def test_photos_of_many_listings_take_as_many_queries_as_those_of_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    listings = [ListingFactory.create() for _ in range(5)]
    for listing in listings:
        ImageFactory.create(listing=listing)
    for count in (1, 5):
        with django_assert_num_queries(3):
            found = cards([listing.external_id for listing in listings[:count]])
        assert len(found) == count
        assert all(card.photos for card in found.values())
