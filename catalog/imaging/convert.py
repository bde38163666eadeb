"""Any picture as a page and a model can use it: upright, 8-bit RGB or L, opaque, sRGB."""

import io

import numpy as np
from PIL import ExifTags, Image

from catalog.imaging.colour import is_srgb, to_srgb
from catalog.imaging.errors import ImageError

JPEG_QUALITY = 95
PNG_COMPRESSION = 3
"""Of 9: more takes twice the time for less than a tenth of the bytes."""

SIXTEEN_BIT_GREY = ("I;16", "I;16B", "I;16L", "I;16N")

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture upright, by its EXIF orientation."""


def is_plain(image: Image.Image) -> bool:
    """Whether the loaded picture can be shown, and learned from, as it is."""
    return (
        image.mode in ("RGB", "L")
        and not image.has_transparency_data
        and _orientation(image) == 1
        and is_srgb(image)
    )


def plain(image: Image.Image) -> Image.Image:
    """The picture upright, in 8-bit RGB or L, on white where it was transparent, in sRGB.

    Raises:
        ImageError: when its pixels are 32 bits deep, which has no common meaning.
    """
    image.load()
    if is_plain(image):
        return image
    shown = to_srgb(_eight_bit(image), image.info.get("icc_profile"))
    if image.has_transparency_data and image.mode not in SIXTEEN_BIT_GREY:
        ground = Image.new(shown.mode, shown.size, "white")
        shown = Image.composite(shown, ground, image.convert("RGBA").getchannel("A"))
    turn = TURNS.get(_orientation(image))
    return shown if turn is None else shown.transpose(turn)


def encoded(image: Image.Image, *, lossless: bool) -> tuple[bytes, str]:
    """The plain picture as a PNG, or as a JPEG that looks the same; returns the file and its suffix.

    Nothing but pixels goes in: no EXIF, so no place and no name.
    """
    target = io.BytesIO()
    bare = image.copy()
    bare.info.clear()
    if lossless:
        bare.save(target, "PNG", compress_level=PNG_COMPRESSION)
        return target.getvalue(), ".png"
    bare.save(target, "JPEG", quality=JPEG_QUALITY, subsampling="4:4:4")
    return target.getvalue(), ".jpg"


def _eight_bit(image: Image.Image) -> Image.Image:
    """Its colours as RGB, L, CMYK or LAB, without transparency."""
    match image.mode:
        case "RGB" | "L" | "CMYK" | "LAB":
            return image
        case "1" | "LA":
            return image.convert("L")
        case "RGBa":
            return image.convert("RGBA").convert("RGB")
        case mode if mode in SIXTEEN_BIT_GREY:
            levels = np.asarray(image).astype(np.uint32)
            return Image.fromarray(((levels * 255 + 32767) // 65535).astype(np.uint8))
        case "I" | "F":
            raise ImageError(
                "its pixels are 32 bits deep", "save it as a JPEG or PNG with 8 bits for each colour"
            )
        case _:
            return image.convert("RGB")


def _orientation(image: Image.Image) -> int:
    """1 to 8, as in EXIF; 0 where the EXIF cannot be read, which a viewer takes for upright."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # Pillow raises whatever a broken EXIF makes it raise.
        return 0
    return orientation if orientation in range(1, 9) else 1
