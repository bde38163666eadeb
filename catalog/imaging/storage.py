"""The media storage: a local folder or, by ATTRX_MEDIA_URL, a bucket."""

import os
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage, default_storage

from catalog.imaging.errors import ImageError
from catalog.imaging.naming import is_named_by_content

TRANSFERS = 16
"""Files on their way at once: a bucket far away needs that many, and a disk does not mind."""

LOCAL_COPIES = "photos"
"""The folder of copies from a bucket, in the var folder."""


class NamedByContent(Storage):
    """A storage where a file that is named by its content is written over: it can only be the same one."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself where it says what the file holds, otherwise one that is free."""
        return name if is_named_by_content(name) else super().get_available_name(name, max_length)


class LocalMedia(NamedByContent, FileSystemStorage):
    """The media folder. A file that is named by its content appears whole or not at all."""

    def _save(self, name: str, content: Any) -> str:
        if not is_named_by_content(name):
            saved: str = super()._save(name, content)  # type: ignore[misc]
            return saved
        _write_whole(Path(self.path(name)), content.read())
        return name


def media_write(name: str, content: bytes) -> None:
    """Store a file under a name that says what it holds."""
    default_storage.save(name, ContentFile(content))


def media_open(name: str) -> File[bytes]:
    """The stored file, open for reading.

    Raises:
        FileNotFoundError: when there is none.
    """
    return default_storage.open(name, "rb")


def media_read(name: str) -> bytes:
    """What the stored file holds.

    Raises:
        FileNotFoundError: when there is none.
    """
    with media_open(name) as stored:
        content: bytes = stored.read()
    return content


def media_size(name: str) -> int | None:
    """Bytes of the stored file; None when there is none."""
    try:
        return default_storage.size(name)
    except FileNotFoundError:
        return None


def media_delete(name: str) -> None:
    """Delete the stored file, if there is one."""
    default_storage.delete(name)


def media_missing(names: Iterable[str]) -> set[str]:
    """Those of the names under which nothing is stored."""
    wanted = list(names)
    with ThreadPoolExecutor(TRANSFERS) as pool:
        sizes = pool.map(media_size, wanted)
        return {name for name, size in zip(wanted, sizes, strict=True) if size is None}


def media_local(names: Iterable[str]) -> dict[str, Path]:
    """{name: path of a file on this machine} for code that can only open files.

    A local storage has the files already. Of a bucket, copies are kept in the var folder, each fetched once:
    they take as much room as the photos that this machine has used, and may be deleted while no round runs.

    Raises:
        ImageError: when a file is missing from the bucket.
    """
    wanted = list(dict.fromkeys(names))
    with ThreadPoolExecutor(TRANSFERS) as pool:
        return dict(zip(wanted, pool.map(_local, wanted), strict=True))


def _local(name: str) -> Path:
    try:
        return Path(default_storage.path(name))
    except NotImplementedError:  # A bucket has no paths.
        copy: Path = settings.ATTRX_VAR_DIR / LOCAL_COPIES / name
    if not copy.exists():
        try:
            _write_whole(copy, media_read(name))
        except FileNotFoundError as error:
            raise ImageError(
                f"{name} is missing from the media storage", "import its listing again, with its photos"
            ) from error
    return copy


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file that others see complete or not at all, and that replaces one of the same name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".partial", delete=False) as draft:
        try:
            draft.write(content)
            draft.close()
            os.chmod(draft.name, 0o644)
            os.replace(draft.name, path)
        except BaseException:
            os.unlink(draft.name)
            raise
