"""Every kind of problem that docs/data-format.md lists: what lands beside it, and its error file."""

import csv
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from catalog.importing.csv_rows import PROBLEM_COLUMNS
from catalog.importing.products import MOST_ROWS
from catalog.importing.raw import LONGEST_CELL, LONGEST_LINE
from catalog.models import Import, Listing, Vertical
from catalog.selectors.imports import import_errors
from catalog.services.schema import schema_import
from tests.catalog.folders import SCHEMA, checked, columns, file_opened, loaded
from tests.catalog.problems import documented, is_documented
from tests.factories import ListingFactory, photo_bytes

pytestmark = pytest.mark.django_db


@dataclass
class Case:
    """A row that is refused, as it stands in its file, and what is said about it."""

    reason: str
    field: str
    row: Any
    value: str | None = None
    listing: str = "x"


def watch(**cells: Any) -> dict[str, Any]:
    return {"id": "x", "type": "watch"} | cells


DEEP: Any = "x"
for _ in range(21):
    DEEP = [DEEP]

JSONL = [
    Case("the line is not valid JSON", "", "{oops", "{oops", ""),
    Case("the line is no JSON object", "", "[1]", "[1]", ""),
    Case("the line is longer than 4194304 characters", "", '{"id": "' + "y" * LONGEST_LINE + '"}', None, ""),
    Case("it has characters that are no text", "name", watch(name="a\x00b")),
    Case("it has a number that is too large", "price", '{"id": "x", "type": "watch", "price": 1e999}', None),
    Case("it is nested deeper than 20", "extra", watch(extra=DEEP)),
    Case("it is a list or an object", "name", watch(name=["a"]), '["a"]'),
    Case("it is no object", "answers", watch(answers="Steel"), "Steel"),
    Case("it is empty", "type", {"id": "x"}, ""),
    Case("it is empty", "id", {"type": "watch"}, "", ""),
    Case("it is longer than 200 characters", "id", watch(id="i" * 201), None, "i" * 200),
    Case("it is longer than 100000 characters", "text", watch(text="t" * 100_001)),
    Case("the listing is there twice", "id", watch(id="good"), "good", "good"),
    Case("the listing is already there with another vertical", "type", watch(id="old"), "watch", "old"),
    Case(
        "the listing is already there with another group",
        "family",
        watch(id="older", family="g"),
        "g",
        "older",
    ),
    Case("it is no vertical of the schema", "type", watch(type="hat"), "hat"),
    Case("the vertical watch has no attribute 'hue'", "answers.hue", watch(answers={"hue": "Red"}), "Red"),
    Case("it is not among the allowed values", "strap", watch(strap="Gold"), "Gold"),
    Case("it takes one value", "strap", watch(strap=["Steel", "Leather"])),
    Case("a state stands beside other answers", "hands", watch(hands=["Hour", "unknown"])),
    Case("it is no list of photo numbers", "shown.strap", watch(strap="Steel", shown={"strap": [2]}), "[2]"),
    Case("it is no list of photos", "photos", watch(photos={"a": 1})),
    Case("a photo's name has characters that are no text", "photos", watch(photos=["a\tb.png"])),
    Case("a photo's name is longer than 1000 characters", "photos", watch(photos=["p" * 1001])),
    Case(
        "a listing has more than 100 photos",
        "photos",
        watch(photos=[f"{n}.png" for n in range(101)]),
        "101 photos",
    ),
    Case("the file is missing", "photos", watch(photos=["gone.png"]), "gone.png"),
]
CSV = [
    Case("a cell is longer than 1048576 characters", "", f"x,watch,{'c' * (LONGEST_CELL + 1)}", None, ""),
    Case("its quotation marks do not match", "", 'x,watch,"open', 'x,watch,"open', ""),
    Case("the row has not as many cells as the header", "", "x,watch", "x,watch"),
    Case("it has bytes that are nothing in utf-8", "name", b"x,watch,caf\xe9", "caf�"),
]
PARQUET = [Case("a cell cannot be read", "", b"\xff\xfe", None, "")]
ENDLESS = [Case("a product has more than 2000 rows", "", None, None, "x")]
ADDRESSES = [Case("it is no address", "photos", watch(photos=["a.png"]), "a.png")]
COLUMNS = columns(
    id="id", type="vertical", name="title", text="description", photos="images", family="group"
) + columns(answers="attributes", shown="evidence", strap="attribute:strap", hands="attribute:hands")


def test_every_problem_of_the_table_is_tried_here_and_every_one_here_is_in_the_table() -> None:
    cases = [*JSONL, *CSV, *PARQUET, *ENDLESS, *ADDRESSES]
    assert [one for one in documented() if not any(re.fullmatch(one, case.reason) for case in cases)] == []
    assert [case.reason for case in cases if not is_documented(case.reason)] == []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    schema_import(schema=SCHEMA)
    (tmp_path / "a.png").write_bytes(photo_bytes())
    return tmp_path / "rows.dat"


def check(opened: Import, cases: list[Case], *, good: set[str], first: int) -> list[list[str]]:
    """Check and load refuse exactly the cases, from row `first` on; returns the lines of the error file."""
    seen = checked(opened)
    expected = [(number, case.listing, case.field, case.reason) for number, case in enumerate(cases, first)]
    fields = ("row", "listing", "field", "reason")
    assert list(seen.problems.values_list(*fields)) == expected
    assert (seen.accepted, seen.listings_refused) == (len(good), len(cases))
    done = loaded(seen)
    assert list(done.problems.values_list(*fields)) == expected
    assert (done.status, done.listings_created, done.listings_refused) == ("done", len(good), len(cases))
    assert set(Listing.objects.filter(first_import=done).values_list("external_id", flat=True)) == good
    for value, case in zip(done.problems.values_list("value", flat=True), cases, strict=True):
        assert case.value is None or value == case.value
    return error_lines(done)


