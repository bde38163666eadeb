"""How fast photos are taken in, against the least that has to be done: read, decode, hash, write."""

import hashlib
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.core.files.storage import default_storage
from PIL import Image

from catalog.imaging.storage import media_delete, media_write
from catalog.services.photos import photos_discard, photos_intake

WIDTH, HEIGHT = 1000, 1300
"""Of the photos, in pixels."""
PATCH = 50
"""Pixels. Colour changes about as often as over a product on a plain ground."""
NOISE_LEVELS = 8
QUALITY = 88
SEED = 20260101

TURN = 100
"""Photos that one way takes before it is the other's turn, so that both see the same machine."""


@dataclass(frozen=True, slots=True)
class ImagesResult:
    """What was measured."""

    images: int
    intake_per_second: float
    bare_per_second: float

    @property
    def ratio(self) -> float:
        """Above 1 where photos are taken in faster than the bare loop copies them."""
        return self.intake_per_second / self.bare_per_second


def measure_images(*, count: int, folder: Path) -> ImagesResult:
    """Render `count` photos into the folder and take them in both ways, into the media storage as it is set.

    What is stored meanwhile is deleted again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = list(_rendered(count, folder))
    bare_seconds = intake_seconds = 0.0
    for start in range(0, count, TURN):
        turn = paths[start : start + TURN]
        began = time.perf_counter()
        copies = [_bare(path) for path in turn]
        between = time.perf_counter()
        photos_intake(names=map(str, turn), read=lambda name: Path(name).read_bytes())
        ended = time.perf_counter()
        bare_seconds += between - began
        intake_seconds += ended - between
        for copy in copies:
            media_delete(copy)
        photos_discard(sha256s=[Path(copy).stem for copy in copies])
    return ImagesResult(count, count / intake_seconds, count / bare_seconds)


def _bare(path: Path) -> str:
    """Read, decode, hash and write one photo; returns the name of the copy in the media storage."""
    content = path.read_bytes()
    with Image.open(io.BytesIO(content)) as image:
        image.load()
    name = f"benchmark/{hashlib.sha256(content).hexdigest()}.jpg"
    try:
        copy = Path(default_storage.path(name))
    except NotImplementedError:  # A bucket has no paths.
        media_write(name, content)
        return name
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(content)
    return name


def _rendered(count: int, folder: Path) -> Iterator[Path]:
    """JPEGs with the size, detail and noise of product photos, the same at every run."""
    rng = np.random.default_rng(SEED)
    noise = rng.integers(-NOISE_LEVELS, NOISE_LEVELS + 1, (HEIGHT, WIDTH, 1), dtype=np.int16)
    for number in range(count):
        patches = rng.integers(0, 256, (HEIGHT // PATCH, WIDTH // PATCH, 3), dtype=np.uint8)
        smooth = Image.fromarray(patches).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        grainy = np.asarray(smooth) + np.roll(noise, number, axis=0)
        path = folder / f"{number:06d}.jpg"
        Image.fromarray(grainy.clip(0, 255).astype(np.uint8)).save(path, "JPEG", quality=QUALITY)
        yield path
