"""Rows of a Parquet file, in batches, as plain data. Pure."""

import math
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO

from catalog.errors import CatalogError
from catalog.importing.raw import RawRow, unreadable

BATCH = 1024
"""Rows."""


class ParquetRows:
    """The rows of a Parquet file.

    Raises:
        CatalogError: where it cannot be read; `where` begins the message.
    """

    def __init__(self, file: BinaryIO, *, where: str) -> None:
        # It takes a quarter of a second and 100 MB, which a process that reads no Parquet need not pay.
        import pyarrow as arrow
        import pyarrow.parquet as parquet

        self._errors = (arrow.ArrowException, OSError, ValueError)
        self._where = where
        try:
            self._file = parquet.ParquetFile(file)
            self.columns = tuple(self._file.schema_arrow.names)
            self.size = self._file.metadata.num_rows
        except self._errors as error:
            raise CatalogError(f"{where}: it cannot be read as Parquet ({error}): write it again") from error
        self._position = 0

    @property
    def position(self) -> int:
        """Rows that are read."""
        return self._position

    def __iter__(self) -> Iterator[RawRow]:
        number = 0
        for batch in self._batches():
            for cells in batch:
                number += 1
                yield _row(number, cells)
            self._position = number

    def _batches(self) -> Iterator[list[dict[str, Any]]]:
        try:
            for batch in self._file.iter_batches(batch_size=BATCH):
                yield batch.to_pylist()
        except self._errors as error:
            raise CatalogError(f"{self._where}: it breaks off ({error}): write it again") from error


def _row(number: int, cells: Mapping[str, Any]) -> RawRow:
    try:
        return RawRow(number, {name: plain(cell) for name, cell in cells.items() if cell is not None})
    except (ValueError, RecursionError) as error:
        return unreadable(number, str(error), "a cell cannot be read", "write it as text")


def plain(value: Any) -> Any:
    """What JSON can say of a Parquet value; not-a-number and nothing are both None.

    Raises:
        ValueError: for bytes that are no UTF-8.
    """
    match value:
        case float():
            return value if math.isfinite(value) else None
        case None | bool() | int() | str():
            return value
        case Decimal():
            return format(value.normalize(), "f") if value.is_finite() else None
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case bytes():
            return value.decode()
        case dict():
            return {str(key): plain(one) for key, one in value.items()}
        case [(_, _), *_] if all(isinstance(one, tuple) for one in value):  # an Arrow map
            return {str(plain(key)): plain(one) for key, one in value}
        case list() | tuple():
            return [plain(one) for one in value]
    return str(value)
