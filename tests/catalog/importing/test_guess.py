import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from catalog.importing.guess import guess_plan, normal
from catalog.importing.plan import Kind, Plan
from catalog.importing.raw import RawRow
from catalog.importing.sample import KEPT_ROWS, ROWS, VALUES, Sample, take_sample
from catalog.schema.spec import parse_schema

SCHEMA = parse_schema(
    {
        "bag": {
            "color": {"allowed_values": ["Red", "Blue", "Green"]},
            "closing": {"allowed_values": ["zip", "flap"], "multi": True},
        },
        "Tees & Tops": {"color": {"allowed_values": ["Red", "Black"]}},
    },
    where="schema",
)
MAGENTO = {
    "sku": "B1",
    "store_view_code": "",
    "categories": "Default Category/Gear/Bag,Default Category/Sale",
    "name": "Weekender",
    "description": "<p>Roomy</p>",
    "short_description": "",
    "price": "10",
    "base_image": "/m/b/b1.jpg",
    "small_image": "/m/b/b1.jpg",
    "base_image_label": "",
    "additional_images": "/m/b/b1_a.jpg,/m/b/b1_b.jpg",
    "additional_attributes": "has_options=0,color=Red,material=Cotton|Wool",
    "configurable_variations": "sku=B1-S,color=Red|sku=B1-M,color=Blue",
}
SHOPIFY = {
    "Handle": "weekender",
    "Title": "Weekender",
    "Body (HTML)": "<p>Roomy</p>",
    "Vendor": "x",
    "Type": "Bag",
    "Option1 Name": "Color",
    "Option1 Value": "Red",
    "Variant SKU": "B1",
    "Image Src": "https://x.org/w_1,h_2/b1.jpg",
    "Image Position": "1",
    "Variant Image": "",
}


@dataclass
class Given:
    """Rows as a reader yields them."""

    given: Sequence[Mapping[str, Any]]
    columns: tuple[str, ...] = ()
    size: int = 0
    position: int = 0

    def __iter__(self) -> Iterator[RawRow]:
        return (RawRow(number, row) for number, row in enumerate(self.given, 1))


def sample(*rows: Mapping[str, Any]) -> Sample:
    return Sample.from_json(json.loads(json.dumps(take_sample(Given(rows)).to_json())))


def guess(*rows: Mapping[str, Any]) -> Plan:
    return guess_plan(sample(*rows), SCHEMA, kind=Kind.CSV)


def meanings(plan: Plan) -> dict[str, str]:
    return {column.name: column.meaning for column in plan.columns}


def test_a_magento_export_is_understood() -> None:
    plan = guess(
        MAGENTO, MAGENTO | {"sku": "B2", "additional_attributes": "color=Blue", "additional_images": ""}
    )
    assert meanings(plan) == {
        "sku": "id",
        "categories": "vertical",
        "name": "title",
        "description": "description",
        "base_image": "images",
        "additional_images": "images",
        "additional_attributes": "expand",
        "additional_attributes: color": "attribute:color",
    }
    assert (plan.image_separators, plan.continuation, plan.html, plan.vertical) == (",", False, True, "")
    assert plan.verticals == {MAGENTO["categories"]: "bag"}


def test_a_shopify_export_is_understood() -> None:
    variant = dict.fromkeys(SHOPIFY, "") | {"Handle": "weekender", "Option1 Value": "Blue"}
    second = SHOPIFY | {"Handle": "tee", "Type": "Apparel > Tees and Tops", "Option1 Value": "Black"}
    plan = guess(SHOPIFY, variant, second)
    assert meanings(plan) == {
        "Handle": "id",
        "Title": "title",
        "Body (HTML)": "description",
        "Type": "vertical",
        "Option1 Value": "attribute:color",
        "Image Src": "images",
    }
    assert (plan.continuation, plan.html) == (True, True)
    assert plan.verticals == {"Bag": "bag", "Apparel > Tees and Tops": SCHEMA[1].code}


