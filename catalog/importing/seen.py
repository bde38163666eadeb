"""Which ids a file had before: kept on disk, because a million of them do not fit a constant memory. Pure."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing


class Seen:
    """The row of each id of a file, in a table that ends with the object."""

    def __init__(self) -> None:
        # An empty name: a file of SQLite's own, without a name, that it removes.
        self._table = sqlite3.connect("", isolation_level=None)
        self._table.execute("PRAGMA journal_mode = OFF")
        self._table.execute("PRAGMA synchronous = OFF")
        self._table.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, row INTEGER) WITHOUT ROWID")

    def add(self, rows: Iterable[tuple[str, int]]) -> dict[str, int]:
        """Note ids with their rows; returns the row at which each of them that was there before stands."""
        given = list(rows)
        marks = ", ".join("?" * len(given))
        with closing(self._table.cursor()) as cursor:
            found = cursor.execute(
                f"SELECT id, row FROM seen WHERE id IN ({marks})",  # nosec B608
                [one for one, _ in given],
            )
            before = dict(found.fetchall())
            cursor.execute("BEGIN")
            cursor.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", given)
            cursor.execute("COMMIT")
        return before

    def close(self) -> None:
        """Let the table go."""
        self._table.close()
