"""Rows as CSV that spreadsheets open safely, and the way back for its cells. Pure.

A cell of text that a spreadsheet would take for a formula gets an apostrophe in front, as OWASP advises
against CSV injection. So does one that begins with apostrophes and goes on like a formula: the way back is
certain.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from catalog.exporting.as_jsonl import json_text
from catalog.exporting.tables import PIECE, Columns, Kind, Row, time_text

BOM = "\ufeff"
SEPARATOR = "|"

_SIGNS = "=+-@\t\r\n＝＋－＠"
_FORMULA = re.compile(f"'*[{re.escape(_SIGNS)}]")
_SUSPECT = frozenset(f"{_SIGNS}'")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MEMBER = re.compile(r"(?:\\.|[^\\|])*", re.DOTALL)

Cell = Callable[[Any], object]


def csv_pieces(columns: Columns, rows: Iterable[Row], *, bom: bool = False) -> Iterator[bytes]:
    """A header and a line for each row, in UTF-8 with CRLF (RFC 4180); with a BOM, for Excel, if asked."""
    cells = [CELLS[column.kind] for column in columns]
    buffer = io.StringIO(BOM if bom else "", newline="")
    buffer.seek(0, io.SEEK_END)
    writer = csv.writer(buffer)
    writer.writerow([column.name for column in columns])
    for row in rows:
        writer.writerow([cell(value) for cell, value in zip(cells, row, strict=True)])
        if buffer.tell() >= PIECE:
            yield _taken(buffer)
    yield _taken(buffer)


def guarded(text: str) -> str:
    """The text as a cell that is no formula."""
    return f"'{text}" if text[:1] in _SUSPECT and _FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """The text that `guarded` made this cell of."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def joined(values: Iterable[str]) -> str:
    """Texts in one cell, none of them empty: a|b, and a bar or backslash within one after a backslash."""
    return SEPARATOR.join(
        value.replace("\\", "\\\\").replace(SEPARATOR, f"\\{SEPARATOR}") for value in values
    )


def split(cell: str) -> list[str]:
    """The texts that `joined` put into one cell."""
    return [_ESCAPED.sub(r"\1", member) for member in _MEMBER.findall(cell) if member]


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode(errors="replace")


def _or_empty(cell: Cell) -> Cell:
    return lambda value: "" if value is None else cell(value)


CELLS: dict[Kind, Cell] = {
    Kind.TEXT: guarded,
    Kind.NUMBER: lambda value: value,
    Kind.SHARE: lambda value: value,
    Kind.FLAG: _or_empty(lambda value: "true" if value else "false"),
    Kind.TIME: _or_empty(time_text),
    Kind.TEXTS: lambda values: guarded(joined(values)),
    Kind.COUNTS: json_text,
    Kind.JSON: json_text,
    Kind.RECORDS: json_text,
}
"""How a value of each kind is written; the csv module leaves the cell of None empty."""
