"""Schemas that hypothesis makes up: any that can be used."""

from typing import Any

from hypothesis import strategies as st

from catalog.schema.parts import Schema
from catalog.schema.spec import UNSTORABLE, parse_schema
from catalog.states import state_of


def _usable(text: str) -> bool:
    return bool(text.strip()) and not UNSTORABLE.search(text) and state_of(text) is None


letters = st.characters(exclude_categories=["Cs", "Cc"])
names = st.text(st.one_of(letters, st.sampled_from("ab=+'-|\\, ;")), min_size=1, max_size=12).filter(_usable)
texts = st.text(st.one_of(letters, st.sampled_from("\n\"',;|=")), max_size=40)
codes = st.from_regex(r"\A[a-z0-9_-]{1,10}\Z").filter(_usable)


def _distinct(parts: st.SearchStrategy[dict[str, Any]], most: int, least: int = 0) -> st.SearchStrategy[Any]:
    return st.lists(parts, min_size=least, max_size=most, unique_by=lambda part: part["label"])


values = st.fixed_dictionaries(
    {"label": names},
    optional={"code": codes, "synonyms": st.lists(names, max_size=3), "retired": st.booleans()},
)
attributes = st.fixed_dictionaries(
    {"label": names, "values": _distinct(values, 4, least=1), "retired": st.just(False)},
    optional={
        "code": codes,
        "description": texts,
        "guideline": texts,
        "multi": st.booleans(),
        "required": st.booleans(),
        "weight": st.floats(0, 1000),
    },
)
verticals = st.fixed_dictionaries(
    {"label": names, "attributes": _distinct(attributes, 3)}, optional={"code": codes}
)


def _parsed(raw: dict[str, Any]) -> Schema | None:
    try:
        return parse_schema(raw, where="made up")
    except ValueError:
        return None


schemas: st.SearchStrategy[Any] = (
    _distinct(verticals, 2, least=1)
    .map(lambda made: _parsed({"verticals": made}))
    .filter(lambda schema: schema is not None)
)
"""Checked schemas without example photos, which a CSV does not hold."""
