"""What only PostgreSQL has: SQL of migrations, and queries that are given up."""

from typing import TypeVar

from django.db import OperationalError, connections, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunSQL
from django.db.migrations.state import ProjectState
from django.db.models import Model, QuerySet

QUERY_CANCELED = "57014"

Row = TypeVar("Row", bound=Model)


class PostgresSQL(RunSQL):
    """SQL for PostgreSQL; elsewhere it does nothing.

    For indexes and columns that only make queries fast, and for constraints that services keep to anyway.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


def rows_within(rows: QuerySet[Row], *, milliseconds: int) -> list[Row] | None:
    """The rows; None where PostgreSQL would need longer for them. Other databases take their time."""
    if not milliseconds:
        return None
    database = connections[rows.db]
    if database.vendor != "postgresql":
        return list(rows)
    try:
        with transaction.atomic(using=rows.db), database.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [milliseconds])
            found = list(rows)
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != QUERY_CANCELED:
            raise
        return None
    return found
