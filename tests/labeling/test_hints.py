import pytest

from catalog.models import Listing
from catalog.selectors import vertical_spec
from labeling.selectors.hints import Hints, hints_of
from labeling.services import suggestion_add
from tests.factories import AttributeFactory, ListingFactory, VerticalFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing() -> Listing:
    vertical = VerticalFactory.create(code="kurta")
    AttributeFactory.create(vertical=vertical, code="color", values=["red", "navy blue", "blue, faded"])
    AttributeFactory.create(vertical=vertical, code="neck", values=["round", "v"], retired=True)
    AttributeFactory.create(vertical=vertical, code="fabric", values=["wool", "silk"], multi=True)
    return ListingFactory.create(vertical=vertical)


def hints(listing: Listing) -> Hints:
    listing.save()
    spec = vertical_spec("kurta")
    assert spec
    return hints_of([listing.pk], spec)[listing.pk]


def suggest(listing: Listing, attribute: str, shares: dict[str, float]) -> None:
    suggestion_add(
        listing=listing,
        attribute=listing.vertical.attributes.get(code=attribute),
        source="a teacher",
        shares=shares,
    )


def test_titles_name_values_by_label_and_synonym(listing: Listing) -> None:
    value = listing.vertical.attributes.get(code="fabric").values.get(code="wool")
    value.synonyms = ["merino"]
    value.save()
    listing.title = "Merino kurta, round neck, in navy blue"
    assert hints(listing) == {("fabric", "wool"): "its title", ("color", "navy blue"): "its title"}


def test_claims_say_what_came_with_the_listing(listing: Listing) -> None:
    listing.claims = {
        "color": {"values": ["red"], "state": "", "evidence": 1},
        "fabric": {"values": [], "state": "unknown", "evidence": None},
    }
    assert hints(listing) == {("color", "red"): "its import"}


def test_the_newest_suggestion_counts_and_of_it_the_largest_share(listing: Listing) -> None:
    suggest(listing, "color", {"red": 1.0})
    suggest(listing, "color", {"red": 0.25, "blue, faded": 0.5, "not visible": 0.25})
    suggest(listing, "fabric", {"wool, silk": 0.75, "wool": 0.25})
    assert hints(listing) == {
        ("color", "blue, faded"): "a teacher",
        ("fabric", "wool"): "a teacher",
        ("fabric", "silk"): "a teacher",
    }


def test_a_state_is_no_hint(listing: Listing) -> None:
    suggest(listing, "color", {"unknown": 0.75, "red": 0.25})
    assert hints(listing) == {}


def test_what_an_import_says_is_named_before_the_title(listing: Listing) -> None:
    listing.title = "red"
    suggest(listing, "color", {"red": 1.0})
    assert hints(listing) == {("color", "red"): "a teacher"}
    listing.claims = {"color": {"values": ["red"], "state": "", "evidence": None}}
    assert hints(listing) == {("color", "red"): "its import"}
