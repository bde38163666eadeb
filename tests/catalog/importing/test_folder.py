import re
from pathlib import Path

import pytest

from catalog.errors import CatalogError
from catalog.importing.folder import FolderLabel, ListingRow, read_listings
from catalog.schema.spec import parse_schema
from catalog.states import State
from tests.catalog.folders import SCHEMA, Row, make_folder, row


def read(folder: Path, *rows: Row | str) -> list[ListingRow]:
    return list(read_listings(make_folder(folder, rows), parse_schema(SCHEMA, where="schema")))


def test_a_full_row_is_read(tmp_path: Path) -> None:
    [listing] = read(
        tmp_path,
        row(
            "w1",
            title="Watch",
            description="It ticks",
            images=["a.png", "b.png"],
            group="g",
            metadata={"brand": "none"},
            attributes={"strap": "Steel", "hands": ["Second", "Hour"]},
            evidence={"strap": [2], "hands": []},
            leaks=["strap"],
        ),
    )
    assert listing == ListingRow(
        where=f"{tmp_path / 'listings.jsonl'}, line 1",
        external_id="w1",
        vertical="watch",
        title="Watch",
        description="It ticks",
        metadata={"brand": "none"},
        group_key="g",
        images=(tmp_path / "a.png", tmp_path / "b.png"),
        labels=(
            FolderLabel("w1", "strap", ("steel",), None, 2),
            FolderLabel("w1", "hands", ("hour", "second"), None, None),
        ),
    )


def test_a_bare_row_has_itself_as_group_and_no_labels(tmp_path: Path) -> None:
    [listing] = read(tmp_path, row("w1", title=None))
    assert (listing.group_key, listing.labels, listing.title, listing.metadata) == ("w1", (), "", {})


def test_a_state_is_an_answer_and_null_is_none(tmp_path: Path) -> None:
    [listing] = read(tmp_path, row("w1", attributes={"strap": "not visible", "hands": None}))
    assert listing.labels == (FolderLabel("w1", "strap", (), State.NOT_VISIBLE, None),)


def test_a_multi_attribute_takes_a_single_value(tmp_path: Path) -> None:
    [listing] = read(tmp_path, row("w1", attributes={"hands": "Hour"}))
    assert listing.labels[0].values == ("hour",)


def test_empty_lines_are_skipped_and_counted(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="line 3: listing_id 'w1' is there twice: keep one of the rows"):
        read(tmp_path, row("w1"), "", row("w1"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 1: not valid JSON"),
        ("[]", "line 1: expected a JSON object, found []: mend the line"),
        (row(""), "line 1: listing_id is '': give a text of 1 to 200 characters"),
        (row("x" * 201), "give a text of 1 to 200 characters"),
        (row("w", vertical=None), "line 1: vertical is None: give a text"),
        (
            row("w", vertical="hat"),
            "'hat' is not in schema.json: add it there or use one of watch, sofa",
        ),
        (row("w", images=[]), "line 1: images is []: give a list of one or more paths in the folder"),
        (row("w", images="a.png"), "line 1: images is 'a.png': give a list"),
        (
            row("w", images=["../a.png"]),
            "has '../a.png', which is outside the folder: copy the file into it",
        ),
        (row("w", images=["/a.png"]), "images has '/a.png', which is outside the folder"),
        (row("w", title=3), "line 1: title is 3: give a text or leave it out"),
        (row("w", metadata="x"), "line 1: metadata is 'x': give an object or leave it out"),
        (row("w", group=["g"]), "line 1: group is ['g']: give a text of 1 to 200 characters"),
        (row("w", attributes=["strap"]), "line 1: attributes is ['strap']: give an object"),
        (
            row("w", attributes={"hue": "Red"}),
            "'hue' is not in schema.json for this vertical: add it there",
        ),
        (
            row("w", attributes={"strap": "Gold"}),
            "line 1: attributes.strap is 'Gold', which is not allowed: use one of Leather, Steel, or a state "
            "(not_applicable, not_visible, unknown)",
        ),
        (
            row("w", attributes={"strap": ["Steel"]}),
            "strap is ['Steel'], which is not allowed: use one of",
        ),
        (
            row("w", attributes={"hands": ["Fourth"]}),
            "which is not allowed: use some of Hour, Minute",
        ),
        (row("w", attributes={"hands": []}), "attributes.hands is [], which is not allowed"),
        (row("w", attributes={"hands": [["Hour"]]}), "attributes.hands is [['Hour']], which is not allowed"),
        (
            row("w", evidence={"hue": [1]}),
            "the attribute 'hue', which schema.json lacks: remove it",
        ),
        (
            row("w", attributes={"strap": "Steel"}, evidence={"strap": [2]}),
            "line 1: evidence.strap is [2]: give a list of photo numbers from 1 to 1",
        ),
        (row("w", attributes={"strap": "Steel"}, evidence={"strap": 1}), "evidence.strap is 1: give a list"),
        ("", "listings.jsonl: the file has no listings: add at least one row"),
    ],
)
def test_a_bad_row_is_named_with_the_remedy(tmp_path: Path, line: Row | str, message: str) -> None:
    with pytest.raises(CatalogError, match=re.escape(message)) as raised:
        read(tmp_path, line)
    assert str(tmp_path / "listings.jsonl") in str(raised.value)


def test_a_folder_without_listings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no such file: a data folder needs a listings.jsonl"):
        list(read_listings(tmp_path, parse_schema(SCHEMA, where="schema")))
