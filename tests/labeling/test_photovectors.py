import io

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from catalog.imaging.naming import Size, rendition_name
from catalog.imaging.storage import media_delete, media_write
from catalog.models import Photo
from catalog.services.photos import photos_render
from labeling.models import PhotoVector
from labeling.photofeatures import DIMENSIONS, RECIPE, photo_features
from labeling.services import photovectors
from labeling.services.photovectors import photo_vectors
from tests.factories import PhotoFactory

pytestmark = pytest.mark.django_db


def coloured(color: tuple[int, int, int]) -> Photo:
    return PhotoFactory.create(color=color)


def test_a_photo_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photovectors, "BATCH", 2)
    photos = [coloured((level, 0, 0)) for level in (0, 60, 120, 180, 240)]
    ids = [photo.pk for photo in photos]
    first = photo_vectors(ids)
    assert first.keys() == set(ids)
    for photo in photos:
        media_delete(str(photo.file))
    with CaptureQueriesContext(connection) as queries:
        again = photo_vectors(ids)
    assert len(queries) == 1
    for pk in ids:
        assert again[pk].shape == (DIMENSIONS,)
        assert np.array_equal(first[pk], again[pk]), "so that a choice by them is the same again"


def test_features_of_an_older_recipe_are_made_again() -> None:
    photo = coloured((0, 200, 0))
    PhotoVector.objects.create(photo=photo, recipe=RECIPE - 1, features=b"old")
    assert photo_vectors([photo.pk])[photo.pk].shape == (DIMENSIONS,)
    assert PhotoVector.objects.get().recipe == RECIPE


def test_the_thumbnail_is_looked_at_where_there_is_one() -> None:
    target = io.BytesIO()
    Image.new("RGB", (400, 300), (10, 20, 30)).save(target, "PNG")
    photo = Photo.objects.create(
        sha256="a" * 64, file="images/aa/whole.png", bytes=len(target.getvalue()), width=400, height=300
    )
    media_write("images/aa/whole.png", target.getvalue())
    assert photos_render().photos == 1
    thumb = io.BytesIO()
    Image.new("RGB", (320, 240), (250, 0, 0)).save(thumb, "WEBP")
    media_write(rendition_name(photo.sha256, Size.THUMB), thumb.getvalue())
    red = photo_features(Image.new("RGB", (320, 240), (250, 0, 0)))
    assert np.allclose(photo_vectors([photo.pk])[photo.pk], red, atol=0.05)


def test_a_photo_that_is_missing_or_broken_has_no_vector(caplog: pytest.LogCaptureFixture) -> None:
    missing, broken, good = coloured((1, 1, 1)), coloured((2, 2, 2)), coloured((3, 3, 3))
    media_delete(str(missing.file))
    media_delete(str(broken.file))
    media_write(str(broken.file), b"\x89PNG nothing")
    assert photo_vectors([missing.pk, broken.pk, good.pk]).keys() == {good.pk}
    assert missing.sha256 in caplog.text
    assert broken.sha256 in caplog.text


def test_vectors_go_with_their_photos() -> None:
    photo = coloured((9, 9, 9))
    photo_vectors([photo.pk])
    photo.delete()
    assert not PhotoVector.objects.exists()


def test_no_photos_need_no_look() -> None:
    assert photo_vectors([]) == {}
