"""The schema of a vertical as plain data, checked. Pure.

Two spellings are read. The short one is that of a data folder: {vertical: {attribute: {description,
allowed_values}}}. The full one is {verticals: [...]}, each as `VerticalSpec.to_json` writes it, with codes,
guidelines and the rest.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path
from typing import Any, TypeGuard

from catalog.errors import CatalogError
from catalog.schema.checks import (
    MOST_ATTRIBUTES,
    MOST_VALUES,
    MOST_WEIGHT,
    checked_vertical,
    name_fault,
    twins,
)
from catalog.schema.codes import code_of, free_code
from catalog.schema.parts import (
    AttributeSpec,
    Example,
    Json,
    Schema,
    ValueSpec,
    VerticalSpec,
    schema_json,
)

__all__ = [
    "MOST_ATTRIBUTES",
    "MOST_VALUES",
    "AttributeSpec",
    "Example",
    "Json",
    "Schema",
    "ValueSpec",
    "VerticalSpec",
    "checked_vertical",
    "clean_synonyms",
    "is_full",
    "parse_schema",
    "read_schema",
    "schema_json",
    "vertical_from_json",
]

UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""What databases refuse, or no screen shows."""
SHA256 = re.compile(r"[0-9a-f]{64}")


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
    if is_full(raw):
        schema = tuple(vertical_from_json(one, where=where) for one in raw["verticals"])
    else:
        verticals = _named(raw, where, holds="verticals")
        schema = tuple(_short_vertical(label, one, where) for label, one in verticals.items())
    for _, message in twins(schema):
        raise CatalogError(f"{where}: {message}")
    return schema


def is_full(raw: object) -> TypeGuard[Mapping[str, Any]]:
    """The JSON is the full spelling, which says everything about the verticals that it names."""
    return isinstance(raw, dict) and isinstance(raw.get("verticals"), list)


def vertical_from_json(raw: object, *, where: str) -> VerticalSpec:
    """The vertical that `VerticalSpec.to_json` wrote, or a person in the same form.

    A missing code is made from the label; what else is missing has its default.

    Raises:
        CatalogError: as read_schema.
    """
    fields = _object(raw, where)
    label = _name(fields, where)
    code = _text(fields, "code", where, default="") or code_of(label)
    where = f"{where}, {label}"
    attributes = _list(fields, "attributes", where)
    taken = _given_codes(attributes)
    specs = tuple(
        _attribute(one, f"{where} / attribute {number}", taken) for number, one in enumerate(attributes, 1)
    )
    return checked_vertical(VerticalSpec(code, label, specs), where=where)


def _short_vertical(name: str, raw: object, where: str) -> VerticalSpec:
    label = _name({"label": name}, f"{where}, {name}")
    where = f"{where}, {label}"
    attributes = _named(raw, where, holds="attributes")
    specs = tuple(_short_attribute(name, spec, f"{where} / {name}") for name, spec in attributes.items())
    return checked_vertical(VerticalSpec(code_of(label), label, specs), where=where)


def _short_attribute(name: str, raw: object, where: str) -> AttributeSpec:
    if not isinstance(raw, dict):
        raise CatalogError(
            f"{where}: expected {{description, allowed_values}}, found {raw!r}: mend the entry"
        )
    label = _name({"label": name}, where)
    values = raw.get("allowed_values")
    if not isinstance(values, list) or not values:
        raise CatalogError(f"{where}: allowed_values is {values!r}: give a list of one or more texts")
    rest = {key: value for key, value in raw.items() if key != "allowed_values"}
    return _attribute({"label": label, **rest, "values": values}, where, values_key="allowed_values")


