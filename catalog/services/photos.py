"""Photos: taken in once by content, and rendered in the sizes that pages show."""

import hashlib
import logging
import math
import os
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Self

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalog.imaging.errors import ImageError
from catalog.imaging.naming import SIDES, rendition_name, renditions_of
from catalog.imaging.renditions import renditions, stored_phash
from catalog.imaging.storage import TRANSFERS, media_delete, media_read, media_size, media_write
from catalog.imaging.verify import verify
from catalog.models import Photo

logger = logging.getLogger(__name__)

DECODERS = os.cpu_count() or 1
"""Photos that are decoded at once. Each takes a core and, at worst, some hundred megabytes."""

LOT = 64
LOT_BYTES = 64_000_000
"""Contents that are held at once, besides the TRANSFERS that are being read meanwhile."""

WRITTEN = ["file", "bytes", "width", "height", "phash", "rendered", "render_claimed", "render_error"]

RENDER_CHUNK = 32
RENDER_LEASE = timedelta(minutes=10)
"""Photos that a job claimed longer ago and did not render are free again: it died."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a run of photos_render did."""

    photos: int
    failed: int


@dataclass(frozen=True, slots=True)
class _Found:
    """What lies under a name, or why nothing does."""

    name: str
    content: bytes = b""
    sha256: str = ""
    error: ImageError | None = None


class _Threads:
    """Threads that wait for disks and networks, and fewer that decode.

    Were photos decoded in all of them, each would keep the memory of the largest one that it has seen.
    """

    def __init__(self) -> None:
        self.transfers = ThreadPoolExecutor(TRANSFERS, thread_name_prefix="photos")
        self.decoders = ThreadPoolExecutor(DECODERS, thread_name_prefix="decoder")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.transfers.shutdown()
        self.decoders.shutdown()


def photos_intake(*, names: Iterable[str], read: Callable[[str], bytes]) -> dict[str, Photo | ImageError]:
    """Read, verify and store what lies under each name; {name: its photo, or why it has none}.

    Content that is stored already is neither decoded nor written again, unless its file was cut short or
    lost. `read` is called in threads and may raise ImageError; the database is asked in the caller's thread,
    which should be in no transaction. Several processes may take in the same photo at once.
    """
    photos: dict[str, Photo | ImageError] = {}
    with _Threads() as threads:
        for lot in _lots(_read_ahead(dict.fromkeys(names), read, threads)):
            photos |= _lot_intake(lot, threads)
    return photos


def photos_render(*, seconds: float = math.inf) -> Rendered:
    """Make what stands in for large photos on pages, and missing perceptual hashes, until all have theirs.

    Stops at the first chance after so many seconds. Several runs may share the work. A photo that cannot be
    rendered is left out from then on, with the reason in `render_error`, until an import repairs its file.
    """
    until = time.monotonic() + seconds
    photos = failed = 0
    with _Threads() as threads:
        while time.monotonic() < until and (claimed := _render_claim()):
            outcomes = list(threads.transfers.map(partial(_render, threads=threads), claimed))
            _render_record(claimed, outcomes)
            failed += sum(isinstance(outcome, ImageError) for outcome in outcomes)
            photos += len(claimed)
    return Rendered(photos, failed)


def photos_discard(*, sha256s: Iterable[str]) -> None:
    """Delete photos that no listing shows, with their files.

    Raises:
        ProtectedError: when a listing shows one of them.
    """
    photos = list(Photo.objects.filter(sha256__in=list(sha256s)))
    Photo.objects.filter(pk__in=[photo.pk for photo in photos]).delete()
    for photo in photos:
        for name in (str(photo.file), *(rendition_name(photo.sha256, size) for size in SIDES)):
            media_delete(name)


def photos_forget_renditions() -> int:
    """Have everything rendered again that was rendered or failed; returns how many photos that are."""
    dealt_with = Photo.objects.exclude(rendered=None, render_error="")
    return dealt_with.update(rendered=None, render_claimed=None, render_error="")


def _read_ahead(names: Iterable[str], read: Callable[[str], bytes], threads: _Threads) -> Iterator[_Found]:
    """What lies under each name, in order; TRANSFERS of them are read ahead."""
    coming: deque[Future[_Found]] = deque()
    for name in names:
        coming.append(threads.transfers.submit(_find, name, read))
        if len(coming) >= TRANSFERS:
            yield coming.popleft().result()
    while coming:
        yield coming.popleft().result()


def _find(name: str, read: Callable[[str], bytes]) -> _Found:
    try:
        content = read(name)
    except ImageError as error:
        return _Found(name, error=error)
    return _Found(name, content, hashlib.sha256(content).hexdigest())


