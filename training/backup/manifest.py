"""What a backup says about itself, and whether it is true."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from training.ml.errors import DataError

MANIFEST, LIST = "manifest.json", "files.jsonl"
FORMAT = 1
CHUNK_BYTES = 1 << 20


class Readable(Protocol):
    """An open file."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Filed:
    """A file of the backup."""

    path: str
    """From the backup's folder: media/... or artifacts/..."""
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """The file manifest.json."""

    created: str
    kind: str
    """Of database: sqlite or postgresql."""
    migrations: list[str]
    """Those that the database has, app.name."""
    rows: dict[str, int]
    """{table: rows}"""
    database: Filed
    listing: Filed
    """The file files.jsonl."""
    files: int
    bytes: int
    """Of all files in files.jsonl."""
    media: bool
    """False: photos are kept elsewhere, and are not in the backup."""
    missing: list[str] = field(default_factory=list)
    """What the database names and the site did not have, or had in another size."""
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read it from a backup's folder.

        Raises:
            DataError: when there is none, or of a format that is not known here.
        """
        try:
            raw: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
            if raw["format"] != FORMAT:
                raise DataError(
                    f"{folder} has format {raw['format']}: restore it with the attrx that made it"
                )
            raw |= {name: Filed(**raw[name]) for name in ("database", "listing")}
            return cls(**raw)
        except FileNotFoundError as error:
            raise DataError(
                f"{folder} has no {MANIFEST}: name the folder that manage.py backup made"
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{folder / MANIFEST} cannot be read ({error}): take another backup") from error


def copied(source: Readable, path: Path) -> tuple[str, int]:
    """Copy an open file to a new path; (SHA-256, bytes) of what was written."""
    digest, size = hashlib.sha256(), 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        while chunk := source.read(CHUNK_BYTES):
            digest.update(chunk)
            size += out.write(chunk)
    return digest.hexdigest(), size


def filed(folder: Path, path: str) -> Filed:
    """The file as it is in the folder."""
    with (folder / path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Filed(path, digest, file.tell())


def listed(folder: Path) -> Iterator[Filed]:
    """Every line of files.jsonl.

    Raises:
        DataError: for a path that leads out of the folder.
    """
    with (folder / LIST).open() as lines:
        for line in lines:
            one = Filed(**json.loads(line))
            parts = PurePosixPath(one.path).parts
            if parts[:1] not in (("media",), ("artifacts",)) or ".." in parts:
                raise DataError(
                    f"{folder / LIST} names {one.path!r}, which is not within it: do not restore it"
                )
            yield one


def verify(folder: Path, manifest: Manifest, tell: Callable[[int], object] = lambda done: None) -> None:
    """Read every file of the backup and hold it against what was written down.

    Args:
        tell: called after each file with the number of those read.

    Raises:
        DataError: for the first file that is missing or has changed.
    """
    _check(folder, manifest.database)
    _check(folder, manifest.listing)
    for number, one in enumerate(listed(folder), 1):
        _check(folder, one)
        tell(number)


def _check(folder: Path, wanted: Filed) -> None:
    try:
        found = filed(folder, wanted.path)
    except OSError as error:
        raise DataError(
            f"{folder / wanted.path} cannot be read ({error.strerror}): the backup is damaged"
        ) from error
    if found != wanted:
        raise DataError(
            f"{folder / wanted.path} has {found.bytes} bytes and SHA-256 {found.sha256[:12]}, not "
            f"{wanted.bytes} and {wanted.sha256[:12]}: the backup is damaged"
        )
