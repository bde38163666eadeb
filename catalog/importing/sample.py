"""The beginning of a file: its columns, what stands in them, and rows that show how listings will look. Pure.

It is kept with the import, so that pages need not open the file again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from catalog.importing.drafts import expanded, inner
from catalog.importing.raw import Problem, RawRow, Rows, shown
from catalog.importing.texts import as_text, showable, tidy

ROWS = 2000
"""That are looked at."""
KEPT_ROWS = 400
KEPT_CHARACTERS = 400_000
"""Of all kept rows together, as JSON."""
VALUES = 200
"""Different texts of a column that are kept; a column with more has none."""
LONGEST_VALUE = 300
EXAMPLES = 3
MOST_COLUMNS = 300
"""A page of them, and of VALUES verticals, stays below what Django takes in a form."""

Json = dict[str, Any]


@dataclass(slots=True)
class ColumnSample:
    """What stands in one column."""

    name: str
    holder: str = ""
    """the column that holds it; empty: it is one by itself"""
    holds: int = 0
    """rows in which it holds other columns"""
    filled: int = 0
    """rows in which something stands"""
    examples: list[str] = field(default_factory=list)
    """the first different ones, cut short"""
    values: list[str] | None = field(default_factory=list)
    """every text that stands there, in order; None: too many, too long, or no texts"""

    def see(self, cell: Any) -> None:
        """Take note of a cell that is not empty."""
        self.filled += 1
        if len(self.examples) < EXAMPLES and (example := shown(cell)) not in self.examples:
            self.examples.append(example)
        if self.values is None:
            return
        text = as_text(showable(cell))
        if text is None or len(text) > LONGEST_VALUE:
            self.values = None
        elif (text := " ".join(tidy(text).split())) and text not in self.values:
            self.values = [*self.values, text] if len(self.values) < VALUES else None


@dataclass(frozen=True, slots=True)
class Sample:
    """What the first rows of a file hold."""

    columns: Mapping[str, ColumnSample]
    """with those that others hold, under the names that they get when those are expanded"""
    rows: tuple[RawRow, ...]
    seen: int
    """rows that were looked at"""

    def to_json(self) -> Json:
        """As Import.sample keeps it."""
        columns = [
            [one.name, one.holder, one.holds, one.filled, one.examples, one.values]
            for one in self.columns.values()
        ]
        rows = [[row.number, dict(row.cells), list(row.problem or ())] for row in self.rows]
        kept: Json = showable({"columns": columns, "rows": rows, "seen": self.seen})
        return kept

    @classmethod
    def from_json(cls, kept: Json) -> Self:
        """What `to_json` wrote."""
        return cls(
            columns={name: ColumnSample(name, *rest) for name, *rest in kept["columns"]},
            rows=tuple(
                RawRow(number, cells, Problem(*problem) if problem else None)
                for number, cells, problem in kept["rows"]
            ),
            seen=kept["seen"],
        )


def take_sample(rows: Rows) -> Sample:
    """Look at the first rows of a file."""
    columns = {name: ColumnSample(name) for name in rows.columns[:MOST_COLUMNS]}
    kept: list[RawRow] = []
    characters = seen = 0
    for row in rows:
        if seen == ROWS:
            break
        seen += 1
        for name, cell in row.cells.items():
            if column := _column(columns, name, cell):
                held = expanded(cell)
                column.holds += bool(held)
                for key, one in held.items():
                    _column(columns, inner(name, key), one, holder=name)
        characters += len(json.dumps(row.cells, default=str))
        if len(kept) < KEPT_ROWS and (characters <= KEPT_CHARACTERS or not kept):
            kept.append(row)
    return Sample(columns, tuple(kept), seen)


def _column(
    columns: dict[str, ColumnSample], name: str, cell: Any, *, holder: str = ""
) -> ColumnSample | None:
    """The column, which takes note of a cell; None where nothing stands there, or there are too many."""
    name = showable(name)
    if cell is None or cell in ("", [], {}) or (name not in columns and len(columns) >= MOST_COLUMNS):
        return None
    column = columns.setdefault(name, ColumnSample(name, holder))
    column.see(cell)
    return column
