from typing import Any

import pytest

from catalog.errors import CatalogError
from catalog.importing.listing import ListingRow
from catalog.importing.plan import Column, Plan, Role
from catalog.importing.products import products
from catalog.importing.raw import Problem, RawRow
from catalog.importing.rows import RowReader
from catalog.schema.spec import parse_schema

SCHEMA = parse_schema(
    {
        "watch": {
            "strap": {"allowed_values": ["Leather", "Steel", "Navy, dark"]},
            "hands": {"allowed_values": ["Hour", "Minute", "Second"], "multi": True},
        },
        "sofa": {"seats": {"allowed_values": ["1.5", "2", "15"]}},
    },
    where="schema",
)
COLUMNS = {
    "id": "id",
    "type": "vertical",
    "name": "title",
    "text": "description",
    "photos": "images",
    "more": "images",
    "family": "group",
    "strap": "attribute:strap",
    "hands": "attribute:hands",
    "extra": "expand",
    "extra: strap": "attribute:strap",
    "extra: junk": "ignored",
    "skip": "ignored",
}


def plan(columns: dict[str, str] = COLUMNS, **options: Any) -> Plan:
    return Plan(columns=tuple(Column.meaning_of(*pair) for pair in columns.items()), **options)


FOLDER = {"id": "id", "vertical": "vertical", "images": "images", "attributes": "attributes"} | {
    "evidence": "evidence",
    "metadata": "all_metadata",
}


def read(*rows: dict[str, Any], how: Plan = plan()) -> ListingRow | list[Problem]:  # noqa: B008  it is frozen
    raw = [RawRow(number, row) for number, row in enumerate(rows, 1)]
    [product] = products(raw, how)
    return RowReader(how, SCHEMA).read(product)


def good(*rows: dict[str, Any], how: Plan = plan()) -> ListingRow:  # noqa: B008
    listing = read(*rows, how=how)
    assert isinstance(listing, ListingRow), listing
    return listing


def bad(*rows: dict[str, Any], how: Plan = plan()) -> list[tuple[int, str, str, str]]:  # noqa: B008
    problems = read(*rows, how=how)
    assert isinstance(problems, list), problems
    return [(one.row, one.field, one.value, one.reason) for one in problems]


WATCH = {"id": "w1", "type": "Watch"}


def test_a_full_row_is_read() -> None:
    listing = good(
        WATCH
        | {
            "name": " A  watch\n",
            "text": "It ticks\r\nalways",
            "photos": "a.jpg, b.jpg,a.jpg",
            "more": "c.jpg",
            "family": "g",
            "strap": "STEEL",
            "hands": "Second|Hour",
            "extra": "weight=2,junk=x",
            "skip": "me",
            "price": "12.50",
            "empty": "",
        }
    )
    assert listing == ListingRow(
        row=1,
        external_id="w1",
        vertical="watch",
        title="A watch",
        description="It ticks\nalways",
        metadata={"extra: weight": "2", "price": "12.50"},
        group="g",
        images={"a.jpg": (1, "photos"), "b.jpg": (1, "photos"), "c.jpg": (1, "more")},
        claims={
            "strap": {"values": ["steel"], "state": "", "evidence": None},
            "hands": {"values": ["hour", "second"], "state": "", "evidence": None},
        },
        covered=frozenset({"strap", "hands"}),
    )


def test_what_the_plan_has_no_column_for_is_not_said() -> None:
    listing = good({"id": "w1", "junk": "x"}, how=plan({"id": "id"}, vertical="watch", rest=Role.IGNORED))
    assert (listing.title, listing.description, listing.metadata, listing.group) == (None, None, None, None)
    assert (listing.images, listing.claims) == (None, None)


def test_what_the_plan_has_a_column_for_is_said_to_be_empty() -> None:
    listing = good(WATCH)
    assert (listing.title, listing.description, listing.group, listing.metadata) == ("", "", "", {})
    assert (listing.images, listing.claims) == ({}, {})


def test_a_row_without_photos_lands() -> None:
    assert good(WATCH | {"photos": " , "}).images == {}


def test_a_prefix_goes_before_every_id() -> None:
    assert good(WATCH, how=plan(id_prefix="shop-")).external_id == "shop-w1"


