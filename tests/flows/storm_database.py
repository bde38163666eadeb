"""The database of a storm as its referee sees it, SQLite or PostgreSQL: plain SQL, beside the server."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

SQLITE_WAITS_SECONDS = 30.0

LIVE = {
    "sqlite": "{0}expires > strftime('%Y-%m-%d %H:%M:%f', 'now')",
    "postgres": "{0}expires > clock_timestamp()",
}
"""The lease of a row has not ended by itself."""
LONG = {
    "sqlite": "{0}expires > strftime('%Y-%m-%d %H:%M:%f', 'now', '+59 seconds')",
    "postgres": "{0}expires > clock_timestamp() + interval '59 seconds'",
}
"""The lease of a row is longer than any that is given: the clock was set back."""
STEP = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', {0}, '{1:+.3f} seconds')",
    "postgres": "{0} + interval '{1:.3f} seconds'",
}
"""A time moved by so many seconds."""

STOLEN = "NEW.token <> OLD.token AND NEW.person_id <> OLD.person_id AND OLD.finished IS NULL"
THEFTS = {
    "sqlite": [
        "CREATE TABLE storm_theft (turn integer, loser integer, taker integer)",
        f"""CREATE TRIGGER storm_watch AFTER UPDATE ON labeling_turn
        WHEN {STOLEN} AND {LIVE["sqlite"].format("OLD.")} AND NOT {LONG["sqlite"].format("OLD.")}
        BEGIN INSERT INTO storm_theft VALUES (OLD.id, OLD.person_id, NEW.person_id); END""",
    ],
    "postgres": [
        "CREATE TABLE storm_theft (turn integer, loser integer, taker integer)",
        """CREATE FUNCTION storm_note() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO storm_theft VALUES (OLD.id, OLD.person_id, NEW.person_id); RETURN NULL; END $$""",
        f"""CREATE TRIGGER storm_watch AFTER UPDATE ON labeling_turn FOR EACH ROW
        WHEN ({STOLEN} AND {LIVE["postgres"].format("OLD.")} AND NOT {LONG["postgres"].format("OLD.")})
        EXECUTE FUNCTION storm_note()""",
    ],
}
"""Writes down, in the transaction that does it, whenever somebody gets a turn that another has a lease on."""


class Database:
    """Reads and writes of the referee."""

    def __init__(self, url: str) -> None:
        self.kind = urlsplit(url).scheme
        self._url = url

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database says."""
        with self._cursor() as cursor:
            cursor.execute(query)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return found

    def watch(self) -> None:
        """Write down every theft from now on, in storm_theft."""
        self._do(THEFTS[self.kind])

    def step_clock(self, seconds: float) -> None:
        """Set the clock forward, or back: every time in the future comes so much earlier, or later.

        The database's clock is the only one that leases know, so that this is the same to them.
        """
        expires, until = (STEP[self.kind].format(name, -seconds) for name in ("expires", "until"))
        # Whoever holds some of the rows and waits for others would wait for ever.
        lock = ["LOCK TABLE labeling_turn IN EXCLUSIVE MODE"] if self.kind == "postgres" else []
        self._do([*lock, f"UPDATE labeling_turn SET expires = {expires} WHERE expires IS NOT NULL"])
        self._do([f"UPDATE labeling_setaside SET until = {until} WHERE until IS NOT NULL"])

    def live(self) -> str:
        """The condition that the lease of a row has not ended."""
        return LIVE[self.kind].format("") + " AND NOT " + LONG[self.kind].format("")

    def _do(self, statements: Sequence[str]) -> None:
        with self._cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        """A cursor in a transaction of its own."""
        if self.kind == "sqlite":
            path = urlsplit(self._url).path.removeprefix("/")
            with closing(sqlite3.connect(path, timeout=SQLITE_WAITS_SECONDS)) as connection, connection:
                connection.execute("BEGIN IMMEDIATE")
                yield connection.cursor()
        else:
            import psycopg

            with psycopg.connect(self._url) as connection_, connection_.cursor() as cursor:
                yield cursor
