"""Files and folders that appear whole or not at all. Pure."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from catalog.errors import CatalogError


@contextmanager
def new_file(out: Path) -> Iterator[BinaryIO]:
    """A file to write that becomes `out` when the block succeeds and vanishes when it does not.

    Raises:
        CatalogError: when `out` is there already, or cannot be written.
    """
    partial = _partial(out)
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder to write into that becomes `out` when the block succeeds and vanishes when it does not.

    Raises:
        CatalogError: as new_file.
    """
    partial = _partial(out)
    try:
        partial.mkdir()
        yield partial
        partial.replace(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _partial(out: Path) -> Path:
    """The name that `out` has while it is written; nothing of that name is left over from an earlier try."""
    if out.exists():
        raise CatalogError(f"{out} exists already: give another name, or remove it")
    partial = out.with_name(f"{out.name}.partial")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if partial.is_dir():
            shutil.rmtree(partial)
        partial.unlink(missing_ok=True)
    except OSError as error:
        raise CatalogError(
            f"{out} cannot be written ({error.strerror}): give a name in another folder"
        ) from error
    return partial
