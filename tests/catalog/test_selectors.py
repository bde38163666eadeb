import pytest
from pytest_django import DjangoAssertNumQueries

from catalog.models import Image, Photo
from catalog.selectors import attributes_with_values, listing_counts, listings_of
from catalog.splits import Split
from tests.factories import AttributeFactory, ImageFactory, ListingFactory, ValueFactory

pytestmark = pytest.mark.django_db


def test_attributes_come_in_order_with_the_values_that_are_offered(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    second = AttributeFactory.create(position=2, label="second")
    AttributeFactory.create(vertical=second.vertical, position=1, label="first")
    ValueFactory.create(attribute=second, label="old", retired=True)
    with django_assert_num_queries(2):
        rows = [
            (one.vertical.code, one.label, [v.label for v in one.values.all()])
            for one in attributes_with_values()
        ]
    code = second.vertical.code
    assert rows == [(code, "first", ["red", "blue"]), (code, "second", ["red", "blue"])]


def test_listings_of_a_split_come_with_their_photos_in_order(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for name, split in (("b", Split.GOLD), ("a", Split.GOLD), ("c", Split.POOL)):
        listing = ListingFactory.create(external_id=name, split=split.value)
        for position in (2, 1):
            ImageFactory.create(listing=listing, position=position)
    with django_assert_num_queries(2):
        rows = [
            (
                one.external_id,
                one.vertical.pk == one.vertical_id,
                [image.position for image in one.images.all()],
            )
            for one in listings_of(split=Split.GOLD)
        ]
    assert rows == [("a", True, [1, 2]), ("b", True, [1, 2])]


def test_listings_have_any_number_of_photos_together() -> None:
    listing = ListingFactory.create(split=Split.POOL.value)
    photos = Photo.objects.bulk_create(
        Photo(sha256=f"{number:064x}", file=f"{number}.jpg", bytes=1, width=1, height=1)
        for number in range(1200)
    )
    Image.objects.bulk_create(
        Image(listing=listing, position=position, photo=photo) for position, photo in enumerate(photos, 1)
    )
    [found] = listings_of(split=Split.POOL)
    assert [image.photo for image in found.images.all()] == photos


def test_listings_are_counted_by_vertical_and_split() -> None:
    listing = ListingFactory.create(split=Split.SEED.value)
    ListingFactory.create(vertical=listing.vertical, split=Split.SEED.value)
    other = ListingFactory.create()
    assert listing_counts() == {(listing.vertical.code, Split.SEED): 2, (other.vertical.code, Split.POOL): 1}
