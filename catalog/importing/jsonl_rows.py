"""Rows of a JSONL file: one JSON object a line. Pure."""

import json
from collections.abc import Iterator
from io import TextIOWrapper
from typing import Any, BinaryIO

from catalog.importing.dialect import MARK, MARKED
from catalog.importing.raw import LONGEST_LINE, RawRow, unreadable


class JsonlRows:
    """The rows of a JSONL file. Each names its own columns, so that `columns` is empty."""

    columns: tuple[str, ...] = ()

    def __init__(self, file: BinaryIO, encoding: str, *, size: int) -> None:
        self.size = size
        self._file = file
        self._encoding = encoding
        self._text = TextIOWrapper(file, encoding, MARKED, newline="\n")

    @property
    def position(self) -> int:
        """Bytes that are read."""
        return self._file.tell()

    def __iter__(self) -> Iterator[RawRow]:
        number = 0
        while line := self._text.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE and not line.endswith("\n"):
                self._skip_line()
                reason = f"the line is longer than {LONGEST_LINE} characters"
                yield unreadable(number, line, reason, "shorten it")
            elif line.strip("\ufeff \t\r\n"):
                yield self._row(number, line)

    def _row(self, number: int, line: str) -> RawRow:
        if not line.isascii() and MARK in line:
            reason = f"it has bytes that are nothing in {self._encoding}"
            return unreadable(number, line, reason, "save the file in UTF-8")
        try:
            cells = json.loads(line.strip("\ufeff \t\r\n"), parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            return unreadable(number, line.strip(), "the line is not valid JSON", f"mend it: {error}")
        if not isinstance(cells, dict):
            return unreadable(
                number, line.strip(), "the line is no JSON object", "write one object on each line"
            )
        return RawRow(number, cells)

    def _skip_line(self) -> None:
        while (rest := self._text.readline(LONGEST_LINE)) and not rest.endswith("\n"):
            pass


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON number")
