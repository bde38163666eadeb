"""A data folder is read whole, or refused by file, line, field, value and remedy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.training.ml.folders import read_rows, write_folder, write_rows
from training.ml.errors import DataError
from training.ml.folder import read_listings, read_schema
from training.ml.records import Attribute, Listing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "data", per_vertical=2)


def read(folder: Path) -> list[Listing]:
    return read_listings(folder, read_schema(folder / "schema.json"))


def change(folder: Path, line: int, **fields: Any) -> None:
    rows = read_rows(folder)
    rows[line - 1] |= fields
    write_rows(folder, rows)


def test_a_listing_has_its_photos_texts_and_answers(folder: Path) -> None:
    bag = read(folder)[2]
    assert bag == Listing(
        listing_id="bag-0",
        vertical="bag",
        images=(folder / "images/bag-0-1.png", folder / "images/bag-0-2.png"),
        title="Plain bag",
        answers={"colour": "red", "parts": "handle, strap"},
        group="bag-0",
    )


def test_a_schema_has_its_attributes_in_order(folder: Path) -> None:
    schema = read_schema(folder / "schema.json")
    assert list(schema["bag"]) == ["colour", "parts"]
    assert schema["bag"]["parts"] == Attribute(
        "parts", "What it has", ("handle", "strap", "wheels"), multi=True
    )


def test_states_group_and_evidence_are_kept(folder: Path) -> None:
    answers = {"colour": "not_visible", "parts": None}
    change(folder, 3, attributes=answers, evidence={"colour": [2]}, group="g7", description="Roomy.")
    bag = read(folder)[2]
    assert bag.answers == {"colour": "not visible"}
    assert (bag.evidence, bag.group, bag.description) == ({"colour": (2,)}, "g7", "Roomy.")


def test_photos_may_be_left_undecoded(folder: Path) -> None:
    (folder / "images/cap-0-1.png").write_bytes(b"no image")
    assert len(read_listings(folder, read_schema(folder / "schema.json"), check_images=False)) == 4


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"listing_id": ""}, "field 'listing_id' is missing or empty"),
        ({"vertical": None}, "field 'vertical' is missing or empty"),
        ({"images": []}, "field 'images' is missing or empty"),
        ({"vertical": "sari"}, "vertical 'sari' is not in schema.json: add it there or mend the row"),
        ({"vertical": ["cap"]}, "vertical .'cap'. is not in schema.json"),
        ({"images": "front.png"}, "images = 'front.png': expected a list of paths"),
        ({"images": [3]}, "images = .3.: expected a list of paths"),
        ({"images": ["../front.png"]}, "image '../front.png' lies outside the folder"),
        ({"images": ["/etc/front.png"]}, "image '/etc/front.png' lies outside the folder"),
        ({"attributes": ["red"]}, "attributes: expected a JSON object {...}, found .'red'."),
        ({"evidence": 2}, "evidence: expected a JSON object {...}, found 2"),
        (
            {"attributes": {"size": "L"}},
            "attribute 'size' is not in schema.json for this vertical: it has colour",
        ),
        (
            {"attributes": {"colour": "mauve"}},
            r"attributes.colour = 'mauve': \['mauve'\] is not among the allowed values of 'colour': use one",
        ),
        ({"attributes": {"colour": ["red", "blue"]}}, "attributes.colour = .* takes one value"),
        ({"attributes": {"colour": 3}}, "attributes.colour = 3: .* use one of red, green, blue"),
        ({"evidence": {"colour": [3]}}, r"evidence.colour = \[3\]: expected photo numbers between 1 and 2"),
        ({"evidence": {"colour": 1}}, "evidence.colour = 1: expected photo numbers between 1 and 2"),
        ({"listing_id": "cap-0"}, "listing_id 'cap-0' is there twice: keep one of the rows"),
        (
            {"images": ["images/none.png"]},
            "image .*none.png is missing: add the file or remove it from images",
        ),
    ],
)
def test_a_row_that_cannot_be_used_is_named(folder: Path, fields: dict[str, Any], message: str) -> None:
    change(folder, 2, **fields)
    with pytest.raises(DataError, match=f"listings.jsonl, line 2: {message}"):
        read(folder)


@pytest.mark.parametrize("content", [b"no image", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b""])
def test_a_photo_that_cannot_be_decoded_is_named(folder: Path, content: bytes) -> None:
    (folder / "images/cap-1-2.png").write_bytes(content)
    with pytest.raises(
        DataError, match=r"line 2: image .*cap-1-2.png cannot be decoded .*: replace the file"
    ):
        read(folder)


def test_a_cut_off_photo_is_named(folder: Path) -> None:
    photo = folder / "images/cap-1-2.png"
    photo.write_bytes(photo.read_bytes()[:-30])
    with pytest.raises(DataError, match=r"cap-1-2.png cannot be decoded"):
        read(folder)


def test_an_empty_file_has_no_listings(folder: Path) -> None:
    write_rows(folder, [])
    with pytest.raises(DataError, match="no listings in the file"):
        read(folder)


def test_a_folder_without_schema_is_no_data_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="schema.json: no such file: a data folder needs a schema.json"):
        read_schema(tmp_path / "schema.json")


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("{", r"schema.json: not valid JSON"),
        ({"cap": ["colour"]}, r"schema.json, cap: expected a JSON object"),
        ({"cap": {"colour": "red"}}, r"schema.json, cap / colour: expected a JSON object"),
        ("[]", r"schema.json: expected \{vertical: \{attribute: ...\}\}, found list"),
        ({}, "expected"),
        (
            {"cap": {"colour": {"allowed_values": "red"}}},
            "cap / colour: allowed_values must be a list of texts",
        ),
        (
            {"cap": {"colour": {"allowed_values": [1]}}},
            "cap / colour: allowed_values must be a list of texts",
        ),
        (
            {"cap": {"colour": {"allowed_values": []}}},
            "cap / colour: attribute 'colour' has no allowed values",
        ),
        (
            {"cap": {"colour": {"allowed_values": ["red", "unknown"]}}},
            "cap / colour: .* it is a state: remove it",
        ),
    ],
)
def test_a_schema_that_cannot_be_used_is_named(tmp_path: Path, schema: Any, message: str) -> None:
    path = tmp_path / "schema.json"
    path.write_text(schema if isinstance(schema, str) else json.dumps(schema))
    with pytest.raises(DataError, match=message):
        read_schema(path)
