from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.seed_choice import MOST, USUAL, SeedChoice
from labeling.seeding import Rule

IDS = st.lists(st.integers(0, 10**18 - 1), unique=True, max_size=MOST).map(tuple)


def read(query: str) -> SeedChoice:
    return SeedChoice.read(dict(parse_qsl(query)))


@given(st.sampled_from(Rule), st.integers(1, MOST), st.integers(0, 99), IDS, IDS)
def test_an_address_says_the_whole_choice(
    rule: Rule, size: int, draw: int, listings: tuple[int, ...], without: tuple[int, ...]
) -> None:
    choice = SeedChoice(rule, size, draw, listings, without)
    assert read(choice.query()) == choice


@given(st.dictionaries(st.sampled_from(["by", "size", "draw", "listings", "without"]), st.text()))
def test_whatever_an_address_says_there_is_a_choice(query: dict[str, str]) -> None:
    assert 1 <= SeedChoice.read(query).size <= MOST


@pytest.mark.parametrize(
    "query", ["", "by=luck", "size=x", "size=-1", "draw=1e9", "listings=1--2", "listings=1,2", "without=a"]
)
def test_what_cannot_be_read_is_as_usual(query: str) -> None:
    assert read(query) == SeedChoice(Rule.TYPICAL, USUAL)


def test_there_is_a_largest_size_and_a_smallest() -> None:
    assert read("size=0").size == 1
    assert read("size=100000").size == MOST
    assert len(read("listings=" + "-".join(map(str, range(MOST + 5)))).listings) == MOST


def test_a_listing_that_is_dropped_is_not_proposed_again_unless_added() -> None:
    choice = SeedChoice(listings=(1, 2, 3))
    assert choice.minus(2) == SeedChoice(listings=(1, 3), without=(2,))
    assert choice.minus(2).plus(2) == SeedChoice(listings=(1, 3, 2))
    assert choice.plus(2, 4).listings == (1, 2, 3, 4)


def test_a_swap_takes_the_same_place() -> None:
    choice = SeedChoice(listings=(1, 2, 3))
    assert choice.swapped(2, [9]) == SeedChoice(listings=(1, 9, 3), without=(2,))
    assert choice.swapped(2, []) == SeedChoice(listings=(1, 3), without=(2,)), "nothing is left to choose"


def test_another_draw_begins_anew() -> None:
    assert SeedChoice(Rule.RANDOM, 5, 1, (1, 2), (3,)).again() == SeedChoice(Rule.RANDOM, 5, 2)
