"""The folder of a run says what it is a run of, so that it is only ever continued by the same run."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from training.ml.errors import DataError
from training.ml.records import Listing

RUN_FILE = "run.json"
FEATURES = "features"
"""Folder of what the vision tower saw (features.py): it can be made again."""


@contextmanager
def claimed(folder: Path, identity: dict[str, Any]) -> Iterator[None]:
    """Use `folder` for the run that `identity` describes, which is written to run.json first.

    What bad input left half done is removed again.

    Raises:
        DataError: when the folder holds another run, naming what differs, or something that is no run.
    """
    wanted = json.loads(json.dumps(identity))
    if folder.exists():
        _check(folder, wanted)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RUN_FILE).write_text(json.dumps(wanted, indent=1) + "\n")
    try:
        yield
    except DataError:
        _discard_unfinished(folder)
        raise


def data_digest(folder: Path, listings: Iterable[Listing]) -> str:
    """SHA-256 over schema.json, listings.jsonl and the listings' photos."""
    digest = hashlib.sha256()
    photos = sorted({image for listing in listings for image in listing.images})
    for path in (folder / "schema.json", folder / "listings.jsonl", *photos):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def adapter_digest(folder: Path) -> str:
    """SHA-256 over an adapter's configuration and weights.

    Raises:
        DataError: when the folder holds no adapter.
    """
    digest = hashlib.sha256()
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        if not (folder / name).is_file():
            raise DataError(
                f"{folder} is not an adapter: it has no {name}; give a folder that sft or dpo wrote"
            )
        digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
    return digest.hexdigest()


def _check(folder: Path, wanted: dict[str, Any]) -> None:
    if not folder.is_dir() or (any(folder.iterdir()) and not (folder / RUN_FILE).is_file()):
        raise DataError(f"{folder} exists and is no run of the loop: give another --out")
    if (folder / RUN_FILE).is_file():
        held = json.loads((folder / RUN_FILE).read_text())
        if other := list(_differences(held, wanted)):
            raise DataError(
                f"{folder} holds a run with another {', '.join(other)}: "
                "give another --out, or the same options to go on with it"
            )


def _differences(held: Any, wanted: Any, name: str = "") -> Iterator[str]:
    """Dotted names of the values that differ."""
    if isinstance(held, dict) and isinstance(wanted, dict):
        for key in sorted(held.keys() | wanted.keys()):
            yield from _differences(held.get(key), wanted.get(key), f"{name}.{key}" if name else key)
    elif held != wanted:
        yield name


def _discard_unfinished(folder: Path) -> None:
    for partial in (*folder.glob("*.partial"), folder / FEATURES):
        shutil.rmtree(partial, ignore_errors=True)
    if [path.name for path in folder.iterdir()] == [RUN_FILE]:
        shutil.rmtree(folder)
