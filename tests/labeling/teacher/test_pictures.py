import base64
import io

import pytest
from PIL import ExifTags, Image

from catalog.imaging.errors import ImageError
from labeling.teacher.pictures import data_url


def photo(mode: str = "RGB", size: tuple[int, int] = (400, 300), kind: str = "JPEG") -> bytes:
    target = io.BytesIO()
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "a camera"
    exif[ExifTags.Base.GPSInfo] = {1: "N"}
    Image.new(mode, size, 130).save(target, kind, exif=exif)
    return target.getvalue()


def decoded(address: str) -> Image.Image:
    kind, _, content = address.partition(",")
    assert kind == "data:image/jpeg;base64"
    return Image.open(io.BytesIO(base64.b64decode(content)))


@pytest.mark.parametrize(
    ("side", "size"), [(200, (200, 150)), (1000, (400, 300))], ids=["made smaller", "left as large as it is"]
)
def test_a_photo_is_no_larger_than_told(side: int, size: tuple[int, int]) -> None:
    assert decoded(data_url(photo(), side=side)).size == size


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_pixels_leaves(kind: str) -> None:
    sent = decoded(data_url(photo(kind=kind), side=1000))
    assert (sent.format, dict(sent.getexif())) == ("JPEG", {})


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P"])
def test_pictures_of_any_kind_are_sent_as_jpeg(mode: str) -> None:
    assert decoded(data_url(photo(mode, kind="PNG"), side=100)).size == (100, 75)


@pytest.mark.parametrize("content", [b"", b"<html>", photo()[:200]])
def test_a_broken_photo_says_so(content: bytes) -> None:
    with pytest.raises(ImageError, match="does not decode"):
        data_url(content, side=100)
