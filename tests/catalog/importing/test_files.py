import gzip
import io
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from catalog.errors import CatalogError
from catalog.importing.dialect import Dialect
from catalog.importing.files import find_format, opened_rows
from catalog.importing.plan import Kind, Plan


def parquet() -> bytes:
    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"sku": ["1"]}), file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"sku;name\n1;a\n", Plan(dialect=Dialect(delimiter=";"))),
        (b'\xef\xbb\xbf\n {"sku": "1"}\n', Plan(kind=Kind.JSONL)),
        (parquet(), Plan(kind=Kind.PARQUET)),
    ],
)
def test_the_kind_of_a_file_is_seen_in_it(tmp_path: Path, content: bytes, expected: Plan) -> None:
    path = tmp_path / "rows.dat"
    path.write_bytes(content)
    assert find_format(str(path)) == expected
    with opened_rows(str(path), expected) as rows:
        assert [row.cells["sku"] for row in rows] == ["1"]


def test_a_file_in_the_media_storage_is_read_by_its_name() -> None:
    name = default_storage.save("imports/rows.csv", ContentFile(b"sku\n1\n"))
    with opened_rows(name, find_format(name)) as rows:
        assert (rows.size, [row.cells for row in rows]) == (6, [{"sku": "1"}])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04...", "rows.csv: it is a spreadsheet or an archive: save the rows as CSV"),
        (b"\xd0\xcf\x11\xe0...", "a spreadsheet of an old kind: save the rows as CSV"),
        (gzip.compress(b"sku\n1\n"), "it is compressed: unpack it first"),
        (b"%PDF-1.7", "it is a PDF: save the rows as CSV"),
        (b"\xff\xd8\xff\xe0", "it is a photo: choose the file with the rows"),
        (b"\x89PNG\r\n", "it is a picture: choose the file with the rows"),
        (b" \n", "it is empty: choose a file with rows"),
        (b'[{"sku": 1}]', "it is one JSON array: write one object on each line"),
        (bytes(range(128, 256)) * 20, "it is no text"),
    ],
)
def test_a_file_that_holds_no_rows_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    with pytest.raises(CatalogError, match=message):
        find_format(str(path))


@pytest.mark.parametrize("path", ["/no/such/file.csv", "imports/none.csv"])
def test_a_file_that_is_not_there_is_told(path: str) -> None:
    with pytest.raises(CatalogError, match=f"{path}: the file cannot be read .*: look at its path"):
        find_format(path)