def error_lines(done: Import) -> list[list[str]]:
    text = "".join(import_errors(done.pk))
    header, *lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert tuple(header[:6]) == PROBLEM_COLUMNS
    problems = done.problems.values_list("row", "listing", "field", "value", "reason", "remedy")
    assert [line[:6] for line in lines] == [[str(one) for one in problem] for problem in problems]
    return [line[6:] for line in lines]


def test_lines_of_jsonl(file: Path) -> None:
    ListingFactory.create(external_id="old", vertical=Vertical.objects.get(code="sofa"))
    ListingFactory.create(external_id="older", vertical=Vertical.objects.get(code="watch"))
    lines = [watch(id="good", photos=["a.png"]), *(case.row for case in JSONL), watch(id="last")]
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines)
    opened = file_opened(
        file, text, photos=str(file.parent), columns=COLUMNS, verticals={}, continuation=False
    )
    cells = check(opened, JSONL, good={"good", "last"}, first=2)
    names = [column[0] for column in opened.sample["columns"] if not column[1]]
    for case, line in zip(JSONL, cells, strict=True):
        if isinstance(case.row, dict):
            assert dict(zip(names, line, strict=True))["id"] == case.row.get("id", "")


def test_rows_of_csv(file: Path) -> None:
    rows: list[str | bytes] = [
        "id,type,name",
        'good,watch,"a, b"',
        *(case.row for case in CSV),
        "last,watch,",
    ]
    content = b"\n".join(row.encode() if isinstance(row, str) else row for row in rows)
    opened = file_opened(file, content, columns=columns(id="id", type="vertical", name="title"), dialect={})
    cells = check(opened, CSV, good={"good", "last"}, first=2)
    assert cells[2] == ["x", "watch", ""]
    assert cells[3] == ["x", "watch", "caf?"]


def test_rows_of_parquet(file: Path) -> None:
    table = pyarrow.table({"id": [b"good", *(case.row for case in PARQUET), b"last"]})
    content = io.BytesIO()
    pyarrow.parquet.write_table(table, content)
    opened = file_opened(file, content.getvalue(), columns=columns(id="id"), vertical="watch")
    check(opened, PARQUET, good={"good", "last"}, first=2)


def test_a_product_without_end(file: Path) -> None:
    rows = ["id", "good", *["x"] * (MOST_ROWS + 5), "last"]
    opened = file_opened(file, "\n".join(rows), columns=columns(id="id"), vertical="watch", continuation=True)
    done = loaded(opened)
    [problem] = done.problems.all()
    assert (problem.row, problem.listing, problem.reason) == (MOST_ROWS + 6, "x", ENDLESS[0].reason)
    assert (done.listings_created, done.listings_refused, done.rows) == (2, 1, MOST_ROWS + 7)


def test_a_photo_that_lies_nowhere(file: Path) -> None:
    opened = file_opened(
        file, json.dumps(ADDRESSES[0].row), columns=COLUMNS, verticals={}, continuation=False
    )
    check(opened, ADDRESSES, good=set(), first=1)


def test_a_mended_error_file_lands(file: Path) -> None:
    text = "id,type,name,price\n=1+1,watch,a,5\nw2,hat,'b,=6\nw3,hat,c,7\nw3,watch,d,8\n"
    plan = columns(id="id", type="vertical", name="title")
    done = loaded(file_opened(file, text, columns=plan, verticals={}))
    assert (done.listings_created, done.listings_refused) == (2, 2)
    errors = "".join(import_errors(done.pk))
    assert "w2,type,hat,it is no vertical" in errors
    mended = errors.replace(",hat,", ",watch,").replace(",w3,watch,c", ",w4,watch,c")
    again = loaded(file_opened(file, mended))
    assert [column["role"] for column in again.plan["columns"]] == ["id", "vertical", "title"]
    assert (again.listings_created, again.listings_updated, again.listings_refused) == (2, 0, 0)
    listing = Listing.objects.get(external_id="w2")
    assert (listing.title, listing.metadata) == ("'b", {"price": "=6"})
    assert sorted(Listing.objects.values_list("external_id", flat=True)) == ["=1+1", "w2", "w3", "w4"]


def test_a_row_with_several_problems_has_its_cells_once(file: Path) -> None:
    done = loaded(
        file_opened(file, "id,type,strap\n,hat,x\n", columns=columns(id="id", type="vertical"), verticals={})
    )
    assert error_lines(done) == [["", "hat", "x"], ["", "", ""]]


def test_a_mended_error_file_of_objects_lands(file: Path) -> None:
    rows = [
        {"listing_id": f"w{n}", "vertical": "watch", "images": ["a.png"], "metadata": {"no": n}}
        | {"attributes": {"strap": "Gold", "hands": ["Hour", "Second"]}, "evidence": {"hands": [1]}}
        for n in range(3)
    ]
    opened = file_opened(file, "\n".join(map(json.dumps, rows)), photos=str(file.parent))
    done = loaded(opened)
    assert done.listings_refused == 3
    mended = "".join(import_errors(done.pk)).replace("Gold", "Steel")
    again = loaded(file_opened(file, mended, photos=str(file.parent)))
    assert (again.listings_created, again.listings_refused) == (3, 0)
    listing = Listing.objects.get(external_id="w2")
    assert (listing.metadata, listing.images.count()) == ({"no": 2}, 1)
    assert listing.claims["hands"] == {"values": ["hour", "second"], "state": "", "evidence": 1}
