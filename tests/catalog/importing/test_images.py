import hashlib
from pathlib import Path

import pytest
from PIL import Image

from catalog.importing.images import EXIF_ORIENTATION, ImageError, read_image
from tests.factories import photo_bytes


def test_a_photo_is_measured_and_hashed(tmp_path: Path) -> None:
    path = tmp_path / "photo.bin"
    path.write_bytes(photo_bytes(size=(7, 5)))
    image = read_image(path)
    assert (image.width, image.height, image.suffix) == (7, 5, ".png")
    assert image.sha256 == hashlib.sha256(photo_bytes(size=(7, 5))).hexdigest()
    assert image.bytes == path.stat().st_size


@pytest.mark.parametrize(("format", "suffix"), [("JPEG", ".jpg"), ("WEBP", ".webp"), ("MPO", ".jpg")])
def test_the_suffix_is_that_of_the_content(tmp_path: Path, format: str, suffix: str) -> None:
    path = tmp_path / "photo"
    extra = {"save_all": True, "append_images": [Image.new("RGB", (4, 4))]} if format == "MPO" else {}
    Image.new("RGB", (4, 4)).save(path, format, **extra)
    assert read_image(path).suffix == suffix


def test_a_photo_taken_sideways_has_the_size_that_is_shown(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6
    Image.new("RGB", (8, 4)).save(tmp_path / "photo.jpg", exif=exif)
    image = read_image(tmp_path / "photo.jpg")
    assert (image.width, image.height) == (4, 8)


def test_a_missing_photo_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"gone.png is missing: add the file or take it out of the row"):
        read_image(tmp_path / "gone.png")


def test_a_photo_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(photo_bytes(size=(64, 64))[:-30])
    with pytest.raises(ImageError, match=r"photo.png cannot be decoded \(.+\): replace the file"):
        read_image(path)


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"])
def test_another_kind_of_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with pytest.raises(ImageError, match="is no JPEG, PNG or WebP image: convert or replace the file"):
        read_image(path)


def test_a_folder_in_place_of_a_photo_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="cannot be decoded"):
        read_image(tmp_path)
