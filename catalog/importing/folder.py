"""Read the listings of a data folder, one row at a time. Pure: rows in, checked rows out."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.errors import CatalogError
from catalog.schema.codes import NAME_LENGTH
from catalog.schema.spec import AttributeSpec, Schema, VerticalSpec
from catalog.states import State, state_of

LISTINGS = "listings.jsonl"
SCHEMA = "schema.json"


@dataclass(frozen=True, slots=True)
class FolderLabel:
    """What the folder says about one question: values or a state."""

    listing: str
    """external id"""
    attribute: str
    """code"""
    values: tuple[str, ...]
    """value codes in the schema's order"""
    state: State | None
    evidence_position: int | None
    """the first photo, from 1, that shows the answer"""


@dataclass(frozen=True, slots=True)
class ListingRow:
    """One checked line of listings.jsonl."""

    where: str
    """file and line, for messages"""
    external_id: str
    vertical: str
    """code"""
    title: str
    description: str
    metadata: Mapping[str, Any]
    group_key: str
    images: tuple[Path, ...]
    labels: tuple[FolderLabel, ...]


def read_listings(folder: Path, schema: Schema) -> Iterator[ListingRow]:
    """Yield every listing of the folder; image files are not opened.

    Raises:
        CatalogError: at the first row that cannot be used, naming file, line, field, value and remedy.
    """
    path = folder / LISTINGS
    seen: set[str] = set()
    verticals = {vertical.label: vertical for vertical in schema}
    for where, raw in _lines(path):
        row = _listing(raw, folder, verticals, where)
        if row.external_id in seen:
            raise CatalogError(
                f"{where}: listing_id {row.external_id!r} is there twice: keep one of the rows"
            )
        seen.add(row.external_id)
        yield row
    if not seen:
        raise CatalogError(f"{path}: the file has no listings: add at least one row")


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if not path.is_file():
        raise CatalogError(f"{path}: no such file: a data folder needs a {LISTINGS}")
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            where = f"{path}, line {number}"
            if not line.strip():
                continue
            try:
                raw = json.loads(line)
            except ValueError as error:
                raise CatalogError(f"{where}: not valid JSON ({error}): mend the line") from error
            if not isinstance(raw, dict):
                raise CatalogError(f"{where}: expected a JSON object, found {raw!r}: mend the line")
            yield where, raw


def _listing(
    raw: Mapping[str, Any], folder: Path, verticals: Mapping[str, VerticalSpec], where: str
) -> ListingRow:
    external_id = _name(raw, "listing_id", where)
    vertical = verticals.get(_name(raw, "vertical", where))
    if vertical is None:
        raise CatalogError(
            f"{where}: vertical {raw['vertical']!r} is not in {SCHEMA}: "
            f"add it there or use one of {', '.join(verticals)}"
        )
    attributes = {attribute.label: attribute for attribute in vertical.asked}
    images = _images(raw, folder, where)
    evidence = _object(raw, "evidence", where)
    if foreign := evidence.keys() - attributes.keys():
        raise CatalogError(
            f"{where}: evidence names the attribute {min(foreign)!r}, which {SCHEMA} lacks: remove it"
        )
    labels = tuple(
        _label(
            external_id,
            _attribute(name, attributes, where),
            answer,
            evidence.get(name),
            len(images),
            where,
        )
        for name, answer in _object(raw, "attributes", where).items()
        if answer is not None
    )
    return ListingRow(
        where=where,
        external_id=external_id,
        vertical=vertical.code,
        title=_text(raw, "title", where),
        description=_text(raw, "description", where),
        metadata=_object(raw, "metadata", where),
        group_key=_name(raw, "group", where) if raw.get("group") else external_id,
        images=images,
        labels=labels,
    )


def _label(
    listing: str, attribute: AttributeSpec, answer: object, evidence: object, photos: int, where: str
) -> FolderLabel:
    shown = _evidence(attribute, evidence, photos, where)
    if isinstance(answer, str) and (state := state_of(answer)):
        return FolderLabel(listing, attribute.code, (), state, shown)
    value_codes = {value.label: value.code for value in attribute.offered}
    given = answer if attribute.multi and isinstance(answer, list) else [answer]
    for value in given or [answer]:
        if not isinstance(value, str) or value not in value_codes:
            raise CatalogError(
                f"{where}: attributes.{attribute.label} is {answer!r}, which is not allowed: use "
                f"{'some' if attribute.multi else 'one'} of {', '.join(value_codes)}, "
                f"or a state ({', '.join(State)})"
            )
    values = tuple(code for label, code in value_codes.items() if label in given)
    return FolderLabel(listing, attribute.code, values, None, shown)


def _attribute(name: str, attributes: Mapping[str, AttributeSpec], where: str) -> AttributeSpec:
    if name not in attributes:
        raise CatalogError(
            f"{where}: attribute {name!r} is not in {SCHEMA} for this vertical: "
            f"add it there or use one of {', '.join(attributes)}"
        )
    return attributes[name]


def _evidence(attribute: AttributeSpec, numbers: object, photos: int, where: str) -> int | None:
    if numbers is None or numbers == []:
        return None
    if not isinstance(numbers, list) or not all(type(one) is int and 1 <= one <= photos for one in numbers):
        raise CatalogError(
            f"{where}: evidence.{attribute.label} is {numbers!r}: "
            f"give a list of photo numbers from 1 to {photos}"
        )
    return int(min(numbers))


def _images(raw: Mapping[str, Any], folder: Path, where: str) -> tuple[Path, ...]:
    names = raw.get("images")
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
        raise CatalogError(f"{where}: images is {names!r}: give a list of one or more paths in the folder")
    for name in names:
        if not (folder / name).resolve().is_relative_to(folder.resolve()):
            raise CatalogError(
                f"{where}: images has {name!r}, which is outside the folder: copy the file into it"
            )
    return tuple(folder / name for name in names)


def _name(raw: Mapping[str, Any], field: str, where: str) -> str:
    value = raw.get(field)
    if not isinstance(value, str) or not 1 <= len(value) <= NAME_LENGTH:
        raise CatalogError(f"{where}: {field} is {value!r}: give a text of 1 to {NAME_LENGTH} characters")
    return value


def _text(raw: Mapping[str, Any], field: str, where: str) -> str:
    value = raw.get(field) or ""
    if not isinstance(value, str):
        raise CatalogError(f"{where}: {field} is {value!r}: give a text or leave it out")
    return value


def _object(raw: Mapping[str, Any], field: str, where: str) -> Mapping[str, Any]:
    value = raw.get(field) or {}
    if not isinstance(value, dict):
        raise CatalogError(f"{where}: {field} is {value!r}: give an object or leave it out")
    return value
