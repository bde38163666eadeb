"""Rows by the thousand: the one place where writing differs between the databases."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model


class JsonText(str):
    """What a JSON field holds, written out."""

    __slots__ = ()


def rows_insert(
    model: type[Model],
    *,
    fields: Sequence[str],
    rows: Iterable[Sequence[Any]],
    meanwhile: Callable[[], object] = lambda: None,
) -> None:
    """Insert rows that give a value for each of these fields; to be called within a transaction.

    Foreign keys are given by their id, as `vertical_id`, and JSON as JsonText. Fields that have no default in
    the database must be among the fields. On PostgreSQL this is a COPY, which takes a third of the time of
    an INSERT; `meanwhile` is called after each row, while PostgreSQL is busy with it and this process is not.
    """
    if connection.vendor != "postgresql":
        objects = [model(**dict(zip(fields, map(_content, row), strict=True))) for row in rows]
        model._default_manager.bulk_create(objects, batch_size=500)
        return
    quote = connection.ops.quote_name
    statement = f"COPY {quote(model._meta.db_table)} ({', '.join(map(quote, fields))}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            meanwhile()


def rows_number(model: type[Model], *, field: str, numbers: Mapping[int, int], **same: int) -> None:
    """Give each row, by id, its own whole number in one field, and all of them the `same` in others.

    Both databases have this statement; Django spells it as a CASE, which compares each row with every other.
    """
    if not numbers:
        return
    quote = connection.ops.quote_name
    others = "".join(f", {quote(name)} = {int(value)}" for name, value in same.items())
    pairs = ", ".join(f"({int(pk)}, {int(number)})" for pk, number in numbers.items())
    with connection.cursor() as cursor:
        # column1 and column2 are what both databases call the columns of VALUES.
        cursor.execute(
            f"UPDATE {quote(model._meta.db_table)} SET {quote(field)} = given.column2{others} "  # nosec B608
            f"FROM (VALUES {pairs}) AS given WHERE id = given.column1"
        )


def _content(value: Any) -> Any:
    return json.loads(value) if isinstance(value, JsonText) else value
