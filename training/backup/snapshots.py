"""The database as it was at one moment: copied into a file, and to be asked about that moment meanwhile."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from django.db import connection, transaction

from training.ml.errors import DataError

SQLITE, POSTGRESQL = "sqlite", "postgresql"
FILES = {SQLITE: "database.sqlite3", POSTGRESQL: "database.dump"}
"""What the copy is called, by the kind of database."""
CHUNK_ROWS = 2000
SQLITE_TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
)
POSTGRESQL_TABLES = (
    'SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename COLLATE "C"'
)


class Snapshot(Protocol):
    """The database of one moment."""

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Rows of a query, streamed."""

    def tables(self) -> list[str]:
        """Names of its tables."""


def row_counts(snapshot: Snapshot) -> dict[str, int]:
    """{table: rows}."""
    counts = {}
    for table in snapshot.tables():
        [(counts[table],)] = snapshot.rows(f'SELECT count(*) FROM "{table}"')  # nosec B608
    return counts


@contextmanager
def snapshot_into(folder: Path) -> Iterator[Snapshot]:
    """Copy the database into the folder; yields its moment, which does not move while people work on.

    Raises:
        DataError: when it cannot be copied.
    """
    path = folder / FILES[connection.vendor]
    if connection.vendor == SQLITE:
        _copy_sqlite(Path(connection.settings_dict["NAME"]), path)
        with sqlite_file(path) as file:
            yield file
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        [(name,)] = cursor.fetchall()
        pg_run("pg_dump", "--format=custom", "--no-owner", f"--snapshot={name}", f"--file={path}")
        yield Live()


@contextmanager
def sqlite_file(path: Path) -> Iterator[Snapshot]:
    """A copy of SQLite's file, read only.

    Raises:
        DataError: when it is no database or is damaged.
    """
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as file:
        try:
            [(found,)] = file.execute("PRAGMA integrity_check(1)").fetchall()
        except sqlite3.DatabaseError as error:
            raise DataError(f"{path} is no database ({error}): take another backup") from error
        if found != "ok":
            raise DataError(f"{path} is damaged ({found}): take another backup")
        yield _Copied(file)


class _Copied:
    """A Snapshot: a copy that nobody changes."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        yield from self._file.execute(query)

    def tables(self) -> list[str]:
        return [name for (name,) in self.rows(SQLITE_TABLES)]


class Live:
    """A Snapshot: what this process's connection sees, in a transaction one moment."""

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Rows of a query; in a transaction of PostgreSQL they are streamed."""
        with connection.chunked_cursor() as cursor:
            cursor.execute(query)
            while chunk := cursor.fetchmany(CHUNK_ROWS):
                yield from chunk

    def tables(self) -> list[str]:
        """Names of its tables."""
        query = SQLITE_TABLES if connection.vendor == SQLITE else POSTGRESQL_TABLES
        with connection.cursor() as cursor:
            cursor.execute(query)
            return [name for (name,) in cursor.fetchall()]


def _copy_sqlite(source: Path, path: Path) -> None:
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(path)) as copy:
        live.backup(copy)  # In one step: readers and writers go on beside it.
        copy.execute("PRAGMA journal_mode=DELETE")  # One file, without a log beside it.


def pg_run(program: str, *words: str) -> None:
    """Run PostgreSQL's program on the site's database; its password is on no command line.

    Raises:
        DataError: when it is missing or fails, with what it said.
    """
    database = connection.settings_dict
    where = [f"--dbname={database['NAME']}", "--no-password"]
    for option, key in (("host", "HOST"), ("port", "PORT"), ("username", "USER")):
        where += [f"--{option}={database[key]}"] if database[key] else []
    password = {"PGPASSWORD": str(database["PASSWORD"])} if database["PASSWORD"] else {}
    command = [_found(program), *where, *words]
    ran = subprocess.run(command, env=os.environ | password, capture_output=True, text=True)
    if ran.returncode:
        raise DataError(f"{program} failed: {ran.stderr.strip()[-2000:]}")


def _found(program: str) -> str:
    """The program's path; Debian keeps one folder a release, and a newer one reads older servers."""
    releases = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True
    )
    path = os.pathsep.join([*map(str, releases), os.environ.get("PATH", os.defpath)])
    found = shutil.which(program, path=path)
    if found is None:
        raise DataError(f"{program} is missing: install PostgreSQL's client (postgresql-client on Debian)")
    return found
