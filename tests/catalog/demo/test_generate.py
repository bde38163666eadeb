"""Listings from a seed: repeatable, independent of how many there are, with true evidence and mute words."""

from collections import Counter

import numpy as np
import pytest

from catalog.demo import LOOKS, DemoListing, Look, render_listings
from catalog.demo.schema import VERTICALS
from catalog.demo.wording import words

SMALL = 64


def _content(listing: DemoListing) -> tuple[object, ...]:
    facts = (listing.title, listing.description, listing.metadata, listing.attributes, listing.evidence)
    return (listing.listing_id, *facts, listing.views, [photo.tobytes() for photo in listing.photos])


@pytest.mark.parametrize("look", LOOKS)
def test_same_arguments_give_the_same_listings(look: Look) -> None:
    first, second = (list(render_listings(per_vertical=1, look=look, seed=7, size=SMALL)) for _ in range(2))
    assert [_content(listing) for listing in first] == [_content(listing) for listing in second]


def test_a_listing_does_not_depend_on_how_many_there_are() -> None:
    few = render_listings(per_vertical=1, look="seller", seed=7, size=SMALL, verticals=["kurta"])
    many = render_listings(per_vertical=3, look="seller", seed=7, size=SMALL)
    assert _content(next(few)) == _content(next(found for found in many if found.vertical == "kurta"))


@pytest.mark.parametrize("look", LOOKS)
def test_every_vertical_renders_two_to_four_square_photos(look: Look) -> None:
    listings = list(render_listings(per_vertical=2, look=look, seed=1, size=SMALL))
    assert Counter(listing.vertical for listing in listings) == dict.fromkeys(VERTICALS, 2)
    for listing in listings:
        assert 2 <= len(listing.photos) == len(listing.views) <= 4
        assert {(photo.mode, photo.size) for photo in listing.photos} == {("RGB", (SMALL, SMALL))}
        assert all(np.asarray(photo).std() > 4 for photo in listing.photos)


def test_ids_tell_look_seed_vertical_and_index() -> None:
    *_, last = render_listings(
        per_vertical=2, look="seller", seed=7, size=SMALL, verticals=["watch", "kurta"]
    )
    assert last.listing_id == "demo-seller-7-kurta-0001"


def test_evidence_names_exactly_the_photos_whose_view_shows_the_attribute() -> None:
    orders = set()
    for listing in render_listings(per_vertical=4, look="studio", seed=3, size=SMALL):
        views = {view.name: view for view in VERTICALS[listing.vertical].views}
        assert set(listing.evidence) == set(listing.attributes)
        assert listing.evidence["color"] == list(range(1, len(listing.photos) + 1))
        for code in set(listing.attributes) - {"color"}:
            shown = [at for at, name in enumerate(listing.views, start=1) if code in views[name].shows]
            assert listing.evidence[code] == shown != []
        orders.add((listing.vertical, listing.views))
    assert len(orders) > 2 * len(VERTICALS), "the order of photos is shuffled"


def test_values_come_from_the_closed_lists_and_all_of_them_occur() -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for listing in render_listings(per_vertical=80, look="studio", seed=5, size=8, verticals=["lamp"]):
        seen.update(listing.attributes.items())
    allowed = {
        (code, value)
        for code, attribute in VERTICALS["lamp"].attributes.items()
        for value in attribute.values
    }
    assert set(seen) == allowed


@pytest.mark.parametrize("name", VERTICALS)
def test_words_never_contain_an_allowed_value(name: str) -> None:
    values = [value for attribute in VERTICALS[name].attributes.values() for value in attribute.values]
    rng = np.random.default_rng(0)
    for _ in range(300):
        title, description, metadata = words(name, rng)
        assert set(metadata) == {"brand", "sku", "season", "price"}
        text = f"{title} {description} {metadata}".casefold()
        assert not [value for value in values if value in text]


def test_photos_of_one_listing_differ_in_how_bad_they_are() -> None:
    """Noise left in the flat parts: independent per photo, so its spread within a listing is wide."""
    spreads = []
    for listing in render_listings(per_vertical=2, look="seller", seed=2, size=SMALL):
        rough = [np.abs(np.diff(np.asarray(photo, dtype=float), axis=0)).mean() for photo in listing.photos]
        spreads.append(max(rough) / min(rough))
    assert np.median(spreads) > 1.3


@pytest.mark.parametrize(
    ("verticals", "look", "per_vertical", "named"),
    [
        (["spoon"], "studio", 1, "spoon"),
        (None, "night", 1, "night"),
        (None, "studio", 0, "per_vertical is 0"),
    ],
)
def test_bad_arguments_are_named(
    verticals: list[str] | None, look: Look, per_vertical: int, named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        next(render_listings(per_vertical=per_vertical, look=look, seed=1, verticals=verticals))
