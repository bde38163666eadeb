"""Opening a file of rows by its name in the media storage, or by its path on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import BinaryIO, cast

from django.core.files.storage import default_storage

from catalog.errors import CatalogError
from catalog.importing.csv_rows import CsvRows
from catalog.importing.dialect import HEAD, decoded, find_dialect, find_encoding
from catalog.importing.jsonl_rows import JsonlRows
from catalog.importing.parquet_rows import ParquetRows
from catalog.importing.plan import Kind, Plan
from catalog.importing.raw import Rows

_OTHERS = (
    (b"PK\x03\x04", "it is a spreadsheet or an archive", "save the rows as CSV"),
    (b"\xd0\xcf\x11\xe0", "it is a spreadsheet of an old kind", "save the rows as CSV"),
    (b"\x1f\x8b", "it is compressed", "unpack it first"),
    (b"%PDF", "it is a PDF", "save the rows as CSV"),
    (b"\xff\xd8\xff", "it is a photo", "choose the file with the rows"),
    (b"\x89PNG", "it is a picture", "choose the file with the rows"),
)
"""How files begin that hold no rows, what each is, and what to do."""


@contextmanager
def opened_rows(path: str, plan: Plan) -> Iterator[Rows]:
    """The rows of a file, read as the plan says.

    Raises:
        CatalogError: when the file is not there or cannot be read in this way.
    """
    with _opened(path) as (file, size):
        match plan.kind:
            case Kind.CSV:
                yield CsvRows(file, plan.dialect, size=size, where=_name(path))
            case Kind.JSONL:
                yield JsonlRows(file, plan.dialect.encoding, size=size)
            case Kind.PARQUET:
                yield ParquetRows(file, where=_name(path))


def find_format(path: str) -> Plan:
    """How the file is written, in a plan that says nothing about its columns yet.

    Raises:
        CatalogError: for a file that holds no rows, saying what it is and what to do.
    """
    where = _name(path)
    with _opened(path) as (file, _):
        head = file.read(HEAD)
        for begin, what, remedy in _OTHERS:
            if head.startswith(begin):
                raise CatalogError(f"{where}: {what}: {remedy}")
        if head.startswith(b"PAR1"):
            return Plan(kind=Kind.PARQUET)
        if not head.strip():
            raise CatalogError(f"{where}: it is empty: choose a file with rows")
        file.seek(0)
        text = decoded(head, find_encoding(head, file, where=where)).lstrip()
        if text.startswith("["):
            raise CatalogError(f"{where}: it is one JSON array: write one object on each line")
        kind = Kind.JSONL if text.startswith("{") else Kind.CSV
        file.seek(0)
        return Plan(kind=kind, dialect=find_dialect(file, where=where, table=kind is Kind.CSV))


@contextmanager
def _opened(path: str) -> Iterator[tuple[BinaryIO, int]]:
    """The file and its size in bytes."""
    try:
        file, size = _open(path)
    except OSError as error:
        problem = f"the file cannot be read ({error.strerror or error})"
        raise CatalogError(f"{path}: {problem}: look at its path and permissions") from error
    with file:
        yield file, size


def _open(path: str) -> tuple[BinaryIO, int]:
    if PurePath(path).is_absolute():
        return Path(path).open("rb"), Path(path).stat().st_size
    # What Django wraps has all methods of a file, which the wrapper has not.
    return cast(BinaryIO, default_storage.open(path, "rb").file), default_storage.size(path)


def _name(path: str) -> str:
    return PurePath(path).name
