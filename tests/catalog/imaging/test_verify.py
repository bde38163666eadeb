import hashlib
import struct

import imagehash
import numpy as np
import pytest
from PIL import Image

from catalog.imaging import verify as module
from catalog.imaging.errors import ImageError
from catalog.imaging.verify import phash_of, verify
from tests.catalog.imaging.pictures import (
    EVERY_FORMAT,
    RED,
    file_of,
    halves,
    moving,
    near,
    noise,
    png,
    shown,
    turned,
)

# Pillow tells of broken metadata and of large pictures.
pytestmark = pytest.mark.filterwarnings("ignore:::PIL")


def refusal(content: bytes) -> str:
    with pytest.raises(ImageError) as refused:
        verify(content)
    assert str(refused.value) == f"{refused.value.reason}: {refused.value.remedy}"
    return str(refused.value)


@pytest.mark.parametrize(
    ("kind", "suffix"),
    [
        ("JPEG", ".jpg"),
        ("progressive JPEG", ".jpg"),
        ("grey JPEG", ".jpg"),
        ("MPO", ".jpg"),
        ("PNG", ".png"),
        ("WebP", ".webp"),
        ("lossless WebP", ".webp"),
    ],
)
def test_what_every_page_and_model_can_use_is_kept_byte_for_byte(kind: str, suffix: str) -> None:
    content = EVERY_FORMAT[kind]()
    photo = verify(content)
    assert photo.content == content
    assert (photo.suffix, photo.width, photo.height) == (suffix, 64, 48)


@pytest.mark.parametrize(
    ("kind", "suffix"),
    [
        ("CMYK JPEG", ".jpg"),
        ("palette PNG", ".png"),
        ("transparent PNG", ".png"),
        ("16-bit PNG", ".png"),
        ("moving WebP", ".jpg"),
        ("GIF", ".png"),
        ("moving GIF", ".png"),
        ("BMP", ".png"),
        ("TIFF", ".png"),
        ("packed TIFF", ".png"),
        ("AVIF", ".jpg"),
    ],
)
def test_everything_else_is_stored_as_a_plain_png_or_jpeg(kind: str, suffix: str) -> None:
    content = EVERY_FORMAT[kind]()
    photo = verify(content)
    stored = shown(photo.content)
    assert photo.suffix == suffix
    assert stored.format == {".png": "PNG", ".jpg": "JPEG"}[suffix]
    assert stored.mode in ("RGB", "L")
    assert (photo.width, photo.height) == stored.size
    assert verify(photo.content).content == photo.content


@pytest.mark.parametrize("kind", EVERY_FORMAT)
def test_a_photo_is_named_by_what_came_whatever_is_stored(kind: str) -> None:
    content = EVERY_FORMAT[kind]()
    sha256 = hashlib.sha256(content).hexdigest()
    photo = verify(content)
    assert photo.sha256 == sha256
    assert photo.name == f"images/{sha256[:2]}/{sha256}{photo.suffix}"
    assert verify(content, sha256=sha256) == photo


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_a_moving_picture_the_first_counts(format: str) -> None:
    stored = shown(verify(moving(format)).content)
    assert getattr(stored, "n_frames", 1) == 1
    assert near(stored.convert("RGB"), (8, 6), RED, within=4)


def test_a_lossless_picture_that_must_be_converted_stays_lossless() -> None:
    image = noise((40, 30)).convert("RGBA")
    image.putpixel((0, 0), (0, 0, 0, 0))
    photo = verify(file_of(image, "WEBP", lossless=True))
    assert photo.suffix == ".png"
    assert np.array_equal(np.asarray(shown(photo.content))[1:], np.asarray(image.convert("RGB"))[1:])


@pytest.mark.parametrize(
    ("width", "height", "reason"),
    [
        (3, 100, "it is 3 x 100 pixels, too small for a photo: replace it or take it out of the row"),
        (1, 1, "it is 1 x 1 pixels, too small for a photo"),
        (8001, 8000, "it is 8001 x 8000 pixels large, and 64 megapixels are the most: save it smaller"),
    ],
)
def test_a_picture_of_a_useless_size_is_refused(width: int, height: int, reason: str) -> None:
    assert reason in refusal(file_of(Image.new("1", (width, height)), "PNG"))


def test_a_picture_of_the_smallest_size_is_taken() -> None:
    assert verify(file_of(Image.new("RGB", (4, 4)), "PNG")).width == 4


@pytest.mark.parametrize("side", [8_001, 12_000, 20_000, 2**31 - 1])
def test_a_decompression_bomb_is_refused_before_it_is_decoded(
    side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: pytest.fail("decoded"))
    assert "64 megapixels are the most: save it smaller" in refusal(
        png(side, side, depth=8, colour_type=2, rows=bytes(1000))
    )


