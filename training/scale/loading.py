"""Many rows into a table: COPY on PostgreSQL, executemany on SQLite."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from django.core.management.color import no_style
from django.db import connections, transaction
from django.db.models import Model

from training.browse_benchmark.data import Tell, bare

Row = tuple[str | int | float | None, ...]
"""Texts, numbers and None; times as text in UTC, JSON as text, booleans as 0 and 1."""
BATCH = 20_000


def load(model: type[Model], fields: Sequence[str], rows: Iterable[Row], *, using: str, tell: Tell) -> int:
    """Write the rows, whose texts hold no tab, line end or backslash; returns how many there were."""
    columns_of = {field.name: field.column for field in model._meta.concrete_fields}
    names = [columns_of[field] for field in fields]
    table, columns = model._meta.db_table, ", ".join(f'"{name}"' for name in names)
    tell(table)
    connection, count = connections[using], 0
    batches = _batches(rows)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for batch in batches:
                    copy.write("".join(map(_line, batch)))
                    count += len(batch)
        else:
            places = ", ".join(["%s"] * len(names))
            for batch in batches:
                cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", batch)  # nosec B608
                count += len(batch)
    return count


@contextmanager
def filling(models: Sequence[type[Model]], *, using: str, tell: Tell) -> Iterator[None]:
    """Have the tables filled fast, on PostgreSQL without indexes and foreign keys; statistics come after."""
    connection = connections[using]
    is_postgres = connection.vendor == "postgresql"
    tables = [model._meta.db_table for model in models]
    with connection.cursor() as cursor:
        if is_postgres:
            cursor.execute("SET synchronous_commit = off")
            cursor.execute("SET maintenance_work_mem = '256MB'")
        with bare(cursor, tables, tell) if is_postgres else transaction.atomic(using=using):
            yield
        tell("statistics")
        cursor.execute("VACUUM ANALYZE" if is_postgres else "ANALYZE")


def keys_go_on(models: Sequence[type[Model]], *, using: str) -> None:
    """Have the next rows' keys follow those that were written with the rows."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(models)):
            cursor.execute(statement)


def _line(row: Row) -> str:
    return "\t".join("\\N" if value is None else str(value) for value in row) + "\n"


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rest = iter(rows)
    while batch := list(islice(rest, BATCH)):
        yield batch
