"""Which files the database of one moment needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.imaging.naming import rendition_name, renditions_of
from catalog.models import Import, Photo
from catalog.selectors.imports import UPLOADS
from training.backup.snapshots import Snapshot
from training.models import ModelVersion, Round

LEFT_OUT = (".partial", ".checkpoints")
"""Ends of names of what is being written: nothing that is done refers to it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file of the media storage."""

    name: str
    size: int | None
    """Bytes; None: the database does not say."""


def media_wanted(snapshot: Snapshot) -> Iterator[Wanted]:
    """Every photo, what was rendered of it, and what was uploaded for imports that are known."""
    photos = f"SELECT file, bytes, sha256, width, height, rendered FROM {_table(Photo)} ORDER BY id"  # nosec B608
    for name, size, sha256, width, height, rendered in snapshot.rows(photos):
        yield Wanted(name, size)
        if rendered is not None:
            for one in renditions_of(width=width, height=height):
                yield Wanted(rendition_name(sha256, one), None)
    uploads: dict[str, None] = {}  # Several imports may read one file.
    for places in snapshot.rows(f"SELECT path, photos FROM {_table(Import)} ORDER BY id"):  # nosec B608
        uploads |= dict.fromkeys(name for name in places if name.startswith(f"{UPLOADS}/"))
    yield from (Wanted(name, None) for name in uploads)


def folders_wanted(snapshot: Snapshot) -> tuple[set[str], set[str]]:
    """(folders of the artifact storage that rounds write to, those of adapters, which must be there)."""
    rounds = {path for (path,) in snapshot.rows(f"SELECT artifact_path FROM {_table(Round)}")}  # nosec B608
    versions = f"SELECT adapter_path FROM {_table(ModelVersion)} WHERE files_removed IS NULL"  # nosec B608
    return rounds, {path for (path,) in snapshot.rows(versions)}


def files_below(folder: Path) -> Iterator[Path]:
    """Files of a round that are done, each named from the folder; none where there is no folder.

    What is being written is left out: a stage that is not done begins again from what is whole.
    """
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_symlink() or not path.is_file() or any(part.endswith(LEFT_OUT) for part in parts):
            continue
        yield path.relative_to(folder)


def _table(model: Any) -> str:
    return f'"{model._meta.db_table}"'
