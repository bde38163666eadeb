"""Read photos by the names that rows give them: paths in a place, or addresses on the web."""

import posixpath
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import default_storage

from catalog.imaging.errors import ImageError
from catalog.imaging.fetch import Fetcher, is_address
from catalog.imaging.places import Archive, Folder, Place, Stored, cleaned

STORAGE = "storage:"
"""Before a prefix in the media storage."""

CANDIDATES = 3
"""Names that a message lists."""


class PhotoReader:
    """Reads photos from a place and from the web, in several threads at once."""

    def __init__(self, place: Place | None, fetcher: Fetcher) -> None:
        self._place = place
        self._fetcher = fetcher
        self._lock = Lock()
        self._by_base_name: dict[str, list[str]] | None = None

    def read(self, name: str) -> bytes:
        """The file of this name; where there is none, the only one that has the same name in another folder.

        Raises:
            ImageError: when there is none, there are several, or it cannot be read.
        """
        if is_address(name):
            return self._fetcher.fetch(name)
        if self._place is None:
            raise ImageError("it is no address", "give one, or say where the photos lie")
        return self._place.read(self._found(self._place, name))

    def has(self, name: str) -> bool:
        """Whether the file can be found; of an address that is only known once it is fetched."""
        if is_address(name):
            return True
        try:
            return self._place is not None and bool(self._found(self._place, name))
        except ImageError:
            return False

    def _found(self, place: Place, name: str) -> str:
        """What the place calls the file."""
        exact = cleaned(name)
        if place.has(exact):
            return exact
        alike = [one for one in self._named_alike(place, exact) if place.has(one)]
        if not alike:
            raise ImageError("the file is missing", "add it, or take it out of the row")
        if len(alike) > 1:
            some = ", ".join(sorted(alike)[:CANDIDATES])
            raise ImageError(f"{len(alike)} files have this name: {some}", "give the path of the one meant")
        return alike[0]

    def _named_alike(self, place: Place, name: str) -> list[str]:
        """The files with the same name in whatever folder. Many exports keep no folders, or others."""
        with self._lock:
            if self._by_base_name is None:
                self._by_base_name = {}
                for one in place.names():
                    self._by_base_name.setdefault(posixpath.basename(one), []).append(one)
            return self._by_base_name.get(posixpath.basename(name), [])


@contextmanager
def photo_reader(place: str) -> Iterator[PhotoReader]:
    """Read photos from a place, and from the web by their address.

    The place is empty (only addresses are read), the absolute path of a folder or zip archive on this
    machine, the name of a zip archive in the media storage, or `storage:` and a prefix in the media storage.

    Raises:
        ImageError: when there is no such place.
    """
    with ExitStack() as stack:
        found = _opened(place)
        if found is not None:
            stack.callback(found.close)
        fetcher = stack.enter_context(Fetcher(allowed=settings.ATTRX_FETCH_ALLOW))
        yield PhotoReader(found, fetcher)


def _opened(place: str) -> Place | None:
    if not place:
        return None
    if place.startswith(STORAGE):
        return Stored(cleaned(place.removeprefix(STORAGE)))
    missing = ImageError(
        f"there is no folder or archive {place!r}",
        f"give an absolute path, the name of an uploaded zip, or {STORAGE} and a prefix",
    )
    path = Path(place)
    try:
        if not path.is_absolute():
            return Archive(default_storage.open(place, "rb"), place)
        if path.is_dir():
            return Folder(path)
        if path.is_file():
            return Archive(path.open("rb"), place)
    except ImageError:
        raise
    except (OSError, ValueError, SuspiciousOperation) as error:
        raise missing from error
    raise missing
