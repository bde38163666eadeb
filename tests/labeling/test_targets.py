"""How far seed and gold sets are."""

import pytest
from pytest_django import DjangoAssertNumQueries

from catalog.models import Attribute, Listing, Vertical
from catalog.splits import Split
from labeling.models import Purpose
from labeling.selectors.targets import TARGET, Progress, targets
from labeling.services.tasks import tasks_open
from tests.factories import LabelFactory, VerticalFactory
from tests.labeling.workspace import bag, listings

pytestmark = pytest.mark.django_db


def label(listing: Listing, *codes: str) -> None:
    for attribute in Attribute.objects.filter(vertical=listing.vertical, code__in=codes):
        LabelFactory.create(listing=listing, attribute=attribute)


@pytest.fixture
def vertical() -> Vertical:
    """Two of three seeds are labelled, of which two are near-duplicates; a gold listing waits."""
    vertical = bag()
    Attribute.objects.filter(code="note").update(retired=True)
    first, twin, second, third, gold = listings(5, vertical)
    Listing.objects.filter(pk__in=[first.pk, twin.pk, second.pk, third.pk]).update(split=Split.SEED)
    Listing.objects.filter(pk__in=[first.pk, twin.pk]).update(group_key="twins")
    Listing.objects.filter(pk=gold.pk).update(split=Split.GOLD)
    for listing in (first, second):
        label(listing, "colour", "closing")
    label(third, "colour", "note")
    tasks_open(listing_ids=[gold.pk], purpose=Purpose.GOLD)
    return vertical


def test_a_set_counts_groups_whose_listing_has_every_label_that_is_asked(vertical: Vertical) -> None:
    (found,) = targets()
    assert found.vertical == vertical
    assert found.seed == Progress(there=3, labelled=2, waiting=0)
    assert found.gold == Progress(there=1, labelled=0, waiting=1)
    assert (found.seed.missing, found.seed.unlabelled, found.seed.share) == (TARGET - 2, 1, 2 / TARGET)


def test_retired_listings_and_the_pool_do_not_count(vertical: Vertical) -> None:
    Listing.objects.filter(split=Split.SEED).update(retired=True)
    Listing.objects.filter(split=Split.GOLD).update(split=Split.POOL)
    (found,) = targets()
    assert (found.seed.there, found.gold.there) == (0, 0)


def test_a_vertical_without_attributes_has_nothing_labelled() -> None:
    VerticalFactory.create(code="lamp")
    (found,) = targets()
    assert found.seed == found.gold == Progress(0, 0, 0)


def test_any_number_of_verticals_takes_three_queries(
    vertical: Vertical, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    VerticalFactory.create_batch(3)
    with django_assert_num_queries(3):
        assert len(targets()) == 4
