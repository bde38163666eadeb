import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from attrx_web.roles import Role
from catalog.imaging.naming import Size, rendition_name
from catalog.imaging.storage import media_delete, media_read
from catalog.models import Photo
from catalog.services.photos import photos_intake, photos_render
from tests.catalog.imaging.pictures import file_of, noise, turned
from tests.factories import user_with

pytestmark = pytest.mark.django_db

FOR_GOOD = {"private", "immutable", "max-age=31536000"}
LARGE = file_of(noise((1700, 1200)), "JPEG")


def taken_in(content: bytes) -> Photo:
    photo = photos_intake(names=["a"], read=lambda name: content)["a"]
    assert isinstance(photo, Photo)
    return photo


@pytest.fixture
def photo() -> Photo:
    """A photo that is larger than the web size, not rendered yet."""
    return taken_in(LARGE)


@pytest.fixture
def annotator(client: Client) -> Client:
    client.force_login(user_with(Role.ANNOTATOR))
    return client


def address(photo: Photo, size: str = "original") -> str:
    return reverse("catalog:photo", args=[photo.sha256, size])


def cache_control(response: object) -> set[str]:
    return set(response["Cache-Control"].split(", "))  # type: ignore[index]


def test_a_photo_is_served_to_be_cached_for_good(annotator: Client, photo: Photo) -> None:
    response = annotator.get(address(photo))
    assert response.getvalue() == LARGE
    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Length"] == str(len(LARGE))
    assert response["Content-Disposition"] == f'inline; filename="{photo.sha256}.jpg"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["ETag"] == f'"{photo.sha256}-original"'
    assert cache_control(response) == FOR_GOOD


@pytest.mark.parametrize(("size", "type"), [("thumb", "image/webp"), ("web", "image/jpeg")])
def test_a_size_that_has_been_made_is_served_to_be_cached_for_good(
    annotator: Client, photo: Photo, size: str, type: str
) -> None:
    photos_render()
    response = annotator.get(address(photo, size))
    assert response.getvalue() == media_read(rendition_name(photo.sha256, Size(size)))
    assert response["Content-Type"] == type
    assert response["ETag"] == f'"{photo.sha256}-{size}"'
    assert cache_control(response) == FOR_GOOD


@pytest.mark.parametrize("size", ["thumb", "web"])
def test_until_a_size_is_made_the_stored_file_stands_in_and_is_asked_for_again(
    annotator: Client, photo: Photo, size: str
) -> None:
    response = annotator.get(address(photo, size))
    assert response.getvalue() == LARGE
    assert cache_control(response) == {"private", "no-cache"}
    again = annotator.get(address(photo, size), headers={"if-none-match": response["ETag"]})
    assert again.status_code == 304
    photos_render()
    made = annotator.get(address(photo, size), headers={"if-none-match": response["ETag"]})
    assert made.status_code == 200
    assert made.getvalue() != LARGE


def test_a_photo_that_is_small_enough_is_shown_as_it_is_for_good(annotator: Client) -> None:
    photo = taken_in(file_of(noise((300, 200)), "PNG"))
    for size in ("thumb", "web", "original"):
        response = annotator.get(address(photo, size))
        assert response.getvalue() == media_read(str(photo.file))
        assert response["Content-Type"] == "image/png"
        assert cache_control(response) == FOR_GOOD


def test_what_was_converted_is_served_as_what_it_became(annotator: Client) -> None:
    photo = taken_in(turned(6, "TIFF"))
    response = annotator.get(address(photo))
    assert response["Content-Type"] == "image/png"
    assert response.getvalue() == media_read(str(photo.file))


@pytest.mark.parametrize("size", ["thumb", "web", "original"])
def test_a_browser_that_has_the_photo_gets_no_body(annotator: Client, photo: Photo, size: str) -> None:
    photos_render()
    etag = annotator.get(address(photo, size))["ETag"]
    response = annotator.get(address(photo, size), headers={"if-none-match": etag})
    assert response.status_code == 304
    assert response.content == b""
    assert response["ETag"] == etag
    assert cache_control(response) == FOR_GOOD


def test_only_the_headers_may_be_asked_for(annotator: Client, photo: Photo) -> None:
    response = annotator.head(address(photo))
    assert response.status_code == 200
    assert response["Content-Length"] == str(len(LARGE))
    assert response.getvalue() == b""


def test_a_photo_that_is_not_there_is_404(annotator: Client, photo: Photo) -> None:
    assert annotator.get(f"/catalog/photos/{'0' * 64}/thumb").status_code == 404
    media_delete(str(photo.file))
    assert annotator.get(address(photo)).status_code == 404


@pytest.mark.parametrize("path", ["0" * 63, "0" * 65, "G" * 64, "../" + "0" * 61])
def test_what_is_no_hash_has_no_address(annotator: Client, path: str) -> None:
    assert annotator.get(f"/catalog/photos/{path}/thumb").status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("catalog:photo", args=[path, "thumb"])


def test_a_size_that_nobody_makes_has_no_address(annotator: Client, photo: Photo) -> None:
    assert annotator.get(f"/catalog/photos/{photo.sha256}/huge").status_code == 404


def test_photos_are_for_people_who_logged_in(client: Client, photo: Photo) -> None:
    response = client.get(address(photo), headers={"if-none-match": f'"{photo.sha256}-original"'})
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


def test_a_photo_is_only_read(annotator: Client, photo: Photo) -> None:
    assert annotator.post(address(photo)).status_code == 405
