import json
from typing import Any

import pytest

from catalog.errors import CatalogError
from catalog.importing.dialect import Dialect
from catalog.importing.plan import Column, Kind, Plan, Role, plan_faults

FULL = Plan(
    kind=Kind.CSV,
    dialect=Dialect("cp1252", ";", "'", "\\"),
    columns=(
        Column("sku", Role.ID),
        Column("type", Role.VERTICAL),
        Column("photo", Role.IMAGES),
        Column("colour", Role.ATTRIBUTE, "color"),
    ),
    rest=Role.IGNORED,
    verticals={"Bags": "bag"},
    image_separators="|",
    value_separators=";",
    continuation=True,
    html=True,
    id_prefix="shop-",
    gold="5%",
    seed="10",
)


def test_a_plan_survives_json() -> None:
    assert Plan.from_json(json.loads(json.dumps(FULL.to_json()))) == FULL


def test_what_a_plan_leaves_out_has_its_default() -> None:
    assert Plan.from_json({"columns": [{"name": "sku", "role": "id"}]}) == Plan(
        columns=(Column("sku", Role.ID),)
    )


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        ([], "plan.json: expected an object, found \\[\\]"),
        ({"colums": []}, "plan.json: 'colums' is no field of a plan: use columns, continuation"),
        ({"kind": "xlsx"}, "plan.json: it cannot be read .*'xlsx'"),
        ({"columns": [{"name": "a", "role": "price"}]}, "column 'a': 'price' is no role: use id, vertical"),
        ({"columns": [{"name": "a", "role": "attribute"}]}, "column 'a': 'attribute' is no role"),
        ({"columns": [{"role": "id"}]}, "it cannot be read"),
        ({"columns": 3}, "it cannot be read"),
        ({"dialect": {"encoding": "ebcdic"}}, "encoding is 'ebcdic': use one of 'utf-8'"),
        ({"dialect": {"delimiter": "xx"}}, "delimiter is 'xx': use one of"),
        ({"dialect": {"escape": "ab"}}, "escape is 'ab': give one character or none"),
        ({"rest": "title"}, "rest is 'title': use metadata or ignored"),
        ({"html": "yes"}, "'yes' is neither true nor false"),
        ({"vertical": 3}, "3 is no text"),
        ({"verticals": ["a"]}, "it cannot be read"),
    ],
)
def test_a_plan_that_cannot_be_read_is_refused(kept: Any, message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        Plan.from_json(kept, where="plan.json")


def test_a_full_plan_has_no_faults() -> None:
    assert plan_faults(FULL) == []


@pytest.mark.parametrize(
    ("columns", "vertical", "fault"),
    [
        ((), "bag", "No column is the listing id: choose the one"),
        ((Column("a", Role.ID),), "", "No column is the vertical: choose one, or one vertical for all rows"),
        (
            (Column("a", Role.ID), Column("b", Role.ID)),
            "bag",
            "Listing id is read from 'a' and 'b': choose one column",
        ),
        (
            (Column("a", Role.ID), Column("b", Role.VERTICAL)),
            "bag",
            "All rows have one vertical, and a column says it too: choose one of the two",
        ),
        ((Column("a", Role.ID), Column("b", Role.EVIDENCE)), "bag", "Photo numbers are read, but no photos"),
    ],
)
def test_what_is_missing_or_twice_is_named(columns: tuple[Column, ...], vertical: str, fault: str) -> None:
    [found] = plan_faults(Plan(columns=columns, vertical=vertical))
    assert found.startswith(fault)


def test_a_column_gets_another_meaning() -> None:
    plan = FULL.with_column(Column.meaning_of("colour", "title"))
    assert (plan.column_of(Role.TITLE), plan.column_of(Role.ATTRIBUTE)) == ("colour", "")
    assert [column.meaning for column in FULL.columns] == ["id", "vertical", "images", "attribute:color"]