def _attribute(
    raw: object, where: str, taken: Set[str] = frozenset(), *, values_key: str = "values"
) -> AttributeSpec:
    fields = _object(raw, where)
    label = _name(fields, where)
    values = fields.get("values", [])
    if not isinstance(values, list):
        raise CatalogError(f"{where}: {values_key} is {values!r}: give a list of texts")
    codes = _given_codes(values)
    return AttributeSpec(
        code=_text(fields, "code", where, default="") or free_code(label, taken),
        label=label,
        description=_text(fields, "description", where, default=""),
        guideline=_text(fields, "guideline", where, default=""),
        examples=tuple(_example(one, where) for one in _list(fields, "examples", where)),
        multi=_flag(fields, "multi", where, default=False),
        required=_flag(fields, "required", where, default=True),
        weight=_weight(fields, where),
        retired=_flag(fields, "retired", where, default=False),
        values=tuple(_value(one, where, codes, values_key) for one in values),
    )


def _value(raw: object, where: str, taken: Set[str], values_key: str) -> ValueSpec:
    if isinstance(raw, str):
        raw = {"label": raw}
    if not isinstance(raw, dict):
        raise CatalogError(f"{where}: {values_key} has {raw!r}: give a text, or an object with a label")
    label = _name(raw, where)
    synonyms = raw.get("synonyms", [])
    if not isinstance(synonyms, list) or not all(isinstance(one, str) for one in synonyms):
        raise CatalogError(f"{where}: the synonyms of {label!r} are {synonyms!r}: give a list of texts")
    return ValueSpec(
        code=_text(raw, "code", where, default="") or free_code(label, taken),
        label=label,
        synonyms=clean_synonyms(label, (_name({"label": one}, where) for one in synonyms if one.strip())),
        retired=_flag(raw, "retired", where, default=False),
    )


def clean_synonyms(label: str, synonyms: Iterable[str]) -> tuple[str, ...]:
    """Each synonym once, in order, without those that only repeat the label."""
    by_code = {code_of(synonym): synonym for synonym in reversed(list(synonyms))}
    by_code.pop(code_of(label), None)
    return tuple(reversed(by_code.values()))


def _given_codes(parts: Sequence[object]) -> Set[str]:
    return {str(part["code"]) for part in parts if isinstance(part, dict) and part.get("code")}


def _weight(fields: Mapping[str, Any], where: str) -> float:
    weight = fields.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= MOST_WEIGHT:
        raise CatalogError(f"{where}: weight is {weight!r}: give a number from 0 to {MOST_WEIGHT:g}")
    return float(weight)


def _example(raw: object, where: str) -> Example:
    fields = _object(raw, f"{where}: examples")
    photo = _text(fields, "photo", where)
    if not SHA256.fullmatch(photo):
        raise CatalogError(f"{where}: an example's photo is {photo!r}: give the SHA-256 of a stored photo")
    return Example(photo, _text(fields, "caption", where, default=""))


def _name(fields: Mapping[str, Any], where: str) -> str:
    """The label on one line, without white space around it."""
    label = " ".join(_text(fields, "label", where).split())
    if message := name_fault(code_of(label), label):
        raise CatalogError(f"{where}: {message}")
    return label


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
    """The text without white space around it, its lines ended by a line feed."""
    value = fields.get(key, default)
    if not isinstance(value, str):
        raise CatalogError(f"{where}: {key} is {value!r}: give a text")
    if found := UNSTORABLE.search(value):
        raise CatalogError(f"{where}: {key} has the control character {found.group()!r}: remove it")
    return value.replace("\r\n", "\n").replace("\r", "\n").strip()


def _flag(fields: Mapping[str, Any], key: str, where: str, *, default: bool) -> bool:
    value = fields.get(key, default)
    if not isinstance(value, bool):
        raise CatalogError(f"{where}: {key} is {value!r}: give true or false")
    return value


def _named(raw: object, where: str, *, holds: str) -> dict[str, object]:
    if not isinstance(raw, dict) or not raw:
        raise CatalogError(f"{where}: expected an object of {holds}, found {raw!r}: mend the entry")
    return raw
