"""Pictures for tests, made by the formats' own encoders."""

import io
import struct
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageCms

RED = (200, 30, 40)


def file_of(image: Image.Image, format: str, **options: Any) -> bytes:
    """The image as a file of this format."""
    target = io.BytesIO()
    image.save(target, format, **options)
    return target.getvalue()


def shown(content: bytes) -> Image.Image:
    """The file, decoded."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def halves(size: tuple[int, int] = (64, 48), left: Any = RED, right: Any = (20, 60, 220)) -> Image.Image:
    """An RGB picture whose left half has another colour than its right half."""
    image = Image.new("RGB", size, right)
    image.paste(left, (0, 0, size[0] // 2, size[1]))
    return image


def noise(size: tuple[int, int], seed: int = 0) -> Image.Image:
    """An RGB picture of soft random patches, no two seeds alike."""
    rng = np.random.default_rng(seed)
    patches = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return Image.fromarray(patches).resize(size, Image.Resampling.BICUBIC)


def near(image: Image.Image, at: tuple[int, int], colour: Sequence[int], *, within: int) -> bool:
    """Whether the pixel has this colour, give or take so many levels."""
    pixel = np.asarray(image, dtype=int)[at[1], at[0]]
    return bool(np.abs(pixel - np.asarray(colour)).max() <= within)


def png(width: int, height: int, *, depth: int, colour_type: int, rows: bytes) -> bytes:
    """A PNG whose header says so, whatever its rows hold."""
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def moving(format: str) -> bytes:
    """Two pictures in one file, the first red, the second blue."""
    first, second = Image.new("RGB", (16, 12), RED), Image.new("RGB", (16, 12), (0, 0, 255))
    return file_of(first, format, save_all=True, append_images=[second], duration=100)


def turned(orientation: int, format: str = "JPEG", image: Image.Image | None = None) -> bytes:
    """A picture, of 64 x 48 pixels unless one is given, whose EXIF says how it is to be turned."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return file_of(image or halves(), format, exif=exif.tobytes())


def wide_gamut(colour: tuple[int, int, int] = (0, 255, 0)) -> bytes:
    """A PNG of one colour with the profile of a space that is far wider than sRGB."""
    return file_of(Image.new("RGB", (16, 12), colour), "PNG", icc_profile=wide_profile())


def srgb_profile() -> bytes:
    """An ICC profile that says sRGB."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def wide_profile() -> bytes:
    """The sRGB profile with the primaries of red and green exchanged: no colour stays what it was."""
    profile = bytearray(srgb_profile())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


EVERY_FORMAT: dict[str, Callable[[], bytes]] = {
    "JPEG": lambda: file_of(halves(), "JPEG", quality=92),
    "progressive JPEG": lambda: file_of(halves(), "JPEG", progressive=True),
    "grey JPEG": lambda: file_of(halves().convert("L"), "JPEG"),
    "CMYK JPEG": lambda: file_of(halves().convert("CMYK"), "JPEG"),
    "MPO": lambda: file_of(halves(), "MPO", save_all=True, append_images=[halves()]),
    "PNG": lambda: file_of(halves(), "PNG"),
    "palette PNG": lambda: file_of(halves().convert("P"), "PNG"),
    "transparent PNG": lambda: file_of(halves().convert("RGBA"), "PNG"),
    "16-bit PNG": lambda: file_of(Image.new("I;16", (16, 12), 40_000), "PNG"),
    "WebP": lambda: file_of(halves(), "WEBP"),
    "lossless WebP": lambda: file_of(halves(), "WEBP", lossless=True),
    "moving WebP": lambda: moving("WEBP"),
    "GIF": lambda: file_of(halves().convert("P"), "GIF"),
    "moving GIF": lambda: moving("GIF"),
    "BMP": lambda: file_of(halves(), "BMP"),
    "TIFF": lambda: file_of(halves(), "TIFF"),
    "packed TIFF": lambda: file_of(halves(), "TIFF", compression="tiff_lzw"),
    "AVIF": lambda: file_of(halves(), "AVIF"),
}
