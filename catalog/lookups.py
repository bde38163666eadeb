"""Conditions that the databases spell differently, under one name each. Registered when the app is ready."""

import json
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigAutoField, BooleanField, CharField, F, Func, JSONField, Lookup
from django.db.models.sql.compiler import SQLCompiler

Sql = tuple[str, tuple[str | int, ...]]
AnySql = tuple[str, tuple[Any, ...]]


@JSONField.register_lookup
class ListHas(Lookup[str]):
    """`values__list_has="red"`: the field holds a list, and this text is in it."""

    lookup_name = "list_has"
    prepare_rhs = False

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        """Containment, which a GIN index answers."""
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} @> %s::jsonb", (*params, json.dumps([self.rhs]))

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        """One of the list's members."""
        lhs, params = self.process_lhs(compiler, connection)
        return f"EXISTS (SELECT 1 FROM json_each({lhs}) WHERE value = %s)", (*params, self.rhs)  # nosec B608


@BigAutoField.register_lookup
class AnyOf(Lookup[list[int]]):
    """`pk__any_of=ids`: as `in`, with one parameter however many ids there are."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        """A member of an array."""
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} = ANY(%s::bigint[])", (*params, f"{{{','.join(map(str, self.rhs))}}}")

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        """A member of a JSON list."""
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} IN (SELECT value FROM json_each(%s))", (*params, json.dumps(self.rhs))  # nosec B608


@CharField.register_lookup
class AnyOfTexts(Lookup[list[str]]):
    """`external_id__any_of=texts`: as `in`, with one parameter however many texts there are."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> AnySql:
        """A member of an array."""
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} = ANY(%s::text[])", (*params, self.rhs)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> AnySql:
        """A member of a JSON list."""
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} IN (SELECT value FROM json_each(%s))", (*params, json.dumps(self.rhs))  # nosec B608


class AnswerHas(Func):
    """The row answers the question that these columns name, and this value is among its `values`.

    `AnswerHas("red", attribute_id=7)`. The migrations that index answers spell the same expression.
    """

    output_field = BooleanField()

    def __init__(self, value: str, **question: int) -> None:
        super().__init__(*map(F, question), F("values"))
        self.value = value
        self.question = question

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Sql:
        """Containment in {question: values}: one index has every value of every question."""
        *columns, values = self._columns(compiler)
        key = " || '/' || ".join(f"{column}::text" for column in columns)
        answer = {"/".join(map(str, self.question.values())): [self.value]}
        return f"jsonb_set('{{}}'::jsonb, ARRAY[{key}], {values}) @> %s::jsonb", (json.dumps(answer),)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Sql:
        """The columns one by one, and one of the list's members."""
        *columns, values = self._columns(compiler)
        equal = " AND ".join(f"{column} = %s" for column in columns)
        member = f"EXISTS (SELECT 1 FROM json_each({values}) WHERE value = %s)"  # nosec B608
        return f"({equal} AND {member})", (*self.question.values(), self.value)

    def _columns(self, compiler: SQLCompiler) -> list[str]:
        return [compiler.compile(expression)[0] for expression in self.get_source_expressions()]
