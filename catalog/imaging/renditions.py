"""Smaller files that stand in for a stored photo on pages."""

import io
from collections.abc import Sequence
from typing import Any

from PIL import Image

from catalog.imaging.convert import plain
from catalog.imaging.errors import ImageError
from catalog.imaging.naming import SIDES, Size
from catalog.imaging.verify import FORMATS, phash_of

FORMAT: dict[Size, tuple[str, dict[str, Any]]] = {
    Size.WEB: ("JPEG", {"quality": 85}),
    Size.THUMB: ("WEBP", {"quality": 80, "method": 2}),
}
"""Pillow's format and its options; docs/decisions/0009 has the measurements behind them."""


def renditions(content: bytes, sizes: Sequence[Size]) -> dict[Size, bytes]:
    """The photo in these sizes, each of them smaller than the photo; the larger ones come first.

    Raises:
        ImageError: when the stored file does not decode.
    """
    files = {}
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            # A JPEG is decoded at a half, a quarter or an eighth of its size where that is enough.
            image.draft(None, _fitting(image, sizes[0]))
            shown = plain(image)
        for size in sizes:
            shown = shown.resize(_fitting(shown, size), Image.Resampling.LANCZOS, reducing_gap=2.0)
            files[size] = _encoded(shown, size)
    except ImageError:
        raise
    except Exception as error:  # Pillow's decoders raise whatever a broken file makes them raise.
        raise _broken(error) from error
    return files


def stored_phash(content: bytes) -> int:
    """The perceptual hash of a stored photo.

    Raises:
        ImageError: when the stored file does not decode.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            return phash_of(plain(image))
    except ImageError:
        raise
    except Exception as error:  # as above
        raise _broken(error) from error


def _fitting(image: Image.Image, size: Size) -> tuple[int, int]:
    """Width and height of the image in this size, in pixels."""
    scale = SIDES[size] / max(image.size)
    return max(1, round(image.width * scale)), max(1, round(image.height * scale))


def _encoded(image: Image.Image, size: Size) -> bytes:
    image.info.clear()  # A profile that says sRGB weighs as much as a small thumbnail.
    target = io.BytesIO()
    format_, options = FORMAT[size]
    image.save(target, format_, **options)
    return target.getvalue()


def _broken(error: Exception) -> ImageError:
    said = " ".join(str(error).split())[:120] or type(error).__name__
    return ImageError(
        f"the stored file cannot be decoded ({said})", "import its listing again, with its photos"
    )
