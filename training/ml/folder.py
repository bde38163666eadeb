"""Read a data folder: schema.json, listings.jsonl and photos (docs/data-format.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from training.ml.errors import DataError
from training.ml.records import STATES, Attribute, Listing, Schema, json_lines


def read_schema(path: Path) -> Schema:
    """Read {vertical: {attribute: {description, allowed_values, multi}}}.

    Raises:
        DataError: naming vertical and attribute of what is wrong.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file: a data folder needs a schema.json") from error
    except ValueError as error:
        raise DataError(f"{path}: not valid JSON ({error})") from error
    if not isinstance(raw, dict) or not raw:
        raise DataError(f"{path}: expected {{vertical: {{attribute: ...}}}}, found {type(raw).__name__}")
    return {
        vertical: {
            code: _attribute(
                code, _object(spec, f"{path}, {vertical} / {code}"), f"{path}, {vertical} / {code}"
            )
            for code, spec in _object(attributes, f"{path}, {vertical}").items()
        }
        for vertical, attributes in raw.items()
    }


def _object(value: object, where: str) -> Mapping[str, Any]:
    """The value, which must be a JSON object or absent."""
    if not isinstance(value, dict | None):
        raise DataError(f"{where}: expected a JSON object {{...}}, found {value!r}")
    return value or {}


def _attribute(code: str, spec: Mapping[str, Any], where: str) -> Attribute:
    values = spec.get("allowed_values")
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise DataError(f"{where}: allowed_values must be a list of texts")
    try:
        return Attribute(
            code, str(spec.get("description", "")), tuple(values), bool(spec.get("multi", False))
        )
    except DataError as error:
        raise DataError(f"{where}: {error}") from error


def read_listings(folder: Path, schema: Schema, *, check_images: bool = True) -> list[Listing]:
    """Read and check every listing of the folder; photos are decoded unless `check_images` is off.

    Raises:
        DataError: at the first row that cannot be used, naming file, line, field, value and remedy.
    """
    path = folder / "listings.jsonl"
    listings: dict[str, Listing] = {}
    for row, where in json_lines(path):
        listing = _listing(row, folder, schema, where)
        if listing.listing_id in listings:
            raise DataError(
                f"{where}: listing_id {listing.listing_id!r} is there twice: keep one of the rows"
            )
        if check_images:
            for image in listing.images:
                check_image(image, where)
        listings[listing.listing_id] = listing
    if not listings:
        raise DataError(f"{path}: no listings in the file")
    return list(listings.values())


def check_image(path: Path, where: str) -> None:
    """Decode a photo fully; DataError with the remedy when it cannot be."""
    try:
        with Image.open(path) as image:
            image.load()
    except FileNotFoundError as error:
        raise DataError(f"{where}: image {path} is missing: add the file or remove it from images") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{where}: image {path} cannot be decoded ({error}): replace the file") from error


def _listing(row: Mapping[str, Any], folder: Path, schema: Schema, where: str) -> Listing:
    for name in ("listing_id", "vertical", "images"):
        if not row.get(name):
            raise DataError(f"{where}: field {name!r} is missing or empty")
    vertical = row["vertical"]
    if not isinstance(vertical, str) or vertical not in schema:
        raise DataError(f"{where}: vertical {vertical!r} is not in schema.json: add it there or mend the row")
    attributes = schema[vertical]
    answers = {
        code: _answer(code, answer, attributes, where)
        for code, answer in _object(row.get("attributes"), f"{where}: attributes").items()
        if answer is not None
    }
    return Listing(
        listing_id=str(row["listing_id"]),
        vertical=vertical,
        images=tuple(folder / name for name in _image_names(row["images"], where)),
        title=str(row.get("title") or ""),
        description=str(row.get("description") or ""),
        answers=answers,
        evidence={
            code: _photos(code, numbers, row, where)
            for code, numbers in _object(row.get("evidence"), f"{where}: evidence").items()
        },
        group=str(row.get("group") or row["listing_id"]),
    )


def _image_names(names: object, where: str) -> list[str]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise DataError(f"{where}: images = {names!r}: expected a list of paths")
    for name in names:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise DataError(f"{where}: image {name!r} lies outside the folder: give a path relative to it")
    return names


def _answer(code: str, answer: object, attributes: Mapping[str, Attribute], where: str) -> str:
    if code not in attributes:
        known = ", ".join(attributes)
        raise DataError(
            f"{where}: attribute {code!r} is not in schema.json for this vertical: it has {known}"
        )
    if isinstance(answer, str) and answer.replace("_", " ") in STATES:
        return answer.replace("_", " ")
    values: list[Any] = answer if isinstance(answer, list) else [answer]
    try:
        return attributes[code].answer_of(values)
    except (DataError, TypeError) as error:
        raise DataError(f"{where}: attributes.{code} = {answer!r}: {error}") from error


def _photos(code: str, numbers: object, row: Mapping[str, Any], where: str) -> tuple[int, ...]:
    count = len(row["images"])
    if not isinstance(numbers, list) or not all(isinstance(n, int) and 1 <= n <= count for n in numbers):
        raise DataError(
            f"{where}: evidence.{code} = {numbers!r}: expected photo numbers between 1 and {count}"
        )
    return tuple(numbers)
