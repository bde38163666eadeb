import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow
import pyarrow.parquet
import pytest

from catalog.errors import CatalogError
from catalog.importing.parquet_rows import BATCH, ParquetRows
from catalog.importing.raw import RawRow


def written(table: pyarrow.Table) -> ParquetRows:
    file = io.BytesIO()
    pyarrow.parquet.write_table(table, file, row_group_size=700)
    file.seek(0)
    return ParquetRows(file, where="rows.parquet")


def test_values_become_plain_data() -> None:
    table = pyarrow.table(
        {
            "text": pyarrow.array(["x", None]).dictionary_encode(),
            "number": [1.5, float("nan")],
            "price": [Decimal("12.50"), None],
            "day": [date(2026, 5, 1), None],
            "at": [datetime(2026, 5, 1, 12, 30, tzinfo=UTC), None],
            "took": [timedelta(minutes=2), None],
            "list": [["a", "b"], []],
            "object": [{"a": 1, "b": [True]}, None],
            "map": pyarrow.array([[("k", 1)], []], pyarrow.map_(pyarrow.string(), pyarrow.int64())),
            "bytes": [b"text", None],
        }
    )
    first, second = written(table)
    assert first == RawRow(
        1,
        {
            "text": "x",
            "number": 1.5,
            "price": "12.5",
            "day": "2026-05-01",
            "at": "2026-05-01T12:30:00+00:00",
            "took": "0:02:00",
            "list": ["a", "b"],
            "object": {"a": 1, "b": [True]},
            "map": {"k": 1},
            "bytes": "text",
        },
    )
    assert second == RawRow(2, {"number": None, "list": [], "map": []})


def test_rows_of_several_groups_are_counted() -> None:
    rows = written(pyarrow.table({"sku": [f"s{n}" for n in range(3 * BATCH)]}))
    assert (rows.columns, rows.size, rows.position) == (("sku",), 3 * BATCH, 0)
    read = list(rows)
    assert [row.number for row in read] == list(range(1, 3 * BATCH + 1))
    assert read[-1].cells == {"sku": f"s{3 * BATCH - 1}"}
    assert rows.position == 3 * BATCH


def test_bytes_that_are_no_text_are_refused_in_their_row() -> None:
    bad, good = written(pyarrow.table({"sku": [b"\xff\xfe", b"ok"]}))
    assert bad.problem and bad.problem.reason == "a cell cannot be read"
    assert good == RawRow(2, {"sku": "ok"})


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1" + b"x" * 100 + b"PAR1"])
def test_a_broken_file_is_refused(content: bytes) -> None:
    with pytest.raises(CatalogError, match=r"rows.parquet: it cannot be read as Parquet .*: write it again"):
        ParquetRows(io.BytesIO(content), where="rows.parquet")


def test_a_file_that_breaks_off_is_told() -> None:
    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"sku": [f"s{n:050}" for n in range(5000)]}), file)
    content = bytearray(file.getvalue())
    content[100:4000] = bytes(3900)
    with pytest.raises(CatalogError, match=r"it breaks off .*: write it again"):
        list(ParquetRows(io.BytesIO(bytes(content)), where="rows.parquet"))