def _lots(found: Iterable[_Found]) -> Iterator[list[_Found]]:
    """Cut into lots that may be held in memory."""
    lot: list[_Found] = []
    held = 0
    for one in found:
        lot.append(one)
        held += len(one.content)
        if len(lot) == LOT or held >= LOT_BYTES:
            yield lot
            lot, held = [], 0
    if lot:
        yield lot


def _lot_intake(lot: Sequence[_Found], threads: _Threads) -> dict[str, Photo | ImageError]:
    contents = {one.sha256: one.content for one in lot if not one.error}
    stored = _photos_whole(contents, threads)
    new = {sha256: content for sha256, content in contents.items() if sha256 not in stored}
    verified = threads.transfers.map(partial(_verify_and_store, threads=threads), new, new.values())
    outcomes = dict(zip(new, verified, strict=True))
    rows = _photos_write([row for row in outcomes.values() if isinstance(row, Photo)])
    photos = outcomes | stored | rows
    return {one.name: one.error or photos[one.sha256] for one in lot}


def _photos_whole(sha256s: Collection[str], threads: _Threads) -> dict[str, Photo]:
    """{hash: photo} of those that are there and whose file is as long as it should be."""
    photos = list(Photo.objects.filter(sha256__in=list(sha256s)))
    sizes = threads.transfers.map(media_size, [str(photo.file) for photo in photos])
    return {photo.sha256: photo for photo, size in zip(photos, sizes, strict=True) if size == photo.bytes}


def _verify_and_store(sha256: str, content: bytes, *, threads: _Threads) -> Photo | ImageError:
    """Store the file if it is a photo; returns the row that is to be written then, or what is wrong."""
    try:
        photo = threads.decoders.submit(verify, content, sha256=sha256).result()
    except ImageError as error:
        return error
    media_write(photo.name, photo.content)
    shown_as_it_is = not renditions_of(width=photo.width, height=photo.height)
    return Photo(
        sha256=sha256,
        file=photo.name,
        bytes=len(photo.content),
        width=photo.width,
        height=photo.height,
        phash=photo.phash,
        rendered=timezone.now() if shown_as_it_is else None,
    )


def _photos_write(rows: Iterable[Photo]) -> dict[str, Photo]:
    """Write the rows of photos whose files were just stored: new ones, and those that had lost their file."""
    # In one order, so that two processes that write the same photos never wait for each other.
    rows = sorted(rows, key=lambda row: row.sha256)
    Photo.objects.bulk_create(rows, update_conflicts=True, unique_fields=["sha256"], update_fields=WRITTEN)
    return {photo.sha256: photo for photo in Photo.objects.filter(sha256__in=[row.sha256 for row in rows])}


def _render_claim() -> list[Photo]:
    """Photos that are to be rendered and that no other job has, now claimed."""
    now = timezone.now()
    free = Q(render_claimed=None) | Q(render_claimed__lt=now - RENDER_LEASE)
    with transaction.atomic():
        waiting = Photo.objects.select_for_update(skip_locked=True).filter(
            free, rendered=None, render_error=""
        )
        photos = list(waiting.order_by("pk")[:RENDER_CHUNK])
        Photo.objects.filter(pk__in=[photo.pk for photo in photos]).update(render_claimed=now)
    return photos


def _render(photo: Photo, *, threads: _Threads) -> int | ImageError:
    """Store the photo's renditions; returns its perceptual hash, or why there are none."""
    sizes = renditions_of(width=photo.width, height=photo.height)
    if not sizes and photo.phash is not None:
        return photo.phash
    try:
        content = media_read(str(photo.file))
        files = threads.decoders.submit(renditions, content, sizes).result() if sizes else {}
        phash = photo.phash
        if phash is None:
            phash = threads.decoders.submit(stored_phash, content).result()
    except FileNotFoundError:
        return ImageError("the stored file is missing", "import its listing again, with its photos")
    except ImageError as error:
        return error
    for size, file in files.items():
        media_write(rendition_name(photo.sha256, size), file)
    return phash


def _render_record(photos: Sequence[Photo], outcomes: Sequence[int | ImageError]) -> None:
    now = timezone.now()
    with transaction.atomic():
        for photo, outcome in zip(photos, outcomes, strict=True):
            row = Photo.objects.filter(pk=photo.pk, rendered=None)
            if isinstance(outcome, ImageError):
                logger.warning("photo %s cannot be rendered: %s", photo.sha256, outcome)
                row.update(render_error=str(outcome))
            else:
                row.update(rendered=now, phash=outcome)
