"""What the vision tower made of a photo, kept on disk for every later pass over it.

An adapter that leaves the tower alone sees every photo as the base model does, so a photo is looked at once
for each tower: by sampling, SFT or DPO, whichever comes first. Any number of processes share a folder. Files
are safetensors, named by what they depend on, and appear whole; one that does not read is made again.
"""

from __future__ import annotations

import os
import time
import uuid
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

GIB = 1 << 30
KEPT = 0.9
"""Share of the bound that remains when the oldest files have been removed."""
SWEEP = 0.02
"""Share of the bound that one process writes between two looks at the whole folder."""
RECENT = 600
"""Seconds in which a file that is read again does not become newer: that spares a write."""


@dataclass(frozen=True, slots=True)
class FeatureStore:
    """A folder of features, bounded in size: those that were used last stay.

    Args:
        folder: is made when something is kept.
        most_bytes: of all files together, exceeded by at most what the processes write between two sweeps.
    """

    folder: Path
    most_bytes: int = 8 * GIB

    def get(self, tower: str, photo: str) -> dict[str, Tensor] | None:
        """The tensors kept for a photo; None when there are none, or none that can be read."""
        from safetensors import SafetensorError, safe_open

        path = self._path(tower, photo)
        try:
            with safe_open(path, framework="pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                wanted = (file.metadata() or {}).get("crc")
        except FileNotFoundError:
            return None
        except (SafetensorError, OSError):
            tensors, wanted = {}, None
        if wanted != _checksum(tensors):
            with suppress(OSError):
                path.unlink()
            return None
        _touch(path)
        return tensors

    def put(self, tower: str, photo: str, tensors: Mapping[str, Tensor]) -> None:
        """Keep tensors for a photo. A full disk is no error: they are made again next time."""
        from safetensors.torch import save_file

        path = self._path(tower, photo)
        own = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        beside = path.with_name(f"{path.name}.{uuid.uuid4().hex}.partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            save_file(own, beside, metadata={"crc": _checksum(own)})
            beside.replace(path)
        except OSError:
            with suppress(OSError):
                beside.unlink()
            return
        self._written(sum(tensor.nbytes for tensor in own.values()))

    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.stat().st_size for entry in _files(self.folder))

    def sweep(self) -> int:
        """Remove the files that were used longest ago if there are too many bytes; returns the bytes gone."""
        found = []
        for entry in _files(self.folder):
            with suppress(FileNotFoundError):  # another process sweeps as well
                state = entry.stat()
                found.append((state.st_mtime, entry.path, state.st_size))
        total = sum(size for _, _, size in found)
        if total <= self.most_bytes:
            return 0
        removed = 0
        for _, path, size in sorted(found):
            if total - removed <= KEPT * self.most_bytes:
                break
            Path(path).unlink(missing_ok=True)
            removed += size
        return removed

    def _path(self, tower: str, photo: str) -> Path:
        return self.folder / tower / photo[:2] / f"{photo}.safetensors"

    def _written(self, count: int) -> None:
        """Look at the whole folder once a process has written so much since it last did."""
        _unswept[self.folder] = _unswept.get(self.folder, 0) + count
        if _unswept[self.folder] >= SWEEP * self.most_bytes:
            _unswept[self.folder] = 0
            self.sweep()


_unswept: dict[Path, int] = {}
"""{folder: bytes that this process wrote since its last sweep}"""


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Every file below the folder."""
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path))
            else:
                yield entry


def _touch(path: Path) -> None:
    with suppress(OSError):
        if time.time() - path.stat().st_mtime > RECENT:
            os.utime(path)


def _checksum(tensors: Mapping[str, Tensor]) -> str:
    """Of names, shapes, types and bytes."""
    import torch

    found = 0
    for name in sorted(tensors):
        tensor = tensors[name]
        found = zlib.crc32(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode(), found)
        found = zlib.crc32(tensor.contiguous().flatten().view(torch.uint8).numpy().data, found)
    return f"{found:08x}"