def test_rows_of_one_product_add_photos_values_and_metadata() -> None:
    listing = good(
        WATCH | {"name": "First", "photos": "a.jpg", "hands": "Hour", "size": "S", "by": "x"},
        {"id": "", "name": "Second", "photos": "b.jpg", "hands": "Minute", "size": "M", "by": "x"},
        {"id": "w1", "photos": "a.jpg", "size": "L"},
        how=plan(continuation=True),
    )
    assert listing.title == "First"
    assert listing.images == {"a.jpg": (1, "photos"), "b.jpg": (2, "photos")}
    assert listing.claims and listing.claims["hands"]["values"] == ["hour", "minute"]
    assert listing.metadata == {"size": ["S", "M", "L"], "by": "x"}


def test_html_becomes_plain_text_if_the_plan_says_so() -> None:
    row = WATCH | {"name": "A &amp; B", "text": "<p>One<br>two</p>"}
    assert good(row).description == "<p>One<br>two</p>"
    listing = good(row, how=plan(html=True))
    assert (listing.title, listing.description) == ("A & B", "One\ntwo")


def test_an_object_of_answers_is_read_with_its_evidence() -> None:
    row = {
        "id": 7,
        "vertical": "watch",
        "images": ["b.jpg", "a.jpg", "b.jpg"],
        "attributes": {"strap": "not visible", "Hands": ["Second", "hour"], "gone": None},
        "evidence": {"strap": [3, 2], "hands": []},
        "metadata": {"brand": "none", "nested": {"a": [1]}},
    }
    listing = good(row, how=plan(FOLDER, rest=Role.IGNORED))
    assert listing.external_id == "7"
    assert list(listing.images or ()) == ["b.jpg", "a.jpg"]
    assert listing.claims == {
        "strap": {"values": [], "state": "not_visible", "evidence": 1},
        "hands": {"values": ["hour", "second"], "state": "", "evidence": None},
    }
    assert listing.covered is None
    assert listing.metadata == {"brand": "none", "nested": {"a": [1]}}


def test_objects_may_be_written_as_json_in_a_cell() -> None:
    row = {"id": "w1", "vertical": "watch", "images": '["a.jpg"]', "attributes": '{"hands": ["Hour"]}'} | {
        "evidence": '{"hands": [1]}',
        "metadata": '{"brand": "x"}',
    }
    listing = good(row, how=plan(FOLDER))
    assert listing.claims == {"hands": {"values": ["hour"], "state": "", "evidence": 1}}
    assert listing.metadata == {"brand": "x"}


def test_a_value_that_holds_a_separator_is_one_value() -> None:
    listing = good(WATCH | {"strap": "navy, dark"})
    assert listing.claims and len(listing.claims["strap"]["values"]) == 1


def test_the_column_of_an_attribute_that_a_vertical_lacks_is_metadata() -> None:
    row = {"id": "s1", "type": "sofa", "strap": "Steel", "hands": ""}
    listing = good(row)
    assert (listing.claims, listing.metadata) == ({}, {"strap": "Steel"})
    assert good(row, how=plan(rest=Role.IGNORED)).metadata is None


def test_a_vertical_is_what_the_plan_says_a_cell_stands_for() -> None:
    assert good({"id": "1", "type": "Couches"}, how=plan(verticals={"Couches": "sofa"})).vertical == "sofa"
    assert (
        good({"id": "1", "type": "Furniture/Sofa"}, how=plan(verticals={"Couches": "sofa"})).vertical
        == "sofa"
    )


def digest(row: dict[str, Any], *photos: str) -> str:
    listing = good(row)
    return listing.digest(photos, listing.json_texts())


def test_the_digest_is_of_everything_that_the_file_says() -> None:
    row = WATCH | {"name": "A", "photos": "a.jpg", "strap": "Steel", "price": "1", "family": "g", "text": "t"}
    first = digest(row, "x")
    assert digest(dict(reversed(row.items())), "x") == first
    assert len(first) == 32
    changes = [
        {"name": "B"},
        {"text": ""},
        {"strap": "Leather"},
        {"price": "2"},
        {"family": "h"},
        {"type": "sofa"},
    ]
    others = {digest(row | change, "x") for change in changes} | {digest(row, "y"), digest(row, "x", "y")}
    assert len(others - {first}) == len(changes) + 2


