"""Labels in the columns of their own export, CSV or JSONL -> answers. Pure."""

import csv
import json
from collections.abc import Iterator, Mapping
from typing import IO, Any

from catalog.exporting.as_csv import split, unguarded
from labeling.answers import Given
from labeling.errors import LabelingError

COLUMNS = {
    "listing_id": "text",
    "attribute": "text",
    "values": "list of texts",
    "state": "text",
    "evidence": "whole number",
}
"""What is read, and what it must be; other columns are left alone."""

Answers = Iterator[Given | LabelingError]


def read_csv(file: IO[str], *, where: str) -> Answers:
    """The answers of a CSV file, opened without translation of line ends; a row that is none gives its error.

    Raises:
        LabelingError: where columns are missing, or at a line that is no CSV.
    """
    rows = csv.DictReader(file)
    if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
        raise LabelingError(f"{where}: column {missing[0]!r} is missing: give a CSV export of labels")
    try:
        for row in rows:
            yield _answer(_cells(row), f"{where}, line {rows.line_num}")
    except csv.Error as error:
        raise LabelingError(
            f"{where}, after line {rows.line_num}: not CSV ({error}): mend the line"
        ) from error


def read_jsonl(file: IO[str], *, where: str) -> Answers:
    """The answers of a JSONL file; a line that is none gives its error."""
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield LabelingError(f"{where}, line {number}: not valid JSON ({error}): mend the line")
            continue
        yield _answer(row if isinstance(row, dict) else {}, f"{where}, line {number}")


def _answer(row: Mapping[str, Any], line: str) -> Given | LabelingError:
    for name, kind in COLUMNS.items():
        if name not in row:
            return LabelingError(f"{line}: {name} is missing: give a line as in an export of labels")
        if not _is(row[name], kind):
            return LabelingError(f"{line}: {name} is no {kind}: mend the line")
    listing, attribute, state = row["listing_id"], row["attribute"], row["state"]
    return Given(
        where=f"{line}: listing {listing!r}, attribute {attribute!r}",
        listing=listing,
        attribute=attribute,
        values=(*row["values"], *([state] if state else [])),
        evidence_position=row["evidence"],
    )


def _is(value: object, kind: str) -> bool:
    match kind:
        case "text":
            return isinstance(value, str)
        case "whole number":
            return value is None or type(value) is int
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _cells(row: Mapping[str, str | None]) -> dict[str, Any]:
    """The cells of a row as JSONL would have them; a short row has fewer."""
    cells: dict[str, Any] = {name: unguarded(cell) for name in COLUMNS if (cell := row[name]) is not None}
    if "values" in cells:
        cells["values"] = split(cells["values"])
    if (evidence := cells.get("evidence")) is not None:
        cells["evidence"] = int(evidence) if evidence.isdecimal() else evidence or None
    return cells
