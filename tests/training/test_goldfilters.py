"""Listings by what a model answered about them on gold."""

import pytest
from django.http import QueryDict
from pytest_django import DjangoAssertNumQueries

from catalog.models import Listing, Status
from tests.factories import AttributeFactory, ListingFactory, VerticalFactory
from tests.training.golds import gold_answer
from tests.training.rounds import champion_of, prediction, round_in, version_of
from training.drilldown import Gold, Judged, Votes, listings_address
from training.filters import PredictedListingFilter
from training.models import Method, Round

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def round_() -> Round:
    """Bags b0 to b3 are gold, b3 is retired since; b4 is of the pool."""
    bag = VerticalFactory.create(code="bag", label="Bag")
    color = AttributeFactory.create(vertical=bag, code="color", position=1)
    closing = AttributeFactory.create(
        vertical=bag, code="closing", values=["zip", "flap", "zip tie"], multi=True
    )
    shoe = VerticalFactory.create(code="shoe")
    heel = AttributeFactory.create(vertical=shoe, code="color")
    bags = [
        ListingFactory.create(
            vertical=bag, external_id=f"b{n}", split="gold" if n < 4 else "pool", retired=n == 3
        )
        for n in range(5)
    ]
    pump = ListingFactory.create(vertical=shoe, external_id="s0", split="gold")
    round_ = round_in(Status.DONE)
    champion_of(round_)
    version_of(round_, 1)
    gold_answer(round_, bags[0], color, truth="red", greedy="red", votes=8)
    gold_answer(round_, bags[1], color, truth="red", greedy="blue", majority="red", votes=5)
    gold_answer(round_, bags[2], color, truth="blue", greedy="", majority="", votes=0)
    gold_answer(round_, bags[3], color, truth="blue", greedy="red", votes=4)
    gold_answer(round_, bags[0], closing, truth="zip, flap", greedy="zip tie", votes=3)
    gold_answer(round_, bags[1], closing, truth="flap", greedy="zip, flap", votes=7)
    gold_answer(round_, pump, heel, truth="red", greedy="red", votes=8)
    gold_answer(round_, bags[1], color, truth="red", greedy="red", iteration=1, votes=8)
    gold_answer(round_, bags[0], color, truth="red", greedy="blue", iteration=-1, votes=2)
    return round_


def kept(address: str) -> list[str]:
    shown = PredictedListingFilter(QueryDict(address.partition("?")[2]))
    assert shown.problems() == []
    return sorted(shown.qs.values_list("external_id", flat=True))


@pytest.mark.parametrize(
    ("iteration", "asked", "ids"),
    [
        (0, {}, ["b0", "b1", "b2", "b3", "s0"]),
        (1, {}, ["b1"]),
        (-1, {}, ["b0"]),
        (2, {"judged": Judged.RIGHT}, None),
        (0, {"judged": Judged.RIGHT}, ["b0", "s0"]),
        (0, {"judged": Judged.RIGHT, "method": Method.MAJORITY}, ["b0", "b1", "s0"]),
        (0, {"judged": Judged.WRONG}, ["b0", "b1", "b2", "b3"]),
        (0, {"judged": Judged.UNPARSEABLE}, ["b2"]),
        (0, {"judged": Judged.UNPARSEABLE, "method": Method.MAJORITY}, ["b2"]),
        (0, {"truth": "red", "said": "red"}, ["b0", "s0"]),
        (0, {"truth": "red", "said": "red", "method": Method.MAJORITY}, ["b0", "b1", "s0"]),
        (0, {"truth": "red", "judged": Judged.WRONG}, ["b1"]),
        (0, {"agreement": (0.5, 0.625)}, ["b1", "b3"]),
        (0, {"agreement": (0.5, 0.625), "judged": Judged.RIGHT, "method": Method.MAJORITY}, ["b1"]),
        (0, {"agreement": (0, 0)}, ["b2"]),
    ],
)
def test_listings_are_kept_by_one_gold_answer_that_is_all_of_it(
    round_: Round, iteration: int, asked: dict[str, object], ids: list[str] | None
) -> None:
    address = listings_address(Gold(round_.pk, iteration, **asked))  # type: ignore[arg-type]  # mixed values
    if ids is None:
        with pytest.raises(AssertionError, match="no such iteration"):
            kept(address)
    else:
        assert kept(address) == ids


@pytest.mark.parametrize(
    ("attribute", "asked", "ids"),
    [
        ("", {}, ["b0", "b1", "b2", "b3"]),
        ("color", {"judged": Judged.WRONG}, ["b1", "b2", "b3"]),
        ("closing", {"judged": Judged.WRONG}, ["b0", "b1"]),
        ("closing", {"truth": "flap"}, ["b0", "b1"]),
        ("closing", {"truth": "zip"}, ["b0"]),
        ("closing", {"said": "zip"}, ["b1"]),
        ("closing", {"truth": "zip, flap"}, ["b0"]),
        ("closing", {"said": "zip tie", "agreement": (0.3, 0.4)}, ["b0"]),
    ],
)
def test_an_attribute_narrows_to_its_answers_and_one_of_several_values_is_enough(
    round_: Round, attribute: str, asked: dict[str, object], ids: list[str]
) -> None:
    gold = Gold(round_.pk, 0, **asked)  # type: ignore[arg-type]  # mixed values
    assert kept(listings_address(gold, vertical="bag", attribute=attribute)) == ids


