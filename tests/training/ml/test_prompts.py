"""Prompts put shared parts first; answers are read strictly, with noise forgiven and nothing guessed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.ml.prompts import (
    ANSWER_MARK,
    QUESTION_START,
    completion_messages,
    listing_text,
    parse_answer,
    prompt_messages,
    question_text,
    write_chain,
)
from training.ml.records import STATES, Attribute, Listing, Question

COLOUR = Attribute("colour", "Main colour", ("red", "off-white", "Bleu pâle"))
PARTS = Attribute("parts", "What it has", ("handle", "strap", "two wheels"), multi=True)
LISTING = Listing("a", "bag", (Path("1.png"), Path("2.png")), title="Weekender", description="Roomy.")

words = st.text(alphabet="abcdefghijklm", min_size=1, max_size=6)
value_texts = st.lists(words, min_size=1, max_size=3).map(" ".join)
value_lists = st.lists(value_texts, min_size=2, max_size=6, unique=True).map(tuple)
foreign_texts = st.text(alphabet="nopqrstuvwxyz ", min_size=1, max_size=12)
noise = st.text(alphabet=" .,;:!?*\"'()-_", max_size=4)


def test_photos_come_first_in_order_then_listing_then_question() -> None:
    (message,) = prompt_messages(Question(LISTING, COLOUR))
    kinds = [part["type"] for part in message["content"]]
    texts = [part["text"] for part in message["content"] if part["type"] == "text"]
    assert message["role"] == "user"
    assert kinds == ["text", "image", "text", "text", "image", "text", "text"]
    *numbers, rest = texts
    assert numbers == ["Photo 1: ", "Photo 1\n", "Photo 2: ", "Photo 2\n"], "before each photo and behind it"
    assert rest.index("Vertical: bag") < rest.index("Title: Weekender") < rest.index("Description: Roomy.")
    assert rest.index("Description: Roomy.") < rest.index(QUESTION_START)


def test_two_questions_of_a_listing_differ_only_after_their_common_prefix() -> None:
    first, second = (prompt_messages(Question(LISTING, one))[0]["content"] for one in (COLOUR, PARTS))
    assert first[:-1] == second[:-1]
    cut = first[-1]["text"].index(QUESTION_START)
    assert first[-1]["text"][:cut] == second[-1]["text"][:cut]


def test_a_question_lists_every_value_and_state_and_says_whether_several_may_be_given() -> None:
    for attribute, several in ((COLOUR, False), (PARTS, True)):
        text = question_text(attribute)
        assert all(answer in text for answer in (*attribute.allowed_values, *STATES))
        assert ("one or more" in text) is several


def test_hidden_text_leaves_the_vertical() -> None:
    assert listing_text(Listing("a", "bag", ())) == "Vertical: bag\n"


def test_a_completion_is_one_turn_of_the_assistant() -> None:
    assert completion_messages("x") == [{"role": "assistant", "content": [{"type": "text", "text": "x"}]}]


@pytest.mark.parametrize("answer", [*COLOUR.allowed_values, *STATES])
def test_a_written_chain_reads_back(answer: str) -> None:
    assert parse_answer(write_chain(photo=2, answer=answer), COLOUR) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Answer: RED", "red"),
        ("**Answer: red.**", "red"),
        ("  - answer:red", "red"),
        ("Answer: off white", "off-white"),
        ("Answer: OFF_WHITE", "off-white"),
        ("Answer: bleu  PÂLE", "Bleu pâle"),
        ("Answer: not_visible", "not visible"),
        ("Answer: red\nOn second thought.\nAnswer: unknown\nGood.", "unknown"),
        ("Answer: reddish", None),
        ("Answer: red or off-white", None),
        ("Answer: red, off-white", None),
        ("Answer: dark red", None),
        ("Answer: bleu pale", None),
        ("Answer:", None),
        ("Answer: red\nAnswer: mauve", None),
        ("The answer: red", None),
        ("red", None),
        ("", None),
    ],
)
def test_one_value_is_read_or_nothing(text: str, answer: str | None) -> None:
    assert parse_answer(text, COLOUR) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Answer: two wheels, handle", "handle, two wheels"),
        ("Answer: Strap; handle | strap.", "handle, strap"),
        ("Answer: strap", "strap"),
        ("Answer: unknown", "unknown"),
        ("Answer: strap, unknown", None),
        ("Answer: strap, zip", None),
        ("Answer: strap handle", None),
        ("Answer: ,", None),
    ],
)
def test_several_values_are_read_all_or_not_at_all(text: str, answer: str | None) -> None:
    assert parse_answer(text, PARTS) == answer


def test_a_folded_text_is_no_exact_value() -> None:
    sizes = Attribute("size", "", ("A-4", "a 4"))
    assert [parse_answer(f"Answer: {one}", sizes) for one in ("a-4", "a 4", "A-4")] == [None, "a 4", "A-4"]


def test_values_that_differ_only_in_what_is_forgiven_must_be_written_exactly() -> None:
    sizes = Attribute("size", "", ("A-4", "A 4", "A4"))
    said = ("A-4", "A 4", "a4", "a-4", "a 4")
    assert [parse_answer(f"Answer: {one}", sizes) for one in said] == ["A-4", "A 4", "A4", None, None]


@given(value_lists, st.data(), noise, noise, st.integers())
def test_every_value_survives_case_space_and_punctuation(
    values: tuple[str, ...], data: st.DataObject, before: str, after: str, seed: int
) -> None:
    attribute = Attribute("code", "", values)
    value = data.draw(st.sampled_from((*values, *STATES)))
    draw = random.Random(seed)
    cased = "".join(draw.choice((c.lower(), c.upper())) for c in value)
    spaced = cased.replace(" ", draw.choice(("  ", " - ", "_")))
    assert parse_answer(f"Photo 1 shows it.\n{ANSWER_MARK}{before}{spaced}{after}", attribute) == value


@given(value_lists, foreign_texts, st.booleans())
def test_foreign_text_never_parses(values: tuple[str, ...], foreign: str, multi: bool) -> None:
    attribute = Attribute("code", "", values, multi)
    assert parse_answer(f"{ANSWER_MARK} {foreign}", attribute) is None
    assert parse_answer(f"{ANSWER_MARK} {values[0]} {foreign}z", attribute) is None
    assert parse_answer(f"{ANSWER_MARK} {values[0]}, {foreign}z", attribute) is None


@given(value_lists, st.data(), st.sampled_from([", ", ";", " | ", ",\t"]))
def test_every_set_of_values_survives_order_and_separator(
    values: tuple[str, ...], data: st.DataObject, separator: str
) -> None:
    attribute = Attribute("code", "", values, multi=True)
    chosen = data.draw(st.lists(st.sampled_from(values), min_size=1, unique=True))
    assert parse_answer(f"{ANSWER_MARK} {separator.join(chosen)}", attribute) == attribute.answer_of(chosen)
