"""Rows as Parquet, row group by row group. Pure.

pyarrow is imported by the first export that needs it: a web process without one stays light.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from catalog.exporting.as_jsonl import json_text
from catalog.exporting.tables import Column, Columns, Kind, Row

if TYPE_CHECKING:
    import pyarrow

ROW_GROUP = 10_000
"""Rows that are held at a time."""


def parquet_pieces(columns: Columns, rows: Iterable[Row]) -> Iterator[bytes]:
    """A Parquet file with zstd compression; objects of any shape are JSON texts in it."""
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    schema = pyarrow.schema([(column.name, _type(column)) for column in columns])
    drain, stream = _Drain(), iter(rows)
    with ParquetWriter(drain, schema, compression="zstd") as writer:
        while group := list(islice(stream, ROW_GROUP)):
            arrays = [
                pyarrow.array(_values(column, values), schema.field(column.name).type)
                for column, values in zip(columns, zip(*group, strict=True), strict=True)
            ]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            yield drain.taken()
    yield drain.taken()


class _Drain:
    """A file that is written to and emptied in turn."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._written = 0

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        self._written += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        self.closed = True

    def taken(self) -> bytes:
        """What was written since the last time."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data


def _type(column: Column) -> pyarrow.DataType:
    import pyarrow

    match column.kind:
        case Kind.TEXT | Kind.JSON:
            return pyarrow.string()
        case Kind.NUMBER:
            return pyarrow.int64()
        case Kind.SHARE:
            return pyarrow.float64()
        case Kind.FLAG:
            return pyarrow.bool_()
        case Kind.TIME:
            return pyarrow.timestamp("us", tz="UTC")
        case Kind.TEXTS:
            return pyarrow.list_(pyarrow.string())
        case Kind.COUNTS:
            return pyarrow.map_(pyarrow.string(), pyarrow.int64())
        case Kind.RECORDS:
            return pyarrow.list_(pyarrow.struct([(one.name, _type(one)) for one in column.columns]))


def _values(column: Column, values: tuple[Any, ...]) -> list[Any]:
    """The values as pyarrow takes them."""
    match column.kind:
        case Kind.JSON:
            return [json_text(value) for value in values]
        case Kind.COUNTS:
            return [list(value.items()) for value in values]
    return list(values)