def test_a_data_folder_is_understood() -> None:
    row = {
        "listing_id": "b1",
        "vertical": "bag",
        "title": "A",
        "images": ["images/b1.jpg"],
        "attributes": {"color": "Red", "closing": ["zip"]},
        "evidence": {"color": [1]},
        "group": "g",
        "metadata": {"brand": "x"},
        "leaks": [],
    }
    assert meanings(guess(row)) == {
        "listing_id": "id",
        "vertical": "vertical",
        "title": "title",
        "images": "images",
        "attributes": "attributes",
        "evidence": "evidence",
        "group": "group",
        "metadata": "all_metadata",
    }


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"Product ID": "1", "productName": "x"}, {"Product ID": "id", "productName": "title"}),
        (
            {"id": "1", "Image URL 1": "a", "Image URL 2": "b"},
            {"id": "id", "Image URL 1": "images", "Image URL 2": "images"},
        ),
        (
            {"id": "1", "image_link": "a", "additional_image_link": "b"},
            {"id": "id", "image_link": "images", "additional_image_link": "images"},
        ),
        (
            {"id": "1", "front": "x/a.JPG", "side": "https://x.org/b.webp?w=1"},
            {"id": "id", "front": "images", "side": "images"},
        ),
        ({"id": "1", "thumbnail_image": "a.jpg", "Image alt text": "x"}, {"id": "id"}),
        ({"id": "1", "attributes.color": "Red"}, {"id": "id", "attributes.color": "attribute:color"}),
        ({"id": "1", "Closing": "zip|flap"}, {"id": "id", "Closing": "attribute:closing"}),
        ({"id": "1", "color": "Crimson"}, {"id": "id"}),
        ({"id": "1", "category": "Hats"}, {"id": "id"}),
        ({"id": "1", "vertical": "Hats"}, {"id": "id", "vertical": "vertical"}),
        ({"id": "1", "sku": ""}, {"id": "id"}),
        ({"item_group_id": "g", "item id": "1"}, {"item_group_id": "group", "item id": "id"}),
        (
            {"id": "1", "specs": {"color": "Red", "size": 3}},
            {"id": "id", "specs": "expand", "specs: color": "attribute:color"},
        ),
    ],
)
def test_columns_are_known_by_name_and_content(columns: dict[str, Any], expected: dict[str, str]) -> None:
    assert meanings(guess(columns)) == expected


def test_a_state_is_an_answer() -> None:
    assert meanings(guess({"id": "1", "color": "not visible"}))["color"] == "attribute:color"


def test_an_attribute_column_that_mostly_says_other_things_is_metadata() -> None:
    rows = [{"id": str(n), "color": color} for n, color in enumerate(["Red", "Teal", "Mint", "Sand"])]
    assert meanings(guess(*rows)) == {"id": "id"}


@pytest.mark.parametrize(
    ("cells", "separators"),
    [
        (["a.jpg|b.jpg", "c.jpg"], "|"),
        (["a, b.jpg;c.jpg", "x.png\ny.png"], ";\n"),
        (["https://x.org/a,b.jpg"], ",;|\n"),
        (["a.jpg"], ",;|\n"),
        (['["a.jpg", "b.jpg"]'], ",;|\n"),
    ],
)
def test_what_stands_between_photos_is_found(cells: list[str], separators: str) -> None:
    assert guess(*({"id": "1", "images": cell} for cell in cells)).image_separators == separators


@pytest.mark.parametrize(
    ("rows", "goes_on"),
    [
        ([{"id": "1", "title": "a"}, {"id": "", "title": ""}], True),
        ([{"id": "1", "title": "a"}, {"id": "1", "title": ""}], True),
        ([{"id": "1", "title": "a"}, {"id": "1", "title": "a"}], False),
        ([{"id": "1", "title": "a"}, {"id": "2", "title": ""}], False),
        ([{"id": "", "title": "a"}, {"id": "2", "title": "b"}], False),
    ],
)
def test_rows_that_go_on_are_found(rows: list[dict[str, str]], goes_on: bool) -> None:
    assert guess(*rows).continuation is goes_on


def test_the_only_vertical_is_that_of_all_rows() -> None:
    assert guess_plan(sample({"id": "1"}), SCHEMA[:1], kind=Kind.CSV).vertical == "bag"
    assert guess({"id": "1"}).vertical == ""
    assert guess_plan(sample({"id": "1"}), (), kind=Kind.JSONL).vertical == ""


@pytest.mark.parametrize("name", ["Body (HTML)", "body_html", "bodyHtml", " BODY-HTML "])
def test_column_names_of_several_conventions_are_one(name: str) -> None:
    assert normal(name).replace("h tml", "html") == "body html"


def test_a_sample_ends() -> None:
    rows = [{"id": str(n), "same": "x"} for n in range(ROWS + 10)]
    taken = sample(*rows)
    assert (taken.seen, len(taken.rows)) == (ROWS, KEPT_ROWS)
    assert taken.columns["id"].filled == ROWS
    assert taken.columns["id"].values is None
    assert taken.columns["same"].values == ["x"]
    assert len(sample(*rows[:VALUES]).columns["id"].values or ()) == VALUES


def test_a_sample_keeps_nothing_that_no_database_keeps() -> None:
    taken = take_sample(Given([{"a": "x\x00\ud800", "b": [1e999]}])).to_json()
    assert "\\u0000" not in json.dumps(taken, allow_nan=False)
