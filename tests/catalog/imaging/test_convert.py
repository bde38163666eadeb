import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from catalog.imaging.verify import verify
from tests.catalog.imaging.pictures import (
    file_of,
    halves,
    near,
    noise,
    png,
    shown,
    srgb_profile,
    turned,
    wide_gamut,
    wide_profile,
)


def stored(content: bytes) -> Image.Image:
    return shown(verify(content).content)


def test_16_bits_are_scaled_to_8_and_not_clipped() -> None:
    levels = np.array([[0, 128, 129, 257, 1000, 32768, 65000, 65535]] * 8, dtype=np.uint16)
    image = stored(file_of(Image.fromarray(levels), "PNG"))
    assert image.mode == "L"
    assert np.asarray(image)[0].tolist() == [0, 0, 1, 1, 4, 128, 253, 255]


def test_16_bit_tiffs_of_either_byte_order_are_scaled() -> None:
    levels = (np.arange(64, dtype=np.uint16) * 1000).reshape(8, 8)
    for order in ("<u2", ">u2"):
        image = stored(file_of(Image.fromarray(levels.astype(order)), "TIFF"))
        assert np.abs(np.asarray(image) - levels / 257).max() <= 0.5


def test_16_bit_colours_keep_their_upper_half() -> None:
    row = b"\0" + struct.pack(">3H", 0xC8F0, 0x1E05, 0x2880) * 8
    content = png(8, 8, depth=16, colour_type=2, rows=row * 8)
    photo = verify(content)
    assert photo.content != content
    assert shown(photo.content).getpixel((0, 0)) == (0xC8, 0x1E, 0x28)
    assert photo.content[24] == 8, "bits for each colour, by the header"


@pytest.mark.parametrize(
    ("ink", "colour"),
    [
        ((0, 0, 0, 0), (255, 255, 255)),
        ((0, 0, 0, 255), (0, 0, 0)),
        ((0, 255, 255, 0), (255, 0, 0)),
        ((255, 255, 0, 0), (0, 0, 255)),
        ((0, 128, 255, 0), (255, 127, 0)),
    ],
)
def test_ink_becomes_the_colour_that_it_looks_like(
    ink: tuple[int, int, int, int], colour: tuple[int, int, int]
) -> None:
    image = stored(file_of(Image.new("CMYK", (32, 24), ink), "JPEG", quality=95))
    assert image.mode == "RGB"
    assert near(image, (16, 12), colour, within=6)


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF"])
def test_what_is_transparent_is_laid_on_white(format: str) -> None:
    image = Image.new("RGBA", (32, 24), (200, 0, 0, 255))
    image.paste((0, 0, 200, 0), (0, 0, 16, 24))
    image.paste((0, 200, 0, 128), (0, 0, 32, 8))
    result = stored(file_of(image, format, **({"lossless": True} if format == "WEBP" else {})))
    assert result.mode == "RGB"
    assert near(result, (4, 20), (255, 255, 255), within=1)
    assert near(result, (28, 20), (200, 0, 0), within=1)
    assert near(result, (28, 4), (127, 227, 127), within=1)


def test_a_transparent_colour_of_a_palette_or_of_grey_is_laid_on_white() -> None:
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([200, 0, 0, 0, 0, 200])
    palette.putpixel((0, 0), 0)
    grey = Image.new("L", (8, 8), 100)
    grey.putpixel((0, 0), 10)
    for image, transparent, opaque in ((palette, 0, (0, 0, 200)), (grey, 10, (100, 100, 100))):
        result = stored(file_of(image, "PNG", transparency=transparent)).convert("RGB")
        assert result.getpixel((0, 0)) == (255, 255, 255)
        assert result.getpixel((4, 4)) == opaque


def test_grey_with_transparency_stays_grey() -> None:
    result = stored(file_of(Image.new("LA", (8, 8), (100, 128)), "PNG"))
    assert result.mode == "L"
    assert abs(result.getpixel((4, 4)) - 177) <= 1  # type: ignore[operator]


def test_black_and_white_becomes_grey() -> None:
    image = Image.new("1", (16, 12), 1)
    image.paste(0, (0, 0, 8, 12))
    for format in ("PNG", "TIFF", "BMP", "GIF"):
        result = stored(file_of(image, format)).convert("L")
        assert (result.getpixel((2, 6)), result.getpixel((12, 6))) == (0, 255)


@pytest.mark.parametrize(
    ("orientation", "first"),
    [
        (2, "right"),
        (3, "right"),
        (4, "left"),
        (5, "top"),
        (6, "top"),
        (7, "bottom"),
        (8, "bottom"),
    ],
)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_a_photo_is_turned_as_its_exif_says(orientation: int, first: str, format: str) -> None:
    """`first` is where the part lies that is the left half of the pixels in the file."""
    image = stored(turned(orientation, format)).convert("RGB")
    width, height = image.size
    at = {
        "left": (width // 4, height // 2),
        "right": (3 * width // 4, height // 2),
        "top": (width // 2, height // 4),
        "bottom": (width // 2, 3 * height // 4),
    }
    assert near(image, at[first], (200, 30, 40), within=12)
    assert not image.getexif()


def test_an_srgb_profile_changes_nothing() -> None:
    for image in (halves(), halves().convert("L")):
        content = file_of(image, "JPEG", icc_profile=srgb_profile())
        assert verify(content).content == content


def test_colours_of_a_wide_space_are_converted_to_srgb() -> None:
    result = stored(wide_gamut((0, 255, 0)))
    assert "icc_profile" not in result.info
    assert near(result, (8, 6), (255, 0, 0), within=3)


def test_a_wide_space_is_converted_below_transparency_too() -> None:
    image = Image.new("RGBA", (16, 12), (0, 255, 0, 255))
    image.putpixel((0, 0), (0, 0, 0, 0))
    result = stored(file_of(image, "PNG", icc_profile=wide_profile()))
    assert near(result, (8, 6), (255, 0, 0), within=3)
    assert result.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("profile", [b"x", b"no profile at all" * 20, srgb_profile()[:200]])
def test_a_broken_profile_counts_as_none(profile: bytes) -> None:
    content = file_of(halves(), "PNG", icc_profile=profile)
    assert verify(content).content == content


def test_a_profile_of_other_colours_than_the_pixels_counts_as_none() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    content = file_of(halves(), "PNG", icc_profile=lab)
    assert verify(content).content == content
    ink = file_of(Image.new("CMYK", (16, 12), (0, 255, 255, 0)), "JPEG", icc_profile=srgb_profile())
    assert near(stored(ink), (8, 6), (255, 0, 0), within=6)


def test_lab_colours_are_converted() -> None:
    to_lab = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    image = ImageCms.applyTransform(noise((32, 24)), to_lab)
    assert image is not None
    result = np.asarray(stored(file_of(image, "TIFF")), dtype=int)
    assert np.abs(result - np.asarray(noise((32, 24)), dtype=int)).mean() < 4
