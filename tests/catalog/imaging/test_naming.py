import pytest

from catalog.imaging.naming import Size, is_named_by_content, photo_name, rendition_name, renditions_of

SHA256 = "ab" * 32


def test_files_are_named_by_the_photos_content() -> None:
    assert photo_name(SHA256, ".png") == f"images/ab/{SHA256}.png"
    assert rendition_name(SHA256, Size.THUMB) == f"renditions/ab/{SHA256}-320.webp"
    assert rendition_name(SHA256, Size.WEB) == f"renditions/ab/{SHA256}-1600.jpg"


@pytest.mark.parametrize(
    ("width", "height", "sizes"),
    [
        (320, 320, []),
        (321, 10, [Size.THUMB]),
        (10, 321, [Size.THUMB]),
        (1600, 1600, [Size.THUMB]),
        (1601, 10, [Size.WEB, Size.THUMB]),
    ],
)
def test_only_sizes_below_that_of_the_photo_are_made(width: int, height: int, sizes: list[Size]) -> None:
    assert renditions_of(width=width, height=height) == sizes


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        (photo_name(SHA256, ".jpg"), True),
        (rendition_name(SHA256, Size.WEB), True),
        ("photo.png", False),
        ("images/ab/photo.png", False),
        (f"imports/ab/{SHA256}.jpg", False),
        (f"images/ab/{SHA256[:-1]}.jpg", False),
        (f"images/ab/../{SHA256}.jpg", False),
    ],
)
def test_a_name_says_whether_it_tells_the_content(name: str, answer: bool) -> None:
    assert is_named_by_content(name) is answer
