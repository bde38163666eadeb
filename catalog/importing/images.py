"""Check an image file by decoding all of it. Pure."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

SUFFIXES = {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp"}
"""By Pillow's format; MPO is a JPEG with a second picture behind it, as phones write them."""

EXIF_ORIENTATION = 0x0112
TURNED_SIDEWAYS = range(5, 9)


class ImageError(ValueError):
    """An image file that cannot be used. The message says why and what to do; the caller says where."""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A file that decodes. Width and height are in pixels, as shown after EXIF orientation."""

    path: Path
    sha256: str
    suffix: str
    bytes: int
    width: int
    height: int


def read_image(path: Path) -> ImageFile:
    """Decode the file and hash it.

    Raises:
        ImageError: when it is missing, is no JPEG, PNG or WebP, or does not decode to the end.
    """
    try:
        content = path.read_bytes()
        with Image.open(path, formats=["JPEG", "PNG", "WEBP"]) as image:
            image.load()
            width, height = image.size
            if image.getexif().get(EXIF_ORIENTATION) in TURNED_SIDEWAYS:
                width, height = height, width
            suffix = SUFFIXES[str(image.format)]
    except FileNotFoundError as error:
        raise ImageError(f"{path} is missing: add the file or take it out of the row") from error
    except UnidentifiedImageError as error:
        raise ImageError(f"{path} is no JPEG, PNG or WebP image: convert or replace the file") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ImageError(f"{path} cannot be decoded ({error}): replace the file") from error
    return ImageFile(path, hashlib.sha256(content).hexdigest(), suffix, len(content), width, height)
