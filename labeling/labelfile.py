"""Labels in the columns of their own export, CSV or JSONL -> answers. Pure."""

import csv
import json
from collections.abc import Iterator, Mapping
from typing import IO, Any

from catalog.exporting.as_csv import split, unguarded
from labeling.answers import Given
from labeling.errors import LabelingError

COLUMNS = ("listing_id", "attribute", "values", "state", "evidence")
"""What is read; other columns are left alone."""

Answers = Iterator[Given | LabelingError]


def read_csv(file: IO[str], *, where: str) -> Answers:
    """The answers of a CSV file, opened without translation of line ends; a row that is none gives its error.

    Raises:
        LabelingError: where columns are missing.
    """
    rows = csv.DictReader(file)
    if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
        raise LabelingError(f"{where}: column {missing[0]!r} is missing: give a CSV export of labels")
    for row in rows:
        line = f"{where}, line {rows.line_num}"
        cells = {name: unguarded(row[name] or "") for name in COLUMNS}
        yield _answer(
            cells | {"values": split(cells["values"]), "evidence": _number(cells["evidence"])}, line
        )


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
    match row:
        case {
            "listing_id": str(listing),
            "attribute": str(attribute),
            "values": list(values),
            "state": str(state),
            "evidence": int() | None as evidence,
        } if all(isinstance(value, str) for value in values):
            where = f"{line}: listing {listing!r}, attribute {attribute!r}"
            names = (*values, state) if state else tuple(values)
            return Given(where, listing, attribute, names, evidence)
    wrong = next((name for name in COLUMNS if name not in row), "a column")
    return LabelingError(f"{line}: {wrong} is missing or not as in an export of labels: mend the line")


def _number(cell: str) -> int | str | None:
    """The whole number in the cell; None for an empty cell, and what is no number as it is."""
    return int(cell) if cell.isdecimal() else cell or None
