"""The schema by name: what cells call a vertical, an attribute and a value -> their codes. Pure."""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from catalog.schema.codes import code_of
from catalog.schema.spec import AttributeSpec, Schema, VerticalSpec

MOST_NAMED = 20
"""A remedy lists this many names, at most."""

SHORTEST_PLURAL = 4

_PATHS = re.compile(r"[,;|\n]")
_STEPS = re.compile(r"\s*(?:>|/|»|::)\s*")


@dataclass(frozen=True, slots=True, eq=False)  # Each is itself only, and can be the key of a cache.
class AttributeNames:
    """An attribute and what its values are called."""

    code: str
    label: str
    multi: bool
    values: Mapping[str, str]
    """{code, a label or synonym in small letters, or the code that it would have: the value's code}"""
    expected: str
    """what can be given, in words"""

    def value(self, name: str) -> str | None:
        """The code of the value with this code, label or synonym, in any case."""
        values = self.values
        return values.get(name) or values.get(code_of(name)) or values.get(name.casefold())

    def in_order(self, codes: Set[str]) -> tuple[str, ...]:
        """The codes in the schema's order."""
        return tuple(code for code in dict.fromkeys(self.values.values()) if code in codes)


@dataclass(frozen=True, slots=True)
class VerticalNames:
    """A vertical and what its attributes are called."""

    code: str
    label: str
    attributes: Mapping[str, AttributeNames]
    """{code, or the code that a label would have: attribute}"""

    def attribute(self, name: str) -> AttributeNames | None:
        """The attribute with this code or label, in any case."""
        return self.attributes.get(name) or self.attributes.get(code_of(name))


@dataclass(frozen=True, slots=True)
class Names:
    """A schema by name; only what is asked and offered now."""

    verticals: Mapping[str, VerticalNames]
    """{code, the code that a label would have, or its words: vertical}"""
    by_code: Mapping[str, VerticalNames]

    @classmethod
    def of(cls, schema: Schema) -> "Names":
        """The names of a schema."""
        by_code = {vertical.code: _vertical(vertical) for vertical in schema}
        by_label = {code_of(vertical.label): vertical for vertical in by_code.values()}
        by_words = {words(vertical.label): vertical for vertical in by_code.values()}
        return cls(by_words | by_label | by_code, by_code)

    def vertical(self, cell: str) -> VerticalNames | None:
        """The vertical that a cell names: by code or label, or by the last steps of a category path in it.

        Of several paths, comma-separated, the first that leads to a vertical counts.
        """
        if found := self._named(cell):
            return found
        return next((found for step in _steps(cell) if (found := self._named(step))), None)

    def attribute_codes(self) -> dict[str, str]:
        """{attribute code: label}, of all verticals, in order."""
        return {
            attribute.code: attribute.label
            for vertical in reversed(list(self.by_code.values()))
            for attribute in vertical.attributes.values()
        }

    def _named(self, name: str) -> VerticalNames | None:
        known = self.verticals
        return known.get(name) or known.get(code_of(name)) or known.get(words(name))


def words(name: str) -> str:
    """The words of a vertical's name, plurals as singulars: "Bags & Watches" has those of "bag-watch"."""
    return " ".join(_singular(word) for word in re.findall(r"[^\W_]+", name.lower()) if word != "and")


def _singular(word: str) -> str:
    """The word without an English plural's ending; of other words whatever, but always the same."""
    if len(word) > SHORTEST_PLURAL and word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1] if len(word) >= SHORTEST_PLURAL and word.endswith("s") and word[-2] != "s" else word


def listed(names: list[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _steps(cell: str) -> Iterator[str]:
    """The steps of the category paths in a cell, each path from its end: "Men > Tops > Tees"."""
    for path in _PATHS.split(cell):
        yield from (step for step in reversed(_STEPS.split(path.strip())) if step)


def _vertical(spec: VerticalSpec) -> VerticalNames:
    attributes = [_attribute(attribute) for attribute in spec.asked]
    by_label = {code_of(attribute.label): attribute for attribute in attributes}
    return VerticalNames(spec.code, spec.label, by_label | {one.code: one for one in attributes})


def _attribute(spec: AttributeSpec) -> AttributeNames:
    names = {value.code: value.code for value in spec.offered}
    names |= {code_of(value.label): value.code for value in spec.offered}
    for value in spec.offered:
        for name in (*value.synonyms, value.label):
            names.setdefault(code_of(name), value.code)
            names.setdefault(name.casefold(), value.code)
    labels = listed([value.label for value in spec.offered])
    expected = f"use {'some' if spec.multi else 'one'} of {labels}, or a state"
    return AttributeNames(spec.code, spec.label, spec.multi, names, expected)
