import pytest
from django.test import Client
from django.urls import reverse

from attrx_web.roles import Role
from tests.factories import PASSWORD, user_with

pytestmark = pytest.mark.django_db


def test_a_user_logs_in_and_goes_on_to_where_they_wanted(client: Client) -> None:
    user_with(Role.ANNOTATOR)
    page = client.get(reverse("login"), {"next": "/healthz"})
    assert b'name="next" value="/healthz"' in page.content
    response = client.post(
        reverse("login"), {"username": "annotator", "password": PASSWORD, "next": page.context["next"]}
    )
    assert (response.status_code, response["Location"]) == (302, "/healthz")


def test_a_wrong_password_is_told_and_the_user_name_kept(client: Client) -> None:
    user_with(Role.ANNOTATOR)
    page = client.post(reverse("login"), {"username": "annotator", "password": "wrong"})
    assert b"Please enter a correct username and password" in page.content
    assert b'value="annotator"' in page.content


def test_logging_out_needs_a_post_and_leads_to_the_login_page(client: Client) -> None:
    client.force_login(user_with(Role.ANNOTATOR))
    assert client.get(reverse("logout")).status_code == 405
    response = client.post(reverse("logout"))
    assert (response.status_code, response["Location"]) == (302, reverse("login"))
