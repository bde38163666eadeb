"""Folders that appear whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training.ml.errors import DataError

WHOLE = "whole"
"""File in a checkpoint that has been written to its end; it says by how many processes."""


def newest_checkpoint(folder: Path, *, processes: int = 1) -> Path | None:
    """The newest whole checkpoint that a training left in its folder; None: there is none.

    One of another number of processes counts other steps: it does not go on with that.
    """
    markers = folder.glob(f"checkpoint-*/{WHOLE}")
    whole = [marker.parent for marker in markers if (marker.read_text() or "1") == str(processes)]
    return max(whole, key=lambda checkpoint: int(checkpoint.name.rpartition("-")[2]), default=None)


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder to write into that becomes `out` when the block succeeds and vanishes when it does not.

    Raises:
        DataError: when `out` is there already.
    """
    if out.exists():
        raise DataError(f"{out} exists already: give another folder or remove it")
    partial = out.with_name(out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        partial.replace(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
