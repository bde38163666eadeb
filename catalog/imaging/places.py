"""Places that photos come from: a folder, an archive, a part of the media storage."""

import os
import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import default_storage

from catalog.imaging.errors import ImageError
from catalog.imaging.verify import BYTES_MOST

ENCRYPTED = 1
"""A member's flag."""

UNUSABLE = (OSError, ValueError, RuntimeError)
"""What a path raises that is too long, has a zero in it, leads out of its folder or in a circle."""


class Place(Protocol):
    """Where photos lie, each under a name with slashes and without one in front."""

    def has(self, name: str) -> bool:
        """Whether a file of exactly this name lies here."""

    def names(self) -> Iterator[str]:
        """Of every file that lies here."""

    def read(self, name: str) -> bytes:
        """What a file holds that is here. Raises ImageError when it cannot be read, or is too large."""

    def close(self) -> None:
        """Let go of what is open."""


class Folder:
    """A folder of this machine. Links that lead out of it are not followed."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def has(self, name: str) -> bool:
        try:
            return self._inside(name).is_file()
        except UNUSABLE:
            return False

    def names(self) -> Iterator[str]:
        for folder, _, files in os.walk(self._root):
            for file in files:
                yield Path(folder, file).relative_to(self._root).as_posix()

    def read(self, name: str) -> bytes:
        try:
            with self._inside(name).open("rb") as file:
                return read_bounded(file)
        except ImageError:
            raise
        except UNUSABLE as error:
            raise ImageError(f"the file cannot be read ({error})", "mend its path or permissions") from error

    def close(self) -> None:
        pass

    def _inside(self, name: str) -> Path:
        path = (self._root / name).resolve()
        if not path.is_relative_to(self._root):
            raise ValueError("it leads out of the folder")
        return path


class Archive:
    """A zip archive. Names in it are only ever compared, never used as paths."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        """Read its table of contents.

        Raises:
            ImageError: when it has none.
        """
        self._file = file
        try:
            self._zip = zipfile.ZipFile(file)
        except Exception as error:  # zipfile raises whatever a broken archive makes it raise.
            file.close()
            raise ImageError(f"{name} is no zip archive ({error})", "pack the photos again") from error
        self._members = {
            cleaned(member.filename): member for member in self._zip.infolist() if not member.is_dir()
        }

    def has(self, name: str) -> bool:
        return name in self._members

    def names(self) -> Iterator[str]:
        return iter(self._members)

    def read(self, name: str) -> bytes:
        member = self._members[name]
        if member.flag_bits & ENCRYPTED:
            raise ImageError("it is encrypted in the archive", "pack it again without a password")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # Python unpacks the other kinds in one go, however much that is.
            raise ImageError("it is packed in an unusual way", "pack it again as an ordinary zip archive")
        try:
            with self._zip.open(member) as file:
                return read_bounded(file)
        except ImageError:
            raise
        except Exception as error:  # as above
            raise ImageError(f"it cannot be unpacked ({error})", "pack it again") from error

    def close(self) -> None:
        self._zip.close()
        self._file.close()


class Stored:
    """The files of the media storage under a prefix, listed once: a bucket answers slowly for each name."""

    def __init__(self, prefix: str) -> None:
        """List it.

        Raises:
            ImageError: when nothing is there.
        """
        self._prefix = prefix
        self._names = set(_stored_names(prefix))
        if not self._names:
            raise ImageError(
                f"nothing lies under {prefix!r} in the media storage", "upload the photos, or mend the prefix"
            )

    def has(self, name: str) -> bool:
        return name in self._names

    def names(self) -> Iterator[str]:
        return iter(self._names)

    def read(self, name: str) -> bytes:
        try:
            with default_storage.open(posixpath.join(self._prefix, name), "rb") as file:
                return read_bounded(file)
        except FileNotFoundError as error:
            raise ImageError("it is gone from the storage", "upload it again") from error

    def close(self) -> None:
        pass


def cleaned(name: str) -> str:
    """A photo's name as places know it: with slashes, without one or a drive in front, and without dots."""
    return posixpath.normpath(name.strip().replace("\\", "/")).lstrip("/")


def read_bounded(file: IO[bytes]) -> bytes:
    """All of it, unless it is larger than a photo may be, whatever its size is said to be.

    Raises:
        ImageError: when it is.
    """
    content = file.read(BYTES_MOST + 1)
    if len(content) > BYTES_MOST:
        raise ImageError(f"it has more than {BYTES_MOST / 1e6:,.0f} MB", "save it smaller")
    return content


def _stored_names(prefix: str) -> Iterator[str]:
    """Relative to the prefix, whatever folders they lie in."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            folders, files = default_storage.listdir(posixpath.join(prefix, folder))
        except OSError:  # Not a folder, or one that may not be read.
            continue
        except SuspiciousOperation as error:
            raise ImageError(f"{prefix!r} leads out of the media storage", "give a prefix in it") from error
        yield from (posixpath.join(folder, file) for file in files)
        waiting += [posixpath.join(folder, name) for name in folders]
