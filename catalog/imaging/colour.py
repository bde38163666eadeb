"""Colours as every screen and model reads them: sRGB."""

import io
from functools import lru_cache
from itertools import product

from PIL import Image, ImageCms

LEAST_DIFFERENCE = 4
"""Levels of 255: a profile that moves no colour further than this is sRGB by another name."""

STEPS = range(0, 256, 15)


def is_srgb(image: Image.Image) -> bool:
    """Whether the RGB or L image has no colour profile, or one that need not be applied.

    A profile that is broken, or of another kind of colours than the image, counts as none, as in browsers.
    """
    profile = image.info.get("icc_profile")
    return not profile or _means_srgb(profile, image.mode)


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The RGB, L, CMYK or LAB image as RGB or L in sRGB, by this ICC profile where one is given."""
    mode = image.mode
    if mode == "LAB":
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    elif mode != "CMYK" and profile and _means_srgb(profile, mode):
        profile = None
    transform = _transform(profile, mode) if profile else None
    shown = transform.apply(image) if transform else image
    return shown.convert("L" if mode == "L" else "RGB")


@lru_cache(maxsize=32)
def _means_srgb(profile: bytes, mode: str) -> bool:
    transform = _transform(profile, mode)
    if transform is None:
        return True
    sample = _sample(mode)
    pairs = zip(sample.convert("RGB").tobytes(), transform.apply(sample).tobytes(), strict=True)
    return max(abs(before - after) for before, after in pairs) <= LEAST_DIFFERENCE


def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From the profile to sRGB; None where it is broken or does not fit the mode."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        return ImageCms.buildTransform(source, target, mode, "RGB")
    except (ImageCms.PyCMSError, OSError):
        return None


def _sample(mode: str) -> Image.Image:
    """Colours from all over the space, in one row."""
    if mode == "L":
        return Image.frombytes("L", (256, 1), bytes(range(256)))
    colours = bytes(level for colour in product(STEPS, repeat=3) for level in colour)
    return Image.frombytes("RGB", (len(STEPS) ** 3, 1), colours)
