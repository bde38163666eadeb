"""Records keep answers canonical and files whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from training.ml.errors import DataError
from training.ml.records import (
    Attribute,
    Chain,
    Listing,
    Question,
    Vote,
    json_lines,
    questions_of,
    read_jsonl,
    write_jsonl,
)

PARTS = Attribute("parts", "What it has", ("handle", "strap", "wheels"), multi=True)
COLOUR = Attribute("colour", "Main colour", ("red", "green"))
CHAINS = [
    Chain("a/colour", 0, "Photo 1 shows rød.\nAnswer: red", "red", -1.5),
    Chain("a/colour", 1, "?", None, -9.0),
]


def test_a_multi_value_answer_is_written_in_allowed_order() -> None:
    assert PARTS.answer_of(["wheels", "handle"]) == "handle, wheels"


@pytest.mark.parametrize(
    ("attribute", "values", "message"),
    [
        (
            COLOUR,
            ["mauve"],
            r"\['mauve'\] is not among the allowed values of 'colour': use one of red, green",
        ),
        (COLOUR, ["red", "green"], "'colour' takes one value"),
        (COLOUR, [], "'colour' takes one value"),
        (PARTS, [], "'parts' takes one or more values"),
    ],
)
def test_an_answer_that_is_not_allowed_names_attribute_value_and_remedy(
    attribute: Attribute, values: list[str], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        attribute.answer_of(values)


def test_an_attribute_without_values_is_refused() -> None:
    with pytest.raises(DataError, match="'colour' has no allowed values: list at least two"):
        Attribute("colour", "", ())


@pytest.mark.parametrize("state", ["unknown", "Not visible", "not_applicable"])
def test_a_state_cannot_be_an_allowed_value(state: str) -> None:
    with pytest.raises(DataError, match=f"lists '{state}' as a value, but it is a state: remove it"):
        Attribute("colour", "", ("red", state))


def test_questions_follow_listings_and_schema_and_may_be_limited_to_the_answered() -> None:
    schema = {"bag": {"colour": COLOUR, "parts": PARTS}}
    first = Listing("a", "bag", (Path("a.png"),), answers={"parts": "strap"}, evidence={"parts": (1,)})
    second = Listing("b", "bag", (Path("b.png"),))
    asked = questions_of([first, second], schema)
    assert [question.question_id for question in asked] == ["a/colour", "a/parts", "b/colour", "b/parts"]
    assert [question.answer for question in asked] == [None, "strap", None, None]
    assert questions_of([first, second], schema, answered=True) == [Question(first, PARTS)]
    assert [question.evidence for question in asked[:2]] == [(), (1,)]


def test_rows_read_back_as_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "chains.jsonl"
    assert write_jsonl(path, CHAINS) == 2
    assert read_jsonl(path, Chain) == CHAINS
    assert "rød" in path.read_text(encoding="utf-8")


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    def broken() -> Iterator[Chain]:
        yield CHAINS[0]
        raise RuntimeError("power cut")

    path = tmp_path / "chains.jsonl"
    write_jsonl(path, CHAINS)
    with pytest.raises(RuntimeError):
        write_jsonl(path, broken())
    assert read_jsonl(path, Chain) == CHAINS


def test_rows_of_another_stage_are_refused_by_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "chains.jsonl"
    write_jsonl(path, CHAINS)
    with pytest.raises(DataError, match=r"chains.jsonl, line 1: not a vote .*another stage"):
        read_jsonl(path, Vote)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1}\n\n{"a": ', r"rows.jsonl, line 3: not valid JSON .*mend the line"),
        ("[1, 2]\n", r"rows.jsonl, line 1: expected a JSON object, found list"),
    ],
)
def test_a_line_that_is_no_object_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        list(json_lines(path))


def test_blank_lines_and_a_byte_order_mark_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('\ufeff{"a": 1}\n\n{"a": 2}\n', encoding="utf-8")
    assert [row for row, _ in json_lines(path)] == [{"a": 1}, {"a": 2}]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.jsonl: no such file"):
        read_jsonl(tmp_path / "none.jsonl", Chain)
