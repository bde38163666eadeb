"""The schema of a vertical as plain data, checked. Pure.

Two spellings are read. The short one is that of a data folder: {vertical: {attribute: {description,
allowed_values}}}. The full one is {verticals: [...]}, each as `VerticalSpec.to_json` writes it, with codes,
guidelines and the rest.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.errors import CatalogError
from catalog.schema.codes import NAME_LENGTH, code_of
from catalog.states import state_of

MOST_ATTRIBUTES = 40
MOST_VALUES = 300

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ValueSpec:
    """An allowed answer."""

    code: str
    label: str
    synonyms: tuple[str, ...] = ()
    retired: bool = False

    def to_json(self) -> Json:
        """As it is kept in a schema version."""
        return {
            "code": self.code,
            "label": self.label,
            "synonyms": list(self.synonyms),
            "retired": self.retired,
        }


@dataclass(frozen=True, slots=True)
class Example:
    """A photo of an attribute's guideline."""

    photo: str
    """SHA-256 of a stored photo"""
    caption: str = ""

    def to_json(self) -> Json:
        """As it is kept in a schema version."""
        return {"photo": self.photo, "caption": self.caption}


@dataclass(frozen=True, slots=True)
class AttributeSpec:
    """A question with its closed list of values, in order."""

    code: str
    label: str
    description: str = ""
    guideline: str = ""
    examples: tuple[Example, ...] = ()
    multi: bool = False
    required: bool = True
    weight: float = 1.0
    retired: bool = False
    values: tuple[ValueSpec, ...] = ()

    @property
    def offered(self) -> tuple[ValueSpec, ...]:
        """The values that can be given now."""
        return tuple(value for value in self.values if not value.retired)

    def to_json(self) -> Json:
        """As it is kept in a schema version."""
        return {
            "code": self.code,
            "label": self.label,
            "description": self.description,
            "guideline": self.guideline,
            "examples": [example.to_json() for example in self.examples],
            "multi": self.multi,
            "required": self.required,
            "weight": self.weight,
            "retired": self.retired,
            "values": [value.to_json() for value in self.values],
        }


@dataclass(frozen=True, slots=True)
class VerticalSpec:
    """A product family with its attributes, in order."""

    code: str
    label: str
    attributes: tuple[AttributeSpec, ...] = ()

    @property
    def asked(self) -> tuple[AttributeSpec, ...]:
        """The attributes that are asked now."""
        return tuple(attribute for attribute in self.attributes if not attribute.retired)

    def to_json(self) -> Json:
        """As it is kept in a schema version; `vertical_from_json` reads it."""
        return {
            "code": self.code,
            "label": self.label,
            "attributes": [attribute.to_json() for attribute in self.attributes],
        }


Schema = tuple[VerticalSpec, ...]


