"""Photos in a bucket of a real S3 server."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from attrx_web.roles import Role
from catalog.imaging.errors import ImageError
from catalog.imaging.naming import Size, photo_name, rendition_name
from catalog.imaging.sources import photo_reader
from catalog.imaging.storage import media_local, media_missing, media_size, media_write
from catalog.models import Photo
from catalog.services.photos import photos_intake, photos_render
from tests.catalog.imaging.pictures import file_of, noise
from tests.factories import photo_bytes, user_with

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bucket")]

LARGE = file_of(noise((400, 300)), "JPEG")
NAME = photo_name("ab" * 32, ".png")


def keys(bucket: Any) -> list[str]:
    return sorted(one.key for one in bucket.objects.all())


def taken_in(content: bytes = LARGE) -> Photo:
    photo = photos_intake(names=["a"], read=lambda name: content)["a"]
    assert isinstance(photo, Photo)
    return photo


def test_photos_are_taken_in_and_rendered(bucket: Any) -> None:
    photo = taken_in()
    photos_render()
    assert keys(bucket) == [
        f"media/{photo.file.name}",
        f"media/{rendition_name(photo.sha256, Size.THUMB)}",
    ]


def test_stored_files_are_private_and_say_what_they_are(bucket: Any) -> None:
    photo = taken_in()
    stored = bucket.Object(f"media/{photo.file.name}")
    assert stored.content_type == "image/jpeg"
    grantees = [grant["Grantee"]["Type"] for grant in stored.Acl().grants]
    assert grantees == ["CanonicalUser"]
    assert "X-Amz-Signature" in default_storage.url(str(photo.file))


def test_the_same_photo_again_writes_nothing(bucket: Any) -> None:
    photo = taken_in()
    written = bucket.Object(f"media/{photo.file.name}").last_modified
    assert taken_in() == photo
    assert bucket.Object(f"media/{photo.file.name}").last_modified == written


def test_a_file_that_was_cut_short_or_lost_is_stored_again() -> None:
    photo = taken_in()
    media_write(str(photo.file), b"half")
    assert media_size(str(taken_in().file)) == len(LARGE)
    default_storage.delete(str(photo.file))
    assert media_size(str(taken_in().file)) == len(LARGE)


def test_photos_are_served(client: Client) -> None:
    client.force_login(user_with(Role.ANNOTATOR))
    photo = taken_in()
    photos_render()
    for size, type in (("original", "image/jpeg"), ("web", "image/jpeg"), ("thumb", "image/webp")):
        response = client.get(reverse("catalog:photo", args=[photo.sha256, size]))
        assert response.status_code == 200
        assert response["Content-Type"] == type
        assert len(response.getvalue()) == int(response["Content-Length"])
    assert client.get(reverse("catalog:photo", args=[photo.sha256, "original"])).getvalue() == LARGE
    default_storage.delete(str(photo.file))
    assert client.get(reverse("catalog:photo", args=[photo.sha256, "original"])).status_code == 404


def test_training_gets_copies_on_this_machine_each_fetched_once(tmp_path: Path) -> None:
    media_write(NAME, b"photo")
    path = media_local([NAME])[NAME]
    assert path == tmp_path / "photos" / NAME
    assert path.read_bytes() == b"photo"
    default_storage.delete(NAME)
    assert media_local([NAME]) == {NAME: path}


def test_a_copy_of_what_is_gone_cannot_be_had(tmp_path: Path) -> None:
    with pytest.raises(
        ImageError, match=f"{NAME} is missing from the media storage: import its listing again"
    ):
        media_local([NAME])
    assert media_missing([NAME]) == {NAME}
    assert not list(tmp_path.rglob("*.png*"))


def test_photos_come_from_a_prefix_or_an_archive_in_the_bucket() -> None:
    red, blue = photo_bytes((200, 30, 40)), photo_bytes((30, 40, 200))
    default_storage.save("incoming/2026/men/red.png", ContentFile(red))
    default_storage.save("incoming/2026/blue.png", ContentFile(blue))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("men/red.png", red)
        archive.writestr("blue.png", blue)
    archive_name = default_storage.save("imports/photos.zip", ContentFile(packed.getvalue()))
    for place in ("storage:incoming/2026", archive_name):
        with photo_reader(place) as reader:
            assert [reader.has(name) for name in ("men/red.png", "red.png", "gone.png")] == [
                True,
                True,
                False,
            ]
            found = photos_intake(names=["red.png", "blue.png", "gone.png"], read=reader.read)
        assert isinstance(found["red.png"], Photo) and isinstance(found["blue.png"], Photo)
        assert str(found["gone.png"]) == "the file is missing: add it, or take it out of the row"


@pytest.mark.parametrize("place", ["imports/gone.zip", "../../etc.zip"])
def test_an_archive_that_is_not_in_the_bucket_is_named(place: str) -> None:
    with pytest.raises(ImageError, match="there is no folder or archive"), photo_reader(place):
        pass


def test_other_files_keep_their_name_to_themselves() -> None:
    names = [default_storage.save("imports/rows.csv", ContentFile(text)) for text in (b"one", b"two")]
    assert names[0] == "imports/rows.csv"
    assert names[1] != names[0]
