"""What somebody wants to know, and the photos that they want to know it of."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from django.conf import settings

from catalog.imaging.errors import ImageError
from catalog.imaging.fetch import Fetcher, is_address
from catalog.imaging.verify import verify
from training.predicting import queue

MOST_PHOTOS = 8
MOST_CHAINS = 32
FETCH_SECONDS = 10.0
"""A photo on the web takes no longer, with retries."""
FETCHERS = 4


class Wrong(ValueError):
    """Something in what was asked cannot be used."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.problem = field, problem


class Impossible(ValueError):
    """There is nobody to ask, as things are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants to know: of a listing of the catalogue, or of photos."""

    listing: str = ""
    """Its id in the catalogue."""
    vertical: str = ""
    """Code; of a listing its own."""
    photos: Sequence[bytes] = ()
    urls: Sequence[str] = ()
    """Of further photos."""
    title: str = ""
    description: str = ""
    attributes: Sequence[str] = ()
    """Codes; none: all of the vertical."""
    chains: int | None = None
    """None: as many as the version's round drew."""
    version: int | None = None
    """None: the champion."""


def photos_of(wanted: Wanted) -> list[bytes]:
    """The photos, sound and upright, in order: those that came with the request and then those of the web."""
    if not 0 < len(wanted.photos) + len(wanted.urls) <= MOST_PHOTOS:
        raise Wrong("photos", f"give 1 to {MOST_PHOTOS} photos, as files or addresses, or a listing")
    photos = [_usable("photos", number, partial(bytes, one)) for number, one in enumerate(wanted.photos, 1)]
    fetcher = Fetcher(allowed=settings.ATTRX_FETCH_ALLOW, total_seconds=FETCH_SECONDS)
    with fetcher, ThreadPoolExecutor(FETCHERS) as pool:
        fetched = [pool.submit(_fetched, fetcher, number, one) for number, one in enumerate(wanted.urls, 1)]
        photos += [one.result() for one in fetched]
    if sum(map(len, photos)) > queue.MOST_BYTES:
        most = f"{queue.MOST_BYTES / 1e6:,.0f} MB together are the most"
        raise Wrong(
            "photos", f"they have {sum(map(len, photos)) / 1e6:,.0f} MB, and {most}: save them smaller"
        )
    return photos


def _fetched(fetcher: Fetcher, number: int, address: str) -> bytes:
    if not is_address(address):
        raise Wrong("urls", f"number {number} is no http or https address: mend it")
    return _usable("urls", number, lambda: fetcher.fetch(address))


def _usable(name: str, number: int, read: Callable[[], bytes]) -> bytes:
    try:
        return verify(read()).content
    except ImageError as error:
        raise Wrong(name, f"number {number} cannot be used: {error}") from error
