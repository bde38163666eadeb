"""Read a schema: {vertical: {attribute: {description, allowed_values, multi}}}. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import CatalogError
from catalog.importing.codes import NAME_LENGTH, code_of
from catalog.states import state_of


@dataclass(frozen=True, slots=True)
class AttributeSpec:
    """An attribute as the schema gives it."""

    code: str
    label: str
    description: str
    multi: bool
    value_codes: Mapping[str, str]
    """{label: code} in the schema's order"""


@dataclass(frozen=True, slots=True)
class VerticalSpec:
    """A vertical as the schema gives it."""

    code: str
    label: str
    attributes: Mapping[str, AttributeSpec]
    """{label: attribute} in the schema's order"""


Schema = Mapping[str, VerticalSpec]
"""{label: vertical} in the schema's order"""


def read_schema(path: Path) -> Schema:
    """Read and check a schema file.

    Raises:
        CatalogError: naming the file, vertical, attribute and value of the first fault, and the remedy.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise CatalogError(f"{path}: no such file: a data folder needs a schema.json") from error
    except ValueError as error:
        raise CatalogError(f"{path}: not valid JSON ({error}): mend the file") from error
    return parse_schema(raw, where=str(path))


def parse_schema(raw: object, *, where: str) -> Schema:
    """Check a schema that is already in memory; `where` begins every message.

    Raises:
        CatalogError: as read_schema.
    """
    verticals = _named(raw, where, holds="verticals")
    return {
        label: _vertical(label, attributes, f"{where}, {label}") for label, attributes in verticals.items()
    }


def _vertical(label: str, raw: object, where: str) -> VerticalSpec:
    attributes = _named(raw, where, holds="attributes")
    specs = {name: _attribute(name, spec, f"{where} / {name}") for name, spec in attributes.items()}
    return VerticalSpec(code_of(label), label, specs)


def _attribute(label: str, raw: object, where: str) -> AttributeSpec:
    if not isinstance(raw, dict):
        raise CatalogError(
            f"{where}: expected {{description, allowed_values}}, found {raw!r}: mend the entry"
        )
    description, multi = raw.get("description", ""), raw.get("multi", False)
    if not isinstance(description, str):
        raise CatalogError(f"{where}: description is {description!r}: give a text")
    if not isinstance(multi, bool):
        raise CatalogError(f"{where}: multi is {multi!r}: give true or false")
    values = raw.get("allowed_values")
    if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
        raise CatalogError(f"{where}: allowed_values is {values!r}: give a list of one or more texts")
    for value in values:
        if state := state_of(value):
            raise CatalogError(
                f"{where}: allowed_values has {value!r}, but {state} is a state, which answers every "
                "attribute without being listed: remove it from the list"
            )
    return AttributeSpec(code_of(label), label, description, multi, _codes(values, where))


def _named(raw: object, where: str, *, holds: str) -> dict[str, object]:
    if not isinstance(raw, dict) or not raw:
        raise CatalogError(f"{where}: expected an object of {holds}, found {raw!r}: mend the entry")
    _codes(list(raw), where)
    return raw


def _codes(names: list[str], where: str) -> dict[str, str]:
    codes: dict[str, str] = {}
    for name in names:
        code = code_of(name)
        if not code or len(name) > NAME_LENGTH:
            raise CatalogError(f"{where}: {name!r} is no name: give one of 1 to {NAME_LENGTH} characters")
        if code in codes.values():
            twin = next(other for other, taken in codes.items() if taken == code)
            raise CatalogError(f"{where}: {name!r} and {twin!r} cannot be told apart: keep one of them")
        codes[name] = code
    return codes
