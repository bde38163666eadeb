"""Rendered demo listings as numbers: what they are, and what their photos look like."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from catalog.demo.generate import render_listing
from catalog.demo.looks import Look
from labeling.photofeatures import photo_features
from training.ml.processes import processes

SIZE = 64
"""Pixels a side, as the demo round's photos."""
FAULTS = ("blur", "cast", "dark")
"""How a camera may be broken."""
BLUR_SHARE = 0.03
"""Radius of the blur, of a side."""
CAST = (1.2, 1.0, 0.75)
DARK = 0.55
CHUNK = 16


@dataclass(frozen=True, slots=True)
class Shown:
    """A rendered listing."""

    values: Mapping[str, str]
    vector: NDArray[np.float32]
    """mean of its photos' features"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A listing that is to be rendered."""

    vertical: str
    index: int
    look: Look = "seller"
    fault: str = ""


def rendered(wanted: Sequence[Wanted], *, jobs: int) -> list[Shown]:
    """Render the listings, in order, in so many processes."""
    if jobs == 1:
        return [_shown(one) for one in wanted]
    with processes(jobs) as pool:
        return list(pool.map(_shown, wanted, chunksize=CHUNK))


def broken(photo: Image.Image, fault: str) -> Image.Image:
    """The photo as a broken camera takes it."""
    if fault == "blur":
        return photo.filter(ImageFilter.GaussianBlur(BLUR_SHARE * photo.width))
    gains = np.array(CAST if fault == "cast" else (DARK, DARK, DARK))
    levels = np.clip(np.asarray(photo.convert("RGB")) * gains, 0, 255)
    return Image.fromarray(levels.astype(np.uint8))


def _shown(one: Wanted) -> Shown:
    listing = render_listing(vertical=one.vertical, index=one.index, look=one.look, seed=0, size=SIZE)
    photos = [broken(photo, one.fault) if one.fault else photo for photo in listing.photos]
    vector = np.mean([photo_features(photo) for photo in photos], axis=0).astype(np.float32)
    return Shown(listing.attributes, vector)
