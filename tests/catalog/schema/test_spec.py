import re
from pathlib import Path

import pytest

from catalog.errors import CatalogError
from catalog.schema.spec import parse_schema, read_schema
from tests.catalog.folders import SCHEMA


def test_names_stay_as_given_and_get_codes() -> None:
    [vertical] = parse_schema(
        {"T-Shirt": {"Sleeve length": {"allowed_values": ["Short", "1.5"]}}}, where="here"
    )
    [attribute] = vertical.attributes
    assert (vertical.code, attribute.code, attribute.label) == (
        "t-shirt",
        "sleeve-length",
        "Sleeve length",
    )
    assert [(value.label, value.code) for value in attribute.values] == [
        ("Short", "short"),
        ("1.5", "15-9f29a1"),
    ]
    assert (attribute.description, attribute.multi) == ("", False)


def test_multi_and_description_are_read() -> None:
    watch, _ = parse_schema(SCHEMA, where="here")
    strap, hands = watch.attributes
    assert hands.multi
    assert strap.description == "What it is worn by"


def attribute(**fields: object) -> object:
    return {"watch": {"strap": {"allowed_values": ["Steel"]} | fields}}


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ([], "s: expected an object of verticals, found []"),
        ({}, "s: expected an object of verticals, found {}"),
        ({"watch": None}, "s, watch: expected an object of attributes, found None"),
        (
            {"watch": {"strap": ["Steel"]}},
            "s, watch / strap: expected {description, allowed_values}, found ['Steel']",
        ),
        (attribute(description=3), "s, watch / strap: description is 3: give a text"),
        (attribute(multi="yes"), "s, watch / strap: multi is 'yes': give true or false"),
        (
            attribute(allowed_values=[]),
            "s, watch / strap: allowed_values is []: give a list of one or more texts",
        ),
        (attribute(allowed_values=["a", 2]), "s, watch / strap: allowed_values has 2: give a text"),
        (
            attribute(allowed_values=["Not visible"]),
            "'Not visible', but not_visible is a state, which answers every",
        ),
        (
            attribute(allowed_values=["Steel", "STEEL"]),
            "s, watch / strap: 'STEEL' and 'Steel' cannot be told apart",
        ),
        (
            attribute(allowed_values=[" "]),
            "s, watch / strap: '' is no name: give one of 1 to 200 characters",
        ),
        ({"watch": {"x" * 201: {}}}, "is no name: give one of 1 to 200 characters"),
        (
            {name: {"seats": {"allowed_values": ["2"]}} for name in ("Sofa Bed", "sofa-bed")},
            "s: 'sofa-bed' and 'Sofa Bed' cannot be told apart: keep one of them",
        ),
    ],
)
def test_a_fault_is_named_with_its_place_and_remedy(schema: object, message: str) -> None:
    with pytest.raises(CatalogError, match=re.escape(message)):
        parse_schema(schema, where="s")


def test_a_folder_without_schema_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="schema.json: no such file: a data folder needs a schema.json"):
        read_schema(tmp_path / "schema.json")


def test_a_schema_that_is_not_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    path.write_text("{")
    with pytest.raises(CatalogError, match=r"schema.json: not valid JSON \(.*line 1.*\): mend the file"):
        read_schema(path)


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    path.write_text('{"watch": {"strap": {"allowed_values": ["Steel"]}}}', encoding="utf-8-sig")
    assert [vertical.code for vertical in read_schema(path)] == ["watch"]
