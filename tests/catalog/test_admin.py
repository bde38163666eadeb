import pytest
from django.test import Client
from django.urls import reverse

from attrx_web.roles import Role
from tests.factories import ImageFactory, ValueFactory, user_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(user_with(Role.ADMIN))
    return client


@pytest.mark.parametrize("model", ["vertical", "attribute", "value", "listing", "image"])
def test_every_model_is_listed_searched_and_shown(admin: Client, model: str) -> None:
    image, value = ImageFactory.create(), ValueFactory.create()
    row = {
        "vertical": value.attribute.vertical,
        "attribute": value.attribute,
        "value": value,
        "listing": image.listing,
        "image": image,
    }[model]
    assert admin.get(reverse(f"admin:catalog_{model}_changelist"), {"q": "a"}).status_code == 200
    assert admin.get(reverse(f"admin:catalog_{model}_change", args=[row.pk])).status_code == 200


def test_a_value_cannot_be_deleted_because_labels_name_it(admin: Client) -> None:
    value = ValueFactory.create()
    assert admin.post(reverse("admin:catalog_value_delete", args=[value.pk])).status_code == 403


def test_photos_come_from_imports_only(admin: Client) -> None:
    assert admin.get(reverse("admin:catalog_image_add")).status_code == 403


def test_the_admin_is_for_admins(client: Client) -> None:
    client.force_login(user_with(Role.REVIEWER))
    assert client.get(reverse("admin:catalog_listing_changelist")).status_code == 302
