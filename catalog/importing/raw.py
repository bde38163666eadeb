"""What readers yield: the rows of a file as they stand, numbered, and what is wrong with one. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

LONGEST_CELL = 1 << 20
"""Characters."""
LONGEST_LINE = 1 << 22
"""Characters."""
SHOWN = 300
"""Characters of a value that a problem shows."""


class Problem(NamedTuple):
    """Why a row cannot land, and what to do."""

    row: int
    """the file's row, from 1, without the header"""
    listing: str
    """its external id, empty where that cannot be read"""
    field: str
    """the column, as the file calls it; empty where the whole row is at fault"""
    value: str
    """what stands there, cut short"""
    reason: str
    """the same for all rows of this kind"""
    remedy: str


class RawRow(NamedTuple):
    """One row of a file."""

    number: int
    """from 1, without the header; empty ones count"""
    cells: Mapping[str, Any]
    """{column: text, or in JSONL and Parquet any plain data}"""
    problem: Problem | None = None
    """why it cannot be read"""


class Rows(Protocol):
    """A file that is read row by row, with the memory of a row."""

    columns: tuple[str, ...]
    """what the header names; empty where each row names its own"""
    size: int
    """bytes or rows; 0 where that is not known"""

    @property
    def position(self) -> int:
        """How far the reading is, in bytes or rows of `size`."""

    def __iter__(self) -> Iterator[RawRow]: ...


def unreadable(number: int, value: object, reason: str, remedy: str, *, field: str = "") -> RawRow:
    """A row that cannot be read."""
    return RawRow(number, {}, Problem(number, "", shown(field), shown(value), reason, remedy))


def shown(value: object) -> str:
    """A value as problems show it: on one stretch, cut short, and storable whatever it holds."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    return " " if character.isspace() else "�"