def test_a_file_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BYTES_MOST", 2_000_000)
    assert refusal(bytes(2_000_001)) == "it has 2 MB, and 2 MB are the most: save it smaller"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_picture_that_is_cut_short_is_refused(format: str, share: float) -> None:
    content = file_of(noise((64, 48)), format)
    message = refusal(content[: int(len(content) * share)])
    assert message.startswith(("it cannot be decoded (", "its beginning is broken: replace the file"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty: replace it"),
        (b"\x00" * 1000, "it is no JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF picture: convert or replace"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "it is an SVG drawing: export it as a PNG"),
        (b"<?xml version='1.0'?>\n<svg/>", "it is an SVG drawing: export it as a PNG"),
        (b"\n<!DOCTYPE html><html>", "it is a web page, not a picture: give the address of the picture"),
        (b"<HTML><body>404", "it is a web page, not a picture: give the address of the picture"),
        (b"PK\x03\x04 and so on", "it is a zip archive, not a picture: give the archive as the place"),
        (b"%PDF-1.7", "it is a PDF: export its pictures as JPEG or PNG"),
        (b"\x00\x00\x00\x18ftypheic\x00", "it is a HEIC photo: save it as a JPEG"),
        (b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "its beginning is broken: replace the file"),
        (b"\xff\xd8\xff\xe0", "its beginning is broken: replace the file"),
    ],
)
def test_what_is_no_picture_is_called_by_what_it_is(content: bytes, message: str) -> None:
    assert message in refusal(content)


def test_pixels_of_32_bits_are_refused() -> None:
    for mode in ("I", "F"):
        image = Image.new(mode, (16, 12), 1)
        assert refusal(file_of(image, "TIFF")) == (
            "its pixels are 32 bits deep: save it as a JPEG or PNG with 8 bits for each colour"
        )


def exif_that_says(*entries: tuple[int, int, int, int]) -> bytes:
    """An EXIF block with these (tag, type, count, value) entries, however absurd."""
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + packed + b"\0\0\0\0"


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0" + b"\xff" * 200,
        exif_that_says((0x0112, 3, 1, 99)),
        exif_that_says((0x0112, 2, 4, 0x41414141)),
        exif_that_says((0x0112, 3, 1 << 30, 1 << 31)),
        exif_that_says((0x0112, 5, 1, 0xFFFFFFF0)),
        exif_that_says(*[(0x8769, 4, 1, 8)] * 3),
        exif_that_says(*[(0x0112, 3, 1, 6)] * 3000),
    ],
)
def test_an_absurd_exif_does_not_keep_a_photo_out(exif: bytes) -> None:
    content = file_of(halves(), "JPEG", exif=exif)
    photo = verify(content)
    assert {photo.width, photo.height} == {64, 48}
    stored = shown(photo.content)
    assert stored.getexif().get(0x0112, 1) not in range(2, 9)


def test_what_is_converted_loses_the_place_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    photo = verify(file_of(halves(), "JPEG", exif=exif, comment=b"taken at home"))
    stored = shown(photo.content)
    assert not stored.getexif()
    assert "comment" not in stored.info
    assert b"taken at home" not in photo.content


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_photo_taken_sideways_is_stored_upright(orientation: int) -> None:
    photo = verify(turned(orientation))
    assert (photo.width, photo.height) == ((48, 64) if orientation > 4 else (64, 48))
    assert shown(photo.content).size == (photo.width, photo.height)


def test_the_perceptual_hash_is_that_of_the_upright_picture() -> None:
    image = noise((400, 300))
    exif = Image.Exif()
    exif[0x0112] = 6
    sideways = file_of(image.transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif)
    assert verify(sideways).phash == phash_of(image)


def test_the_perceptual_hash_is_that_of_imagehash_within_two_bits() -> None:
    for seed in range(8):
        image = noise((900, 700), seed)
        signed = phash_of(image)
        assert -(1 << 63) <= signed < 1 << 63
        exact = int(str(imagehash.phash(image)), 16)
        assert ((signed & (1 << 64) - 1) ^ exact).bit_count() <= 2


def test_pictures_that_look_alike_have_hashes_with_few_different_bits() -> None:
    first = verify(file_of(noise((400, 300)), "PNG")).phash
    smaller = verify(file_of(noise((400, 300)).resize((200, 150)), "JPEG", quality=60)).phash
    other = verify(file_of(noise((400, 300), seed=1), "PNG")).phash
    distance = [((first ^ one) & (1 << 64) - 1).bit_count() for one in (smaller, other)]
    assert distance[0] <= 4
    assert distance[1] >= 16
