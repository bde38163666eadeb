import pytest

from catalog.models import Listing, Value
from tests.factories import LabelFactory, ListingFactory, ValueFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("red", ["one", "many"]),
        ("blue", ["many"]),
        ("re", []),
        ("RED", []),
        ('["red"', []),
        ('quo"ted', ["odd"]),
        ("100%", ["odd"]),
        ("100", []),
        ("", []),
    ],
)
def test_list_has_finds_lists_with_exactly_this_text(text: str, found: list[str]) -> None:
    ValueFactory.create(code="none", synonyms=[])
    ValueFactory.create(code="one", synonyms=["red"])
    ValueFactory.create(code="many", synonyms=["green", "blue", "red"])
    ValueFactory.create(code="odd", synonyms=['quo"ted', "100%", 100])
    rows = Value.objects.filter(synonyms__list_has=text).order_by("pk")
    assert [value.code for value in rows] == found


def test_list_has_reaches_into_objects_and_across_relations() -> None:
    listing = ListingFactory.create(claims={"color": {"values": ["red"], "state": "", "evidence": None}})
    ListingFactory.create(claims={"shape": {"values": ["red"], "state": "", "evidence": None}})
    assert Listing.objects.filter(claims__color__values__list_has="red").get() == listing
    LabelFactory.create(listing=listing, values=["blue"])
    assert Listing.objects.filter(labels__values__list_has="blue").get() == listing
    assert not Listing.objects.filter(labels__values__list_has="red").exists()
