"""The rows that did not land, as a CSV that says why and can be mended and given back. Pure.

Each refused row has a line with its first problem and its cells as they stood; its other problems have lines
with nothing else. The reader of CSV files knows such a file by its first columns and leaves those out.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from catalog.exporting.as_csv import BOM, guarded
from catalog.importing.csv_rows import PROBLEM_COLUMNS
from catalog.importing.plan import Plan
from catalog.importing.products import products
from catalog.importing.raw import Problem, RawRow

PIECE = 1 << 16
"""Characters."""


def error_file(
    problems: Iterable[Problem], rows: Iterable[RawRow], plan: Plan, columns: Sequence[str]
) -> Iterator[str]:
    """The pieces of the file, in UTF-8 with a mark, as spreadsheets like it.

    Args:
        problems: in the order of their rows.
        rows: of the file that they are about, which is read as far as the last problem.
        columns: of that file.
    """
    buffer = io.StringIO(newline="")
    buffer.write(BOM)
    writer = csv.writer(buffer)
    writer.writerow([*PROBLEM_COLUMNS, *map(guarded, columns)])
    for line in _lines(iter(problems), rows, plan, columns):
        writer.writerow(line)
        if buffer.tell() >= PIECE:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _lines(
    problems: Iterator[Problem], rows: Iterable[RawRow], plan: Plan, columns: Sequence[str]
) -> Iterator[list[str]]:
    """A product's problems, then the next one's: all rows of a refused product are there to be mended."""
    problem = next(problems, None)
    for product in products(rows, plan):
        if problem is None:
            return
        if problem.row > product.last:
            continue
        listing = problem.listing
        for row in product.rows:
            cells = [_cell(row.cells.get(column)) for column in columns]
            if problem is None or problem.row != row.number:
                yield [str(row.number), guarded(listing), "", "", "", "", *cells]
            while problem is not None and problem.row == row.number:
                yield [*_problem(problem), *cells]
                cells = [""] * len(columns)
                problem = next(problems, None)


def _problem(problem: Problem) -> list[str]:
    texts = (problem.listing, problem.field, problem.value, problem.reason, problem.remedy)
    return [str(problem.row), *map(guarded, texts)]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return guarded(text.encode(errors="replace").decode())
