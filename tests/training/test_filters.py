import pytest
from django.http import QueryDict
from pytest_django import DjangoAssertNumQueries

from catalog.models import Attribute, Listing, Status
from tests.factories import AttributeFactory, LabelFactory, ListingFactory, VerticalFactory
from tests.training.rounds import champion_of, prediction, round_in, version_of
from training.filters import PredictedListingFilter
from training.models import Alias

pytestmark = pytest.mark.django_db

OF_COLOR = "vertical=bag&attribute=color&predicted="


@pytest.fixture(autouse=True)
def predictions() -> None:
    bag = VerticalFactory.create(code="bag")
    color = AttributeFactory.create(vertical=bag, code="color", position=1)
    closing = AttributeFactory.create(vertical=bag, code="closing", values=["zip", "flap"], multi=True)
    sure, unsure, hidden, _ = (ListingFactory.create(vertical=bag, external_id=f"b{n}") for n in range(4))
    champion = champion_of(round_in(Status.DONE))
    prediction(champion, sure, color, "red", agreement=1.0)
    prediction(champion, sure, closing, "zip", "flap", agreement=0.25)
    prediction(champion, unsure, color, "blue", agreement=0.5)
    prediction(champion, hidden, color, state="not_visible", agreement=0.75)
    other = version_of(round_in(Status.DONE))
    prediction(other, sure, color, "blue", agreement=0.3)


def kept(query: str) -> list[str]:
    shown = PredictedListingFilter(QueryDict(query))
    assert shown.problems() == []
    return sorted(shown.qs.values_list("external_id", flat=True))


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (OF_COLOR + "red", ["b0"]),
        (OF_COLOR + "blue", ["b1"]),
        (OF_COLOR + ":not_visible", ["b2"]),
        ("vertical=bag&attribute=closing&predicted=flap", ["b0"]),
        ("agreement_to=50", ["b0", "b1"]),
        ("agreement_from=75", ["b0", "b2"]),
        ("agreement_from=50&agreement_to=75", ["b1", "b2"]),
        ("agreement_from=0", ["b0", "b1", "b2"]),
        ("agreement_from=26&agreement_to=49", []),
        ("vertical=bag&attribute=color&agreement_to=50", ["b1"]),
        ("vertical=bag&attribute=closing&agreement_from=100", []),
        (OF_COLOR + "red&agreement_to=50", []),
        (OF_COLOR + "red&agreement_from=100", ["b0"]),
    ],
)
def test_a_filter_keeps_listings_by_the_champions_predictions(query: str, ids: list[str]) -> None:
    assert kept(query) == ids


def test_a_label_that_says_otherwise_is_a_disagreement() -> None:
    color, closing = (Attribute.objects.get(code=code) for code in ("color", "closing"))
    listings = dict(Listing.objects.in_bulk(field_name="external_id"))
    LabelFactory.create(listing=listings["b0"], attribute=color, values=["red"])
    LabelFactory.create(listing=listings["b0"], attribute=closing, values=["zip"])
    LabelFactory.create(listing=listings["b1"], attribute=color, values=[], state="not_visible")
    LabelFactory.create(listing=listings["b2"], attribute=color, values=[], state="not_visible")
    LabelFactory.create(listing=listings["b3"], attribute=color, values=["red"])
    assert kept("disagrees=yes") == ["b0", "b1"]
    assert kept("vertical=bag&attribute=color&disagrees=yes") == ["b1"]


@pytest.mark.parametrize("query", ["agreement_to=50", OF_COLOR + "red", "disagrees=yes"])
def test_without_a_champion_nothing_is_predicted(query: str) -> None:
    Alias.objects.all().delete()
    assert kept(query) == []
    assert kept("") == ["b0", "b1", "b2", "b3"]


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("agreement_from=101", "Agreement from %: '101': Ensure this value is less than or equal to 100."),
        ("agreement_to=-1", "Agreement up to %: '-1': Ensure this value is greater than or equal to 0."),
        ("agreement_to=NaN", "Agreement up to %: 'NaN': Enter a number."),
        ("agreement_to=half", "Agreement up to %: 'half': Enter a number."),
        ("predicted=red", "Champion says: 'red': Choose an attribute that takes this answer."),
        (
            "disagrees=no",
            "Champion and label: 'no': Select a valid choice. no is not one of the available choices.",
        ),
    ],
)
def test_a_filter_that_cannot_be_read_is_named_and_keeps_nothing(query: str, problem: str) -> None:
    shown = PredictedListingFilter(QueryDict(query))
    assert shown.problems() == [problem]
    assert not shown.qs.exists()


def test_removing_a_vertical_removes_the_champions_answer_too() -> None:
    active = PredictedListingFilter(QueryDict(OF_COLOR + "red")).active()
    assert [one.names for one in active] == [
        ("vertical", "attribute", "value", "predicted"),
        ("attribute", "value", "predicted"),
        ("predicted",),
    ]


def test_filters_take_few_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    # verticals, imports, attributes, values, models, the champion, listings
    with django_assert_num_queries(7):
        list(PredictedListingFilter(QueryDict(OF_COLOR + "red&agreement_to=50&disagrees=yes")).qs)
