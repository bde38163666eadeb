"""Questions made when they are asked for are those that would have been made at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.ml.questions import Questions
from training.ml.records import Attribute, Listing, questions_of

CODES = ("colour", "shape", "size")
SCHEMA = {
    f"{count}": {code: Attribute(code, "", ("red", "round")) for code in CODES[:count]} for count in range(4)
}


def listings_of(counts: list[int], *, answers: int = 0) -> list[Listing]:
    known = dict.fromkeys(CODES[:answers], "red")
    return [
        Listing(f"listing {number}", f"{count}", (Path("a.png"),), answers=known)
        for number, count in enumerate(counts)
    ]


@given(counts=st.lists(st.integers(0, 3), max_size=12), start=st.integers(0, 30), length=st.integers(0, 30))
def test_a_slice_is_that_of_all_questions(counts: list[int], start: int, length: int) -> None:
    listings = listings_of(counts)
    lazy, whole = Questions(listings, SCHEMA), questions_of(listings, SCHEMA)
    assert (len(lazy), list(lazy)) == (len(whole), whole)
    assert lazy[start : start + length] == whole[start : start + length]


def test_a_question_is_found_by_its_place() -> None:
    lazy = Questions(listings_of([2, 0, 3]), SCHEMA)
    assert [lazy[place].question_id for place in (0, 2, -1)] == [
        *("listing 0/colour", "listing 2/colour", "listing 2/size")
    ]
    with pytest.raises(IndexError):
        lazy[5]


def test_only_known_answers_are_asked_about() -> None:
    lazy = Questions(listings_of([3, 1], answers=1), SCHEMA, answered=True)
    assert [one.question_id for one in lazy] == ["listing 0/colour", "listing 1/colour"]
