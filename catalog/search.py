"""Which listings a search finds: words of the title and of the id, or the beginning of the id.

PostgreSQL looks words up in the column `words` (migration 0008), the last one as the beginning of a word.
SQLite, which has no such index, takes every word as a part of the text.
"""

import re
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Func, Q
from django.db.models.sql.compiler import SQLCompiler

LONGEST_SEARCH = 200
SHORTEST_BEGINNING = 3
"""Shorter last words are looked up whole: too many words begin with two letters."""

Sql = tuple[str, tuple[str | int, ...]]


def search_words(text: str) -> list[str]:
    """The runs of letters and digits in a text; everything else only parts them."""
    return re.findall(r"[^\W_]+", text)


def found_by(text: str) -> Q:
    """The condition on listings that a search for this text stands for."""
    condition = Q(external_id__istartswith=text.strip())
    words = search_words(text)
    return condition | Q(HasWords(words)) if words else condition


class HasWords(Func):
    """Every one of these words is in the row's texts: of a listing its id and title."""

    output_field = BooleanField()

    def __init__(self, words: list[str], texts: tuple[str, ...] = ("external_id", "title")) -> None:
        super().__init__(*texts)
        self.words = words

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_: Any, **extra: Any) -> Sql:
        """Each word is a part of the text. Words hold no sign that LIKE takes for another."""
        texts = " || ' ' || ".join(compiler.compile(source)[0] for source in self.get_source_expressions())
        like = f"({texts}) LIKE %s"
        return " AND ".join([like] * len(self.words)), tuple(f"%{word}%" for word in self.words)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Sql:
        """Each word is a word of the text, the last one begins one. The table's `words` has the texts."""
        first, *_ = self.get_source_expressions()
        column = compiler.compile(first)[0].rpartition(".")[0] + '."words"'
        *_, last = self.words
        beginning = ":*" if len(last) >= SHORTEST_BEGINNING else ""
        query = " & ".join(f"'{word}'" for word in self.words) + beginning
        return f"{column} @@ to_tsquery('simple', %s)", (query,)
