"""What an export's columns hold. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

PIECE = 1 << 16
"""Bytes or characters that a writer gathers before it hands them on."""

Row = Sequence[Any]
"""One value for each column, in order."""


class Kind(StrEnum):
    """What a column holds; only numbers, shares, flags and times can be null."""

    TEXT = "text"
    NUMBER = "whole number"
    SHARE = "number"
    FLAG = "true or false"
    TIME = "time"
    TEXTS = "list of texts"
    COUNTS = "{text: whole number}"
    JSON = "object"
    RECORDS = "list of objects"


@dataclass(frozen=True, slots=True)
class Column:
    """A named column; one of records has columns itself."""

    name: str
    kind: Kind
    columns: tuple["Column", ...] = ()


Columns = tuple[Column, ...]


def texts(*names: str) -> Columns:
    """Columns of text."""
    return tuple(Column(name, Kind.TEXT) for name in names)


def numbers(*names: str) -> Columns:
    """Columns of whole numbers."""
    return tuple(Column(name, Kind.NUMBER) for name in names)


def shares(*names: str) -> Columns:
    """Columns of numbers with a fraction."""
    return tuple(Column(name, Kind.SHARE) for name in names)


def time_text(time: datetime) -> str:
    """ISO 8601, in UTC, always with microseconds: texts that sort as the times do."""
    return f"{time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