def test_a_retired_listing_is_hidden_as_soon_as_nobody_asks_for_it(round_: Round) -> None:
    assert kept(f"?answered={round_.pk}.0&judged=wrong&vertical=bag&attribute=color") == ["b1", "b2"]


def test_words_are_looked_for_among_gold_listings(round_: Round) -> None:
    Listing.objects.filter(external_id__in=["b1", "b4", "s0"]).update(title="Red bag")
    assert kept(f"?answered={round_.pk}.0&q=red") == ["b1", "s0"]
    assert kept(f"?answered={round_.pk}.0&q=red&judged=right") == ["s0"]


def test_votes_of_another_version_than_the_champion_can_be_asked_for(round_: Round) -> None:
    listing = Listing.objects.get(external_id="b4")
    color = listing.vertical.attributes.get(code="color")
    prediction(round_.versions.get(iteration=0), listing, color, "red", agreement=1.0)
    prediction(round_.versions.get(iteration=1), listing, color, "blue", agreement=1 / 3)
    votes = Votes(round_.pk, 1, agreement=(1 / 3, 1 / 3), predicted="blue")
    assert kept(listings_address(votes, vertical="bag", attribute="color")) == ["b4"]
    assert kept(listings_address(Votes(round_.pk, 1))) == ["b4"]
    assert kept(listings_address(Votes(round_.pk, 1, agreement=(0.4, 1)))) == []
    assert kept("?vertical=bag&attribute=color&predicted=red") == ["b4"]


def test_what_is_asked_of_gold_answers_needs_their_model(round_: Round) -> None:
    for query in ("judged=wrong", "truth=red", "said=red", "method=majority"):
        shown = PredictedListingFilter(QueryDict(query))
        assert shown.problems()[0].endswith("Choose the model whose answers on gold are meant.")
        assert not shown.qs.exists()


@pytest.mark.parametrize("text", ["99.0", "1", "x.y", "9223372036854775808.0", "-1.0"])
def test_a_model_that_there_is_not_is_named_and_keeps_nothing(text: str) -> None:
    shown = PredictedListingFilter(QueryDict(f"answered={text}&judged=wrong"))
    assert shown.problems() == [f"Answers on gold of: {text!r}: There is no such iteration of a round."]
    assert not shown.qs.exists()
    assert PredictedListingFilter(QueryDict(f"predicted_by={text}")).problems() == [
        f"Predictions of: {text!r}: There is no such model version."
    ]


def test_filters_are_told_in_words_and_go_with_what_they_need(round_: Round) -> None:
    gold = Gold(round_.pk, -1, Judged.WRONG, Method.MAJORITY, truth="red", agreement=(1 / 3, 1))
    shown = PredictedListingFilter(QueryDict(listings_address(gold).partition("?")[2]))
    assert {chip.label: chip.text for chip in shown.active()} == {
        "Use": "In use and retired",
        "Answers on gold of": f"Round {round_.pk}, Zero-shot",
        "On gold": "Wrong",
        "Which answer": "Of the majority",
        "People said": "red",
        "Agreement from %": "33.33",
        "Agreement up to %": "100",
    }
    (chip,) = (chip for chip in shown.active() if chip.label == "Answers on gold of")
    assert chip.names == ("answered", "method", "judged", "truth", "said")


def test_answers_are_offered_from_what_was_said(round_: Round) -> None:
    query = f"answered={round_.pk}.0&vertical=bag&attribute=color&said=green"
    shown = PredictedListingFilter(QueryDict(query))
    assert shown.truths == [("", "Anything"), ("blue", "blue"), ("red", "red")]
    assert shown.sayings == [("", "Anything"), ("blue", "blue"), ("green", "green"), ("red", "red")]
    assert PredictedListingFilter(QueryDict(f"answered={round_.pk}.0")).truths == []


def test_models_of_older_rounds_are_found_by_name(round_: Round) -> None:
    for _ in range(20):
        version_of(round_in(Status.DONE))
    assert f"{round_.pk}.0" not in PredictedListingFilter(QueryDict("")).models
    assert kept(f"?answered={round_.pk}.1") == ["b1"]


def test_gold_filters_take_no_query_of_their_own(
    round_: Round, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    gold = Gold(round_.pk, 0, Judged.WRONG, truth="red", said="blue", agreement=(0.5, 1))
    address = listings_address(gold, vertical="bag", attribute="color")
    # verticals, imports, attributes, values, models, the champion, listings
    with django_assert_num_queries(7):
        assert len(PredictedListingFilter(QueryDict(address.partition("?")[2])).qs) == 1
