"""CSV, JSONL and Parquet keep every text, whatever it is, and hand it on in pieces."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.exporting.as_csv import csv_pieces, guarded, joined, split, unguarded
from catalog.exporting.as_jsonl import jsonl_pieces
from catalog.exporting.as_parquet import ROW_GROUP, parquet_pieces
from catalog.exporting.tables import PIECE, Column, Kind, Row, numbers, texts, time_text

COLUMNS = (
    *texts("title"),
    *numbers("number"),
    Column("share", Kind.SHARE),
    Column("is_same", Kind.FLAG),
    Column("time", Kind.TIME),
    Column("values", Kind.TEXTS),
    Column("counts", Kind.COUNTS),
    Column("metadata", Kind.JSON),
    Column("answers", Kind.RECORDS, (*texts("attribute"), Column("values", Kind.TEXTS))),
)
NASTY = st.one_of(
    st.text(),
    st.text(alphabet="'=+-@\t\r\n|\\\",;\ufeff＝＠\u2028\x00a"),
    st.sampled_from(["=1+1", "'=1", "''@x", "-5", "a|b\\", "\\|", '"', "'", "\r\n"]),
)
NAMED = NASTY.filter(bool)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | NASTY, lambda one: st.lists(one, max_size=2))
ROWS = st.lists(
    st.tuples(
        NASTY,
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.floats(allow_nan=False),
        st.none() | st.booleans(),
        st.none() | st.datetimes(timezones=st.just(UTC)),
        st.lists(NAMED, max_size=3),
        st.dictionaries(NASTY, st.integers(0, 8), max_size=3),
        st.dictionaries(NASTY, JSON, max_size=2),
        st.lists(
            st.fixed_dictionaries({"attribute": NASTY, "values": st.lists(NASTY, max_size=2)}), max_size=2
        ),
    ),
    max_size=5,
)


def csv_rows(pieces: Iterator[bytes]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(pieces).decode(), newline="")))


@given(ROWS)
def test_csv_gives_back_every_row(rows: list[Row]) -> None:
    header, *lines = csv_rows(csv_pieces(COLUMNS, rows))
    assert header == [column.name for column in COLUMNS]
    assert [
        [unguarded(line[0]), split(unguarded(line[5])), *map(json.loads, line[6:])] for line in lines
    ] == [[row[0], *row[5:]] for row in rows]
    assert [line[1:5] for line in lines] == [
        [
            "" if number is None else str(number),
            "" if share is None else str(share),
            {None: "", True: "true", False: "false"}[is_same],
            "" if time is None else time_text(time),
        ]
        for _, number, share, is_same, time, *_ in rows
    ]


@given(ROWS)
def test_jsonl_gives_back_every_row(rows: list[Row]) -> None:
    text = b"".join(jsonl_pieces(COLUMNS, rows)).decode()
    assert [json.loads(line) for line in text.split("\n")[:-1]] == [
        {
            column.name: time_text(value) if column.kind is Kind.TIME and value else value
            for column, value in zip(COLUMNS, row, strict=True)
        }
        for row in rows
    ]


@given(ROWS)
def test_parquet_gives_back_every_row(rows: list[Row]) -> None:
    table = pyarrow.parquet.read_table(io.BytesIO(b"".join(parquet_pieces(COLUMNS, rows))))
    assert table.column_names == [column.name for column in COLUMNS]

    def plain(row: dict[str, Any]) -> list[Any]:
        values = list(row.values())
        return [*values[:6], dict(values[6]), json.loads(values[7]), values[8]]

    assert [plain(row) for row in table.to_pylist()] == [list(row) for row in rows]


@given(NASTY)
def test_no_cell_begins_like_a_formula_and_every_text_comes_back(text: str) -> None:
    cell = guarded(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert unguarded(cell) == text


@given(st.lists(NAMED))
def test_texts_in_one_cell_come_apart_again(values: list[str]) -> None:
    assert split(joined(values)) == values


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ('=HYPERLINK("http://example.org")', '\'=HYPERLINK("http://example.org")'),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("'=1", "''=1"),
        ("'quoted'", "'quoted'"),
        ("5 = 5", "5 = 5"),
        ("", ""),
    ],
)
def test_a_formula_gets_an_apostrophe(text: str, cell: str) -> None:
    assert guarded(text) == cell


def test_numbers_stay_numbers() -> None:
    assert csv_rows(csv_pieces((*numbers("n"), Column("s", Kind.SHARE)), [(-5, -0.25)]))[1] == ["-5", "-0.25"]


def test_a_bom_comes_first_if_asked_for() -> None:
    assert next(csv_pieces(texts("a"), [], bom=True)) == b"\xef\xbb\xbfa\r\n"
    assert next(csv_pieces(texts("a"), [])) == b"a\r\n"


def test_times_are_in_utc_and_sort_as_texts() -> None:
    noon = datetime(2025, 3, 1, 12, tzinfo=UTC)
    assert time_text(noon) == "2025-03-01T12:00:00.000000Z"
    assert time_text(noon.astimezone(timezone(timedelta(hours=5)))) == time_text(noon)
    assert time_text(noon) < time_text(noon + timedelta(microseconds=1))


def test_what_is_no_json_is_not_written() -> None:
    with pytest.raises(TypeError, match="set is not written to JSON"):
        list(jsonl_pieces((Column("a", Kind.JSON),), [({1},)]))


def test_half_a_surrogate_does_not_stop_an_export() -> None:
    assert csv_rows(csv_pieces(texts("a"), [("\ud83d",)]))[1] == ["?"]
    assert b"".join(jsonl_pieces(texts("a"), [("\ud83d",)])) == b'{"a": "?"}\n'


class Counted:
    """Rows that tell how many of them were taken."""

    taken = 0

    def __iter__(self) -> Iterator[tuple[str]]:
        while True:
            self.taken += 1
            yield ("x" * 99,)


@pytest.mark.parametrize("write", [csv_pieces, jsonl_pieces])
def test_lines_are_handed_on_piece_by_piece(write: Any) -> None:
    rows = Counted()
    pieces = write(texts("a"), rows)
    for number in range(1, 4):
        assert len(next(pieces)) < 2 * PIECE
        assert rows.taken <= number * (PIECE // 99 + 1)


def test_parquet_is_handed_on_row_group_by_row_group() -> None:
    rows = Counted()
    pieces = parquet_pieces(texts("a"), rows)
    for number in range(1, 4):
        assert next(pieces)
        assert rows.taken == number * ROW_GROUP