def read_schema(path: Path) -> Schema:
    """Read and check a schema file in either spelling.

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
    if isinstance(raw, dict) and isinstance(raw.get("verticals"), list):
        specs = tuple(vertical_from_json(one, where=where) for one in raw["verticals"])
        _check_distinct([(spec.code, spec.label) for spec in specs], where)
        return specs
    verticals = _named(raw, where, holds="verticals")
    _check_distinct([(code_of(label), label) for label in verticals], where)
    return tuple(
        _short_vertical(label, attributes, f"{where}, {label}") for label, attributes in verticals.items()
    )


def vertical_from_json(raw: object, *, where: str) -> VerticalSpec:
    """The vertical that `VerticalSpec.to_json` wrote, or a person in the same form.

    A missing code is made from the label; what else is missing has its default.

    Raises:
        CatalogError: as read_schema.
    """
    fields = _object(raw, where)
    label = _text(fields, "label", where)
    code = _text(fields, "code", where, default="") or code_of(label)
    _check_name(code, label, where)
    where = f"{where}, {label}"
    attributes = tuple(
        _attribute(one, f"{where} / attribute {number}")
        for number, one in enumerate(_list(fields, "attributes", where), 1)
    )
    return checked_vertical(VerticalSpec(code, label, attributes), where=where)


def checked_vertical(spec: VerticalSpec, *, where: str) -> VerticalSpec:
    """The same vertical, if its names and lists can be used.

    Raises:
        CatalogError: for too many attributes or values, names that cannot be told apart, states as values.
    """
    if len(spec.asked) > MOST_ATTRIBUTES:
        raise CatalogError(
            f"{where}: {len(spec.asked)} attributes are more than {MOST_ATTRIBUTES}: "
            "retire some, or split the vertical"
        )
    _check_distinct([(one.code, one.label) for one in spec.attributes], where)
    for attribute in spec.attributes:
        _check_values(attribute, f"{where} / {attribute.label}")
    return spec


def _check_values(attribute: AttributeSpec, where: str) -> None:
    if not attribute.offered and not attribute.retired:
        raise CatalogError(f"{where}: there is no value to choose from: add one or more allowed values")
    if len(attribute.offered) > MOST_VALUES:
        raise CatalogError(
            f"{where}: {len(attribute.offered)} values are more than {MOST_VALUES}: "
            "merge or retire some, or split the attribute"
        )
    for value in attribute.values:
        for name in (value.label, value.code, *value.synonyms):
            if state := state_of(name):
                raise CatalogError(
                    f"{where}: allowed_values has {name!r}, but {state} is a state, which answers every "
                    "attribute without being listed: remove it from the list"
                )
        _check_name(value.code, value.label, where)
    _check_distinct([(value.code, value.label) for value in attribute.values], where)
    if not math.isfinite(attribute.weight) or attribute.weight < 0:
        raise CatalogError(f"{where}: weight is {attribute.weight!r}: give a number from 0")


def _short_vertical(label: str, raw: object, where: str) -> VerticalSpec:
    attributes = _named(raw, where, holds="attributes")
    _check_name(code_of(label), label, where)
    specs = tuple(_short_attribute(name, spec, f"{where} / {name}") for name, spec in attributes.items())
    return checked_vertical(VerticalSpec(code_of(label), label, specs), where=where)


def _short_attribute(label: str, raw: object, where: str) -> AttributeSpec:
    if not isinstance(raw, dict):
        raise CatalogError(
            f"{where}: expected {{description, allowed_values}}, found {raw!r}: mend the entry"
        )
    _check_name(code_of(label), label, where)
    values = raw.get("allowed_values")
    if not isinstance(values, list) or not values:
        raise CatalogError(f"{where}: allowed_values is {values!r}: give a list of one or more texts")
    rest = {key: value for key, value in raw.items() if key != "allowed_values"}
    return _attribute({"label": label, **rest, "values": values}, where, values_key="allowed_values")


def _attribute(raw: object, where: str, *, values_key: str = "values") -> AttributeSpec:
    fields = _object(raw, where)
    label = _text(fields, "label", where)
    code = _text(fields, "code", where, default="") or code_of(label)
    _check_name(code, label, where)
    values = fields.get("values", [])
    if not isinstance(values, list):
        raise CatalogError(f"{where}: {values_key} is {values!r}: give a list of texts")
    weight = fields.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        raise CatalogError(f"{where}: weight is {weight!r}: give a number from 0")
    return AttributeSpec(
        code=code,
        label=label,
        description=_text(fields, "description", where, default=""),
        guideline=_text(fields, "guideline", where, default=""),
        examples=tuple(_example(one, where) for one in _list(fields, "examples", where)),
        multi=_flag(fields, "multi", where, default=False),
        required=_flag(fields, "required", where, default=True),
        weight=float(weight),
        retired=_flag(fields, "retired", where, default=False),
        values=tuple(_value(one, where, values_key) for one in values),
    )


def _value(raw: object, where: str, values_key: str) -> ValueSpec:
    if isinstance(raw, str):
        raw = {"label": raw}
    if not isinstance(raw, dict):
        raise CatalogError(f"{where}: {values_key} has {raw!r}: give a text, or an object with a label")
    label = _text(raw, "label", where)
    synonyms = raw.get("synonyms", [])
    if not isinstance(synonyms, list) or not all(isinstance(one, str) for one in synonyms):
        raise CatalogError(f"{where}: the synonyms of {label!r} are {synonyms!r}: give a list of texts")
    return ValueSpec(
        code=_text(raw, "code", where, default="") or code_of(label),
        label=label,
        synonyms=tuple(synonyms),
        retired=_flag(raw, "retired", where, default=False),
    )


def _example(raw: object, where: str) -> Example:
    fields = _object(raw, f"{where}: examples")
    return Example(_text(fields, "photo", where), _text(fields, "caption", where, default=""))


def _object(raw: object, where: str) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise CatalogError(f"{where}: expected an object, found {raw!r}: mend the entry")
    return raw


def _list(fields: Mapping[str, Any], key: str, where: str) -> Sequence[object]:
    value = fields.get(key, [])
    if not isinstance(value, list):
        raise CatalogError(f"{where}: {key} is {value!r}: give a list")
    return value


def _text(fields: Mapping[str, Any], key: str, where: str, *, default: str | None = None) -> str:
    value = fields.get(key, default)
    if not isinstance(value, str):
        raise CatalogError(f"{where}: {key} is {value!r}: give a text")
    return value


def _flag(fields: Mapping[str, Any], key: str, where: str, *, default: bool) -> bool:
    value = fields.get(key, default)
    if not isinstance(value, bool):
        raise CatalogError(f"{where}: {key} is {value!r}: give true or false")
    return value


def _named(raw: object, where: str, *, holds: str) -> dict[str, object]:
    if not isinstance(raw, dict) or not raw:
        raise CatalogError(f"{where}: expected an object of {holds}, found {raw!r}: mend the entry")
    return raw


def _check_name(code: str, label: str, where: str) -> None:
    if not code or not label.strip() or len(label) > NAME_LENGTH:
        raise CatalogError(f"{where}: {label!r} is no name: give one of 1 to {NAME_LENGTH} characters")


def _check_distinct(names: Sequence[tuple[str, str]], where: str) -> None:
    """No two codes are the same, and no two labels that an answer could not tell apart."""
    by_code: dict[str, str] = {}
    by_label: dict[str, str] = {}
    for code, label in names:
        if twin := by_code.get(code) or by_label.get(code_of(label)):
            raise CatalogError(f"{where}: {label!r} and {twin!r} cannot be told apart: keep one of them")
        by_code[code] = by_label[code_of(label)] = label
