"""Rows as JSONL: an object a line, in UTF-8. Pure."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime

from catalog.exporting.tables import PIECE, Columns, Row, time_text

_ENCODER = json.JSONEncoder(ensure_ascii=False, default=lambda time: _time(time))


def jsonl_pieces(columns: Columns, rows: Iterable[Row]) -> Iterator[bytes]:
    """A line for each row; every column is there, with null where a row has nothing."""
    names = [column.name for column in columns]
    lines, size = [], 0
    for row in rows:
        line = json_text(dict(zip(names, row, strict=True)))
        lines.append(f"{line}\n")
        size += len(line)
        if size >= PIECE:
            yield "".join(lines).encode(errors="replace")
            lines, size = [], 0
    yield "".join(lines).encode(errors="replace")


def json_text(value: object) -> str:
    """The value as JSON on one line, its times as ISO 8601 in UTC."""
    return _ENCODER.encode(value)


def _time(value: object) -> str:
    if isinstance(value, datetime):
        return time_text(value)
    raise TypeError(f"{type(value).__name__} is not written to JSON")
