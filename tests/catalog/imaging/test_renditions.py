import numpy as np
import pytest
from PIL import Image

from catalog.imaging.errors import ImageError
from catalog.imaging.naming import Size
from catalog.imaging.renditions import renditions, stored_phash
from catalog.imaging.verify import verify
from tests.catalog.imaging.pictures import file_of, halves, near, noise, shown, srgb_profile, turned

BOTH = [Size.WEB, Size.THUMB]


def test_a_large_photo_is_made_smaller_twice() -> None:
    files = renditions(file_of(noise((1700, 1275)), "JPEG"), BOTH)
    web, thumb = shown(files[Size.WEB]), shown(files[Size.THUMB])
    assert (web.format, web.size) == ("JPEG", (1600, 1200))
    assert (thumb.format, thumb.size) == ("WEBP", (320, 240))


@pytest.mark.parametrize(
    ("size", "expected"), [((500, 400), (320, 256)), ((400, 500), (256, 320)), ((1600, 5), (320, 1))]
)
def test_the_long_side_decides(size: tuple[int, int], expected: tuple[int, int]) -> None:
    files = renditions(file_of(noise(size), "PNG"), [Size.THUMB])
    assert list(files) == [Size.THUMB]
    assert shown(files[Size.THUMB]).size == expected


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_rendition_looks_like_the_photo(format: str) -> None:
    image = noise((1700, 1275))
    for size, file in renditions(file_of(image, format), BOTH).items():
        small = shown(file).convert("RGB")
        exact = image.resize(small.size, Image.Resampling.LANCZOS)
        assert np.abs(np.asarray(small, dtype=int) - np.asarray(exact, dtype=int)).mean() < 3, size


def test_a_rendition_carries_nothing_but_pixels() -> None:
    content = file_of(noise((400, 300)), "JPEG", icc_profile=srgb_profile(), comment=b"taken at home")
    info = shown(renditions(content, [Size.THUMB])[Size.THUMB]).info
    assert not {"icc_profile", "exif", "comment"} & set(info)


def test_a_file_that_was_stored_sideways_or_transparent_is_shown_as_it_should_be() -> None:
    sideways = turned(6, image=noise((640, 480)))
    assert shown(renditions(sideways, [Size.THUMB])[Size.THUMB]).size == (240, 320)
    clear = file_of(Image.new("RGBA", (400, 400), (0, 0, 0, 0)), "PNG")
    assert near(shown(renditions(clear, [Size.THUMB])[Size.THUMB]), (9, 9), (255, 255, 255), within=1)


def test_a_stored_hash_is_that_of_the_intake() -> None:
    content = file_of(noise((900, 700)), "JPEG")
    assert stored_phash(content) == verify(content).phash


@pytest.mark.parametrize("content", [b"", b"photo", file_of(halves(), "JPEG")[:-200]])
def test_a_broken_file_is_named_with_the_remedy(content: bytes) -> None:
    for act in (lambda: renditions(content, BOTH), lambda: stored_phash(content)):
        with pytest.raises(ImageError, match=r"the stored file cannot be decoded \(.+\): import its listing"):
            act()
