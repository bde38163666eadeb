import pytest
from django.test import Client
from django.urls import reverse

from attrx_web.roles import Role
from catalog.models import Image
from tests.factories import ImageFactory, photo_bytes, user_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def image() -> Image:
    return ImageFactory.create()


@pytest.fixture
def annotator(client: Client) -> Client:
    client.force_login(user_with(Role.ANNOTATOR))
    return client


def address(image: Image) -> str:
    return reverse("catalog:image", args=[image.pk])


def test_a_photo_is_served_to_be_cached_for_good(annotator: Client, image: Image) -> None:
    response = annotator.get(address(image))
    assert b"".join(response) == photo_bytes()
    assert response["Content-Type"] == "image/png"
    assert response["ETag"] == f'"{image.sha256}"'
    assert set(response["Cache-Control"].split(", ")) == {"private", "immutable", "max-age=31536000"}


def test_a_browser_that_has_the_photo_gets_no_body(annotator: Client, image: Image) -> None:
    response = annotator.get(address(image), headers={"if-none-match": f'"{image.sha256}"'})
    assert response.status_code == 304
    assert response.content == b""


def test_a_photo_that_is_not_there_is_404(annotator: Client) -> None:
    assert annotator.get("/catalog/images/1/").status_code == 404


def test_photos_are_for_people_who_logged_in(client: Client, image: Image) -> None:
    response = client.get(address(image), headers={"if-none-match": f'"{image.sha256}"'})
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("login"))


def test_a_photo_is_only_read(annotator: Client, image: Image) -> None:
    assert annotator.post(address(image)).status_code == 405
