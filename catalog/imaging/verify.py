"""Check a photo by decoding all of it, and bring it into a form that every page and model can use."""

import hashlib
import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageFile, UnidentifiedImageError

from catalog.imaging.convert import encoded, is_plain, plain
from catalog.imaging.errors import ImageError
from catalog.imaging.naming import photo_name

BYTES_MOST = 30_000_000
PIXELS_MOST = 64_000_000
SIDE_LEAST = 4
"""Pixels. What is smaller was made to track readers or to fill a gap."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
SUFFIXES = {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp"}
"""What may be stored as it is. An MPO is a JPEG with more pictures behind it, as phones write them."""

HASH_REDUCTION = 128
"""Pixels a side. A perceptual hash looks at 32 x 32: from here on, larger pictures only take longer."""

NOT_PHOTOS = {
    b"<svg": ("it is an SVG drawing", "export it as a PNG"),
    b"<!doctype": ("it is a web page, not a picture", "give the address of the picture itself"),
    b"<html": ("it is a web page, not a picture", "give the address of the picture itself"),
    b"%pdf": ("it is a PDF", "export its pictures as JPEG or PNG"),
    b"pk\x03\x04": ("it is a zip archive, not a picture", "give the archive as the place of the photos"),
    b"ftyphei": ("it is a HEIC photo", "save it as a JPEG"),
    b"ftypmif1": ("it is a HEIC photo", "save it as a JPEG"),
    **dict.fromkeys(
        (b"\xff\xd8\xff", b"\x89png", b"gif8", b"riff", b"ftypavif", b"ii*\x00", b"mm\x00*"),
        ("its beginning is broken", "replace the file"),
    ),
}
"""What comes in place of photos, by a text near its beginning."""

# Sizes are checked here, against a lower limit than Pillow's.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class VerifiedPhoto:
    """A photo that decodes to its end, and the file that is to be stored for it."""

    sha256: str
    """Of the bytes as they came, whatever is stored."""
    suffix: str
    """Of the stored file: .jpg, .png or .webp."""
    content: bytes
    """The stored file: the bytes as they came, or an upright 8-bit picture where they were not that."""
    width: int
    height: int
    phash: int
    """Perceptual hash, 64 bits read as a signed number: of photos that look alike, few bits differ."""

    @property
    def name(self) -> str:
        """Where the file is stored."""
        return photo_name(self.sha256, self.suffix)


def verify(content: bytes, *, sha256: str = "") -> VerifiedPhoto:
    """Decode the file, whatever it is called, and convert it if need be. Safe to call from several threads.

    Of several pictures in one file the first counts. `sha256` is that of the content, if known already.

    Raises:
        ImageError: when it is empty, too large, too small, broken, or no JPEG, PNG, WebP, GIF, BMP, TIFF or
            AVIF picture.
    """
    _check_bytes(content)
    try:
        picture, file, suffix = _read(content)
        return VerifiedPhoto(
            sha256=sha256 or hashlib.sha256(content).hexdigest(),
            suffix=suffix,
            content=file,
            width=picture.width,
            height=picture.height,
            phash=phash_of(picture),
        )
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        raise _no_photo(content) from error
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except Exception as error:  # Pillow's decoders raise whatever a broken file makes them raise.
        raise ImageError(f"it cannot be decoded ({_brief(error)})", "replace the file") from error


def phash_of(picture: Image.Image) -> int:
    """The perceptual hash of an upright picture (imagehash.phash), as a signed number of 64 bits."""
    import imagehash  # Brings scipy, which nothing else needs.

    grey = picture.convert("L")
    grey = grey.reduce((max(1, grey.width // HASH_REDUCTION), max(1, grey.height // HASH_REDUCTION)))
    unsigned = int(str(imagehash.phash(grey)), 16)
    return unsigned - (1 << 64) if unsigned >> 63 else unsigned


def _read(content: bytes) -> tuple[Image.Image, bytes, str]:
    """The decoded, upright picture, its file, and the file's suffix."""
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        _check_size(*image.size)
        format_, deep = str(image.format), _sixteen_bit(image)
        moving = format_ != "MPO" and getattr(image, "is_animated", False)
        image.load()
        if format_ in SUFFIXES and not deep and not moving and is_plain(image):
            return image, content, SUFFIXES[format_]
        picture = plain(image)
    file, suffix = encoded(picture, lossless=_lossless(format_, content))
    return picture, file, suffix


def _sixteen_bit(image: ImageFile.ImageFile) -> bool:
    """Of RGB at 16 bits Pillow keeps the upper 8, and tells only by how it is going to read it."""
    return image.format == "PNG" and any("16" in str(tile.args) for tile in image.tile)


def _lossless(format_: str, content: bytes) -> bool:
    if format_ == "WEBP":
        return b"VP8L" in content
    return format_ in ("PNG", "GIF", "BMP", "TIFF")


def _check_bytes(content: bytes) -> None:
    if not content:
        raise ImageError("the file is empty", "replace it")
    if len(content) > BYTES_MOST:
        raise ImageError(
            f"it has {len(content) / 1e6:,.0f} MB, and {BYTES_MOST / 1e6:,.0f} MB are the most",
            "save it smaller",
        )


def _check_size(width: int, height: int) -> None:
    if width * height > PIXELS_MOST:
        raise _too_many_pixels(f"{width} x {height}")
    if min(width, height) < SIDE_LEAST:
        raise ImageError(
            f"it is {width} x {height} pixels, too small for a photo", "replace it or take it out of the row"
        )


def _too_many_pixels(size: str = "very many") -> ImageError:
    return ImageError(
        f"it is {size} pixels large, and {PIXELS_MOST / 1e6:,.0f} megapixels are the most", "save it smaller"
    )


def _no_photo(content: bytes) -> ImageError:
    beginning = content[:512].lower()
    for mark, (reason, remedy) in NOT_PHOTOS.items():
        if mark in beginning:
            return ImageError(reason, remedy)
    return ImageError(
        "it is no JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF picture", "convert or replace the file"
    )


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
