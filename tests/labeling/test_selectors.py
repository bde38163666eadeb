import pytest
from pytest_django import DjangoAssertNumQueries

from catalog.models import SchemaVersion
from catalog.splits import Split
from labeling.selectors import LabelRow, label_rows, labelled_listing_counts
from tests.factories import AttributeFactory, LabelFactory, ListingFactory

pytestmark = pytest.mark.django_db


def test_labels_of_a_split_come_in_words_and_in_order(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    b, a = (ListingFactory.create(external_id=name, split=Split.GOLD.value) for name in "ba")
    second = AttributeFactory.create(vertical=b.vertical, position=2, values=["Red wine", "Sky"], multi=True)
    first = AttributeFactory.create(vertical=b.vertical, position=1)
    several = LabelFactory.create(listing=b, attribute=second, values=["Sky", "Red wine"])
    state = LabelFactory.create(listing=b, attribute=first, values=[], state="unknown")
    version = SchemaVersion.objects.create(vertical=a.vertical, number=3, content={})
    other = LabelFactory.create(listing=a, evidence_position=2, schema_version=version)
    LabelFactory.create()
    with django_assert_num_queries(2):
        rows = label_rows(split=Split.GOLD)
    assert rows == [
        LabelRow(a.pk, other.attribute_id, ("red",), "", 2, other.pk, 3),
        LabelRow(b.pk, first.pk, (), "unknown", None, state.pk, None),
        LabelRow(b.pk, second.pk, ("Sky", "Red wine"), "", None, several.pk, None),
    ]


def test_labels_can_be_those_of_one_vertical() -> None:
    label = LabelFactory.create(listing__split=Split.SEED.value)
    LabelFactory.create(listing__split=Split.SEED.value)
    rows = label_rows(split=Split.SEED, vertical=label.listing.vertical.code)
    assert [row.listing_id for row in rows] == [label.listing_id]


def test_labelled_listings_are_counted_once_each() -> None:
    label = LabelFactory.create(listing__split=Split.SEED.value)
    LabelFactory.create(listing=label.listing)
    LabelFactory.create(listing__split=Split.SEED.value, listing__vertical=label.listing.vertical)
    LabelFactory.create(listing__split=Split.GOLD.value)
    assert labelled_listing_counts(split=Split.SEED) == {label.listing.vertical.code: 2}
