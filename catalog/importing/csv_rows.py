"""Rows of a CSV file, whatever its dialect: what is wrong with one does not stop the others. Pure."""

import csv
from collections import deque
from collections.abc import Iterator, Mapping
from io import TextIOWrapper
from typing import Any, BinaryIO

from catalog.errors import CatalogError
from catalog.exporting.as_csv import unguarded
from catalog.importing.dialect import MARK, MARKED, Dialect
from catalog.importing.raw import LONGEST_CELL, LONGEST_LINE, RawRow, shown, unreadable

PROBLEM_COLUMNS = (
    *("problem_row", "problem_listing", "problem_field"),
    *("problem_value", "problem_reason", "problem_remedy"),
)
"""How an error file begins (importing.error_file). Mended, it is read like the file that it came from."""


_TOO_LONG = (
    f"a cell is longer than {LONGEST_CELL} characters",
    "shorten it, or close the quotation mark that it begins with",
)
_QUOTES = (
    "its quotation marks do not match",
    "close the cell that begins with one, and double one within a quoted cell; "
    "where they mean inches, choose that cells are not quoted",
)


class CsvRows:
    """The rows of a CSV file whose first row is a header.

    A line of an error file that only says more about the row above is skipped.

    Raises:
        CatalogError: where there is no header; `where` begins the message.
    """

    def __init__(self, file: BinaryIO, dialect: Dialect, *, size: int, where: str) -> None:
        self.size = size
        self._file = file
        self._encoding = dialect.encoding
        self._lines = _Lines(file, dialect.encoding)
        self._rows = csv.reader(self._lines, **_options(dialect))
        header = self._header(where)
        self._is_error_file = tuple(header[: len(PROBLEM_COLUMNS)]) == PROBLEM_COLUMNS
        self._skipped = len(PROBLEM_COLUMNS) if self._is_error_file else 0
        named = header[self._skipped :]
        self.columns = column_names([unguarded(cell) for cell in named] if self._is_error_file else named)

    @property
    def position(self) -> int:
        """Bytes that are read."""
        return self._file.tell()

    def __iter__(self) -> Iterator[RawRow]:
        number = 0
        while True:
            self._lines.begin()
            try:
                cells = next(self._rows)
            except StopIteration:
                return
            except csv.Error as error:
                number += 1
                self._lines.give_back()
                yield self._broken(number, str(error))
                continue
            number += 1
            if any(cells[self._skipped :]):
                yield self._row(number, cells)

    def _header(self, where: str) -> list[str]:
        while True:
            self._lines.begin()
            try:
                cells = next(self._rows)
            except StopIteration:
                raise CatalogError(
                    f"{where}: it is empty: give a file whose first row names the columns"
                ) from None
            except csv.Error as error:
                raise CatalogError(
                    f"{where}: its first row is no header ({error}): name the columns there"
                ) from error
            if any(cell.strip() for cell in cells):
                return [shown(cell) for cell in cells]

    def _row(self, number: int, cells: list[str]) -> RawRow:
        cells = cells[self._skipped :]
        if len(cells) != len(self.columns):
            return self._ragged(number, cells)
        if self._is_error_file:
            cells = [unguarded(cell) for cell in cells]
        row: Mapping[str, Any] = dict(zip(self.columns, cells, strict=True))
        if self._lines.has_marks:
            for column, cell in row.items():
                if MARK in cell:
                    reason = f"it has bytes that are nothing in {self._encoding}"
                    remedy = "save the file in UTF-8, or choose another encoding"
                    return unreadable(number, cell, reason, remedy, field=column)._replace(cells=row)
        return RawRow(number, row)

    def _broken(self, number: int, error: str) -> RawRow:
        line = self._lines.first.rstrip("\r\n")
        if "larger" in error or "longer" in error:
            return unreadable(number, line, *_TOO_LONG)
        return unreadable(number, line, *_QUOTES)

    def _ragged(self, number: int, cells: list[str]) -> RawRow:
        lines = "" if len(self._lines.taken) == 1 else f", on {len(self._lines.taken)} lines"
        return unreadable(
            number,
            self._lines.first.rstrip("\r\n"),
            "the row has not as many cells as the header",
            f"it has {len(cells)}{lines}, the header has {len(self.columns)}: write a cell for every column, "
            "and put quotation marks around a cell that holds the delimiter",
        )._replace(cells=dict(zip(self.columns, cells, strict=False)))


class _Lines:
    """The lines of the file, those of the present row kept so that they can be read again."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._text = TextIOWrapper(file, encoding, MARKED, newline="")
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self.has_marks = False
        self._skip_marks()

    @property
    def first(self) -> str:
        """The line on which the row begins."""
        return self.taken[0] if self.taken else ""

    def begin(self) -> None:
        """A row begins here."""
        self.taken.clear()
        self.has_marks = False

    def give_back(self) -> None:
        """Have all lines of the row but its first one again."""
        self._again.extendleft(reversed(self.taken[1:]))

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._read()
        self.taken.append(line)
        if not line.isascii() and MARK in line:
            self.has_marks = True
        return line

    def _read(self) -> str:
        line = self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
            self.taken.append(line[:LONGEST_CELL])
            while (rest := self._text.readline(LONGEST_LINE)) and not rest.endswith(("\n", "\r")):
                pass
            raise csv.Error(f"a line is longer than {LONGEST_LINE} characters")
        return line

    def _skip_marks(self) -> None:
        """Leave out a byte order mark, and the line with which Excel names the delimiter."""
        line = self._text.readline(LONGEST_LINE).removeprefix("\ufeff")
        if line[:4].lower() != "sep=":
            self._again.append(line)


def column_names(header: list[str]) -> tuple[str, ...]:
    """A name for each column: an empty one is numbered, and so is the second of two that are the same."""
    names: list[str] = []
    for place, cell in enumerate(header, 1):
        name = wanted = " ".join(cell.split()) or f"column {place}"
        number = 2
        while name in names:
            name, number = f"{wanted} ({number})", number + 1
        names.append(name)
    return tuple(names)


def _options(dialect: Dialect) -> dict[str, Any]:
    csv.field_size_limit(LONGEST_CELL)
    if not dialect.quote:
        return {"delimiter": dialect.delimiter, "quoting": csv.QUOTE_NONE}
    return {
        # A quote that is never closed is an error, instead of a cell that takes in the rows below.
        "strict": True,
        "delimiter": dialect.delimiter,
        "quotechar": dialect.quote,
        "escapechar": dialect.escape or None,
        "doublequote": True,
    }
