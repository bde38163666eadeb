import pytest
from django.http import QueryDict
from pytest_django import DjangoAssertNumQueries

from catalog.models import Attribute, Listing, Value
from labeling.filters import LabelledListingFilter
from tests.factories import AttributeFactory, LabelFactory, ListingFactory, VerticalFactory

pytestmark = pytest.mark.django_db

OF_COLOR = "vertical=bag&attribute=color&value="


@pytest.fixture(autouse=True)
def labels() -> None:
    bag = VerticalFactory.create(code="bag", label="Bags")
    color = AttributeFactory.create(vertical=bag, code="color", label="Colour", position=1)
    closing = AttributeFactory.create(
        vertical=bag, code="closing", values=["zip", "flap"], multi=True, position=2
    )
    AttributeFactory.create(vertical=bag, code="pattern", required=False, position=3)
    AttributeFactory.create(vertical=bag, code="old", retired=True, position=4)
    hat = VerticalFactory.create(code="hat")
    brim = AttributeFactory.create(vertical=hat, code="color")
    bare, half, done, hidden = (ListingFactory.create(vertical=bag, external_id=f"b{n}") for n in range(4))
    LabelFactory.create(listing=half, attribute=color, values=["red"])
    LabelFactory.create(listing=done, attribute=color, values=["blue"])
    LabelFactory.create(listing=done, attribute=closing, values=["zip", "flap"])
    LabelFactory.create(listing=hidden, attribute=color, values=[], state="not_visible")
    LabelFactory.create(listing=ListingFactory.create(vertical=hat, external_id="h1"), attribute=brim)


def kept(query: str) -> list[str]:
    shown = LabelledListingFilter(QueryDict(query))
    assert shown.problems() == []
    return sorted(shown.qs.values_list("external_id", flat=True))


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("labels=none", ["b0"]),
        ("labels=some", ["b1", "b2", "b3", "h1"]),
        ("labels=all", ["b2", "h1"]),
        (OF_COLOR + "red", ["b1"]),
        (OF_COLOR + "blue", ["b2"]),
        (OF_COLOR + ":not_visible", ["b3"]),
        (OF_COLOR + ":unknown", []),
        ("vertical=bag&attribute=closing&value=flap", ["b2"]),
        ("vertical=hat&attribute=color&value=red", ["h1"]),
        ("vertical=bag&attribute=color", ["b0", "b1", "b2", "b3"]),
        (OF_COLOR + "blue&labels=all&split=pool", ["b2"]),
    ],
)
def test_a_filter_keeps_listings_by_their_labels(query: str, ids: list[str]) -> None:
    assert kept(query) == ids


def test_a_label_under_another_vertical_does_not_count() -> None:
    Listing.objects.filter(external_id="b1").update(
        vertical=Attribute.objects.get(vertical__code="hat").vertical
    )
    assert kept(OF_COLOR + "red") == []


def offered(name: str, query: str) -> list[str]:
    choices = LabelledListingFilter(QueryDict(query)).form.fields[name].choices
    return [str(choice) for choice, _ in choices if choice]


def test_only_attributes_of_the_chosen_vertical_and_their_answers_are_offered() -> None:
    assert offered("attribute", "") == []
    assert offered("attribute", "vertical=hat") == ["color"]
    assert offered("attribute", "vertical=bag") == ["color", "closing", "pattern", "old"]
    assert offered("value", "vertical=bag") == []
    assert offered("value", "vertical=bag&attribute=closing") == [
        *("zip", "flap", ":not_applicable", ":not_visible", ":unknown"),
    ]


def test_what_is_retired_is_offered_as_such() -> None:
    Value.objects.filter(attribute__code="color", code="red").update(retired=True)
    form = LabelledListingFilter(QueryDict("vertical=bag&attribute=color")).form
    assert ("old", "old (retired)") in form.fields["attribute"].choices
    assert ("red", "red (retired)") in form.fields["value"].choices
    assert kept(OF_COLOR + "red") == ["b1"]


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("attribute=color", "Attribute: 'color': Choose a vertical that has this attribute."),
        (
            "vertical=hat&attribute=closing",
            "Attribute: 'closing': Choose a vertical that has this attribute.",
        ),
        ("value=red", "Label says: 'red': Choose an attribute that takes this answer."),
        (OF_COLOR + "zip", "Label says: 'zip': Choose an attribute that takes this answer."),
    ],
)
def test_an_answer_without_its_question_is_named(query: str, problem: str) -> None:
    shown = LabelledListingFilter(QueryDict(query))
    assert shown.problems() == [problem]
    assert not shown.qs.exists()


def test_removing_a_filter_removes_what_needs_it() -> None:
    active = LabelledListingFilter(QueryDict(OF_COLOR + ":not_visible")).active()
    assert [(one.label, one.text, one.names) for one in active] == [
        ("Vertical", "Bags", ("vertical", "attribute", "value")),
        ("Attribute", "Colour", ("attribute", "value")),
        ("Label says", "Not visible", ("value",)),
    ]


def test_a_sent_form_loses_what_another_vertical_does_not_have() -> None:
    sent = LabelledListingFilter(QueryDict("vertical=hat&attribute=closing&value=zip&labels=&apply=1"))
    assert sent.fitting() == {"vertical": "hat"}


def test_filters_take_few_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    # verticals, imports, attributes, values, listings
    with django_assert_num_queries(5):
        list(LabelledListingFilter(QueryDict(OF_COLOR + "red&labels=some")).qs)