def test_every_problem_of_a_row_is_named() -> None:
    row = {"id": "x" * 201, "type": "hat", "name": ["a"], "photos": {"a": 1}, "strap": "Gold"}
    assert bad(row) == [
        (1, "name", '["a"]', "it is a list or an object"),
        (1, "photos", '{"a": 1}', "it is no list of photos"),
        (1, "type", "hat", "it is no vertical of the schema"),
        (1, "id", "x" * 201, "it is longer than 200 characters"),
    ]


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ({"type": "watch"}, "id", "it is empty"),
        ({"id": "w"}, "type", "it is empty"),
        ({"id": "a\x00b", "type": "watch"}, "id", "it has characters that are no text"),
        (WATCH | {"name": "a\x00"}, "name", "it has characters that are no text"),
        (WATCH | {"price": "\ud800"}, "price", "it has characters that are no text"),
        (WATCH | {"price": 1e999}, "price", "it has a number that is too large"),
        (WATCH | {"text": "x" * 100_001}, "text", "it is longer than 100000 characters"),
        (WATCH | {"photos": "a\tb.jpg"}, "photos", "a photo's name has characters that are no text"),
        (WATCH | {"photos": "x" * 1001}, "photos", "a photo's name is longer than 1000 characters"),
        (
            WATCH | {"photos": ",".join(f"{n}.jpg" for n in range(101))},
            "photos",
            "a listing has more than 100 photos",
        ),
        (WATCH | {"family": "g" * 201}, "family", "it is longer than 200 characters"),
        (WATCH | {"strap": "Gold"}, "strap", "it is not among the allowed values"),
        (WATCH | {"strap": "Steel|Leather"}, "strap", "it is not among the allowed values"),
        (WATCH | {"strap": ["Steel", "Leather"]}, "strap", "it takes one value"),
        (WATCH | {"strap": {"a": 1}}, "strap", "it is not among the allowed values"),
        (WATCH | {"strap": "Steel", "extra": "strap=Leather"}, "extra: strap", "it takes one value"),
        (WATCH | {"hands": "Hour|unknown"}, "hands", "a state stands beside other answers"),
        (WATCH | {"hands": "Hour|Fourth"}, "hands", "it is not among the allowed values"),
    ],
)
def test_a_problem_is_named_with_its_column(row: dict[str, Any], field: str, reason: str) -> None:
    [(number, column, _, found)] = bad(row)
    assert (number, column, found) == (1, field, reason)


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"attributes": ["strap"]}, "attributes", "it is no object"),
        ({"attributes": {"hue": "Red"}}, "attributes.hue", "the vertical watch has no attribute 'hue'"),
        ({"attributes": {"strap": "Gold"}}, "attributes.strap", "it is not among the allowed values"),
        ({"evidence": {"hue": [1]}}, "evidence.hue", "the vertical watch has no attribute 'hue'"),
        ({"evidence": {"strap": [2]}}, "evidence.strap", "it is no list of photo numbers"),
        ({"evidence": {"strap": "first"}}, "evidence.strap", "it is no list of photo numbers"),
        ({"evidence": {"strap": [True]}}, "evidence.strap", "it is no list of photo numbers"),
        ({"metadata": "x"}, "metadata", "it is no object"),
        ({"metadata": {"a": {"b": "\x00"}}}, "metadata", "it has characters that are no text"),
    ],
)
def test_a_problem_of_an_object_is_named(change: dict[str, Any], field: str, reason: str) -> None:
    row = {"id": "w1", "vertical": "watch", "images": ["a.jpg"], "attributes": {"strap": "Steel"}} | change
    [(_, column, _, found)] = bad(row, how=plan(FOLDER))
    assert (column, found) == (field, reason)


def test_a_remedy_lists_what_can_be_given() -> None:
    problems = read(WATCH | {"strap": "Gold"})
    assert isinstance(problems, list)
    [problem] = problems
    assert problem.remedy == "use one of Leather, Steel, Navy, dark, or a state"
    assert problem.listing == "w1"


def test_a_problem_of_a_further_row_stands_at_that_row() -> None:
    rows = (WATCH, {"id": "", "strap": "Gold"}, {"id": "", "strap": "Steel"})
    assert bad(*rows, how=plan(continuation=True)) == [
        (2, "strap", "Gold", "it is not among the allowed values")
    ]


def test_a_row_that_cannot_be_read_is_named_and_nothing_else_is_said_of_it() -> None:
    fault = Problem(1, "", "", "w1,oops", "the row has not as many cells as the header", "remedy")
    raw = RawRow(1, {"id": "w1", "type": "hat"}, fault)
    how = plan()
    [product] = products([raw], how)
    assert RowReader(how, SCHEMA).read(product) == [fault._replace(listing="w1")]


def test_a_vertical_for_all_rows_must_be_in_the_schema() -> None:
    with pytest.raises(
        CatalogError, match="vertical 'hat' is not in the schema: add it, or use one of watch, sofa"
    ):
        RowReader(Plan(vertical="hat"), SCHEMA)
