import numpy as np
from PIL import Image

from labeling.photofeatures import DIMENSIONS, listing_vector, photo_features


def plain(color: tuple[int, int, int], size: tuple[int, int] = (60, 80)) -> Image.Image:
    return Image.new("RGB", size, color)


def striped(turned: bool) -> Image.Image:
    rows = np.zeros((64, 64, 3), dtype=np.uint8)
    rows[::8] = rows[1::8] = rows[2::8] = rows[3::8] = 255
    return Image.fromarray(rows.swapaxes(0, 1) if turned else rows)


def apart(one: Image.Image, other: Image.Image) -> float:
    return float(
        np.linalg.norm(listing_vector([photo_features(one)]) - listing_vector([photo_features(other)]))
    )


def test_features_have_one_length_whatever_the_size_and_mode_of_the_photo() -> None:
    for photo in (
        plain((9, 9, 9)),
        plain((9, 9, 9), (1, 300)),
        Image.new("L", (20, 20)),
        Image.new("RGBA", (5, 5)),
    ):
        features = photo_features(photo)
        assert features.shape == (DIMENSIONS,)
        assert features.dtype == np.float32
        assert np.isfinite(features).all()


def test_size_does_not_matter_colour_and_direction_do() -> None:
    assert apart(plain((200, 30, 40)), plain((200, 30, 40), (600, 800))) < 1e-6
    assert apart(plain((200, 30, 40)), plain((205, 33, 44))) < apart(
        plain((200, 30, 40)), plain((30, 40, 200))
    )
    assert apart(striped(turned=False), striped(turned=True)) > 0.1


def test_a_listing_is_the_mean_of_its_photos_at_length_1() -> None:
    red, blue = photo_features(plain((200, 0, 0))), photo_features(plain((0, 0, 200)))
    both = listing_vector([red, blue])
    assert np.isclose(np.linalg.norm(both), 1)
    assert np.allclose(both, listing_vector([blue, red]))
    assert np.allclose(both * np.linalg.norm(red + blue), red + blue, atol=1e-5)


def test_a_black_photo_has_a_vector_too() -> None:
    assert np.isfinite(listing_vector([photo_features(plain((0, 0, 0)))])).all()
