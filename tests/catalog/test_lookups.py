import pytest

from catalog.lookups import AnswerHas
from catalog.models import Listing, Value
from labeling.models import Label
from tests.factories import AttributeFactory, LabelFactory, ListingFactory, ValueFactory

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


def test_any_of_takes_as_many_ids_as_there_are() -> None:
    first, second, _ = (ListingFactory.create() for _ in range(3))
    ids = [first.pk, second.pk, *range(10**9, 10**9 + 40_000)]
    assert set(Listing.objects.filter(pk__any_of=ids)) == {first, second}
    assert set(Listing.objects.exclude(pk__any_of=ids[1:]).values_list("pk", flat=True)) >= {first.pk}
    assert not Listing.objects.filter(pk__any_of=[]).exists()


def test_any_of_takes_as_many_texts_as_there_are() -> None:
    first, second, _ = (ListingFactory.create(external_id=name) for name in ("a", 'b"{', "c"))
    names = ["a", 'b"{', *(f"none-{number}" for number in range(40_000))]
    assert set(Listing.objects.filter(external_id__any_of=names)) == {first, second}
    assert not Listing.objects.filter(external_id__any_of=[]).exists()


def test_an_answer_has_a_value_of_its_own_question_only() -> None:
    color, shape = AttributeFactory.create(), AttributeFactory.create()
    red = LabelFactory.create(attribute=color, values=["red"])
    both = LabelFactory.create(attribute=color, values=["blue", "red"])
    LabelFactory.create(attribute=color, values=["blue"])
    LabelFactory.create(attribute=color, values=[], state="not_visible")
    LabelFactory.create(attribute=shape, values=["red"])
    assert set(Label.objects.filter(AnswerHas("red", attribute_id=color.pk))) == {red, both}
    assert set(Label.objects.filter(AnswerHas("red", listing_id=red.listing_id, attribute_id=color.pk))) == {
        red
    }
    assert not Label.objects.filter(AnswerHas('"red', attribute_id=color.pk)).exists()
