"""A file with a round's manifest -> its parts. The pool's listings, maybe millions, stay in the file."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.ml.errors import DataError
from training.ml.pool import pool_rows
from training.selectors.manifests import FORMAT, LISTINGS, OLD_VERSION, VERSION
from training.stages import POOL_FOLDER

Json = dict[str, Any]
REMEDY = "download it from the round's page"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a file says."""

    head: Json
    """Everything but the pool's listings."""
    listings: Iterable[Json] | None
    """Of the pool; None: they are in the inputs, or there are none."""


@dataclass(frozen=True, slots=True)
class _Lines:
    """The pool's listings of a file, a line each."""

    path: Path
    skip: int
    """Lines before the first."""

    def __iter__(self) -> Iterator[Json]:
        with self.path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                if number < self.skip:
                    continue
                if line.strip() == "]":
                    return
                yield _parsed(line.rstrip().removesuffix(","), self.path)


def read_manifest(path: Path) -> Manifest:
    """A manifest as the round's page gives it, or as it lies in the round's artifact folder.

    Raises:
        DataError: when the file is none, or has no pool though the round had one.
    """
    try:
        head, listings = _parts(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise DataError(f"{path}: no manifest of a round: {REMEDY}")
    if head.get("version") not in (OLD_VERSION, VERSION):
        known = f"this release reads {OLD_VERSION} and {VERSION}"
        raise DataError(f"{path}: version {head.get('version')} of the manifest: {known}")
    if head["version"] == OLD_VERSION:
        return Manifest(head, None)
    if not head["pool"]:
        raise DataError(f"{path}: the round had not frozen its pool yet: once it has, {REMEDY}")
    if listings is None:
        folder = path.parent / POOL_FOLDER
        if not folder.is_dir():
            raise DataError(f"{path}: has no listings of the pool, nor are they in {folder}: {REMEDY}")
        listings = pool_rows(folder)
    return Manifest(head, listings)


def _parts(path: Path) -> tuple[Any, Iterable[Json] | None]:
    """(the file without the pool's listings, those); a file that is laid out otherwise is read as a whole."""
    head: list[str] = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip() == f'"{LISTINGS}": [':
                text = "".join(head).rstrip().removesuffix(",") + "}"
                return _parsed(text, path), _Lines(path, skip=len(head) + 1)
            head.append(line)
    whole = _parsed("".join(head), path)
    return whole, whole.pop(LISTINGS, None) if isinstance(whole, dict) else None


def _parsed(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise DataError(f"{path}: not valid JSON ({error}): {REMEDY}") from error
