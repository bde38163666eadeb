"""The page on which people make, see and revoke their tokens."""

import re

import pytest
from django.test import Client

from attrx_web.roles import Role
from catalog.models import ApiToken
from catalog.rest.scopes import Scope
from catalog.services import tokens
from tests.api.calling import token_of
from tests.factories import user_with

pytestmark = pytest.mark.django_db


def make(client: Client, **form: object) -> tuple[int, str]:
    answer = client.post("/tokens/", {"name": "Nightly", "scopes": ["read"], "days": "30"} | form)
    return answer.status_code, answer.content.decode()


def test_a_new_token_is_shown_once_and_works(client: Client) -> None:
    client.force_login(user_with(Role.ADMIN))
    status, page = make(client)
    found = re.search(r'value="(attrx_[0-9a-f]{64})"', page)
    assert status == 200 and found
    text = found[1]
    assert text not in client.get("/tokens/").content.decode()
    answer = Client().get("/api/v1/imports", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 200


def test_the_page_of_a_new_token_is_kept_by_no_cache(client: Client) -> None:
    client.force_login(user_with(Role.ADMIN))
    assert "no-store" in client.get("/tokens/")["Cache-Control"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": ""}, "Say what the token is for."),
        ({"scopes": []}, "Choose at least one thing that it may do."),
        ({"days": "9999"}, ""),
    ],
)
def test_a_token_needs_a_name_and_a_scope_and_an_end(
    client: Client, form: dict[str, object], said: str
) -> None:
    client.force_login(user_with(Role.ANNOTATOR))
    status, page = make(client, **form)
    assert status == 422 and said in page
    assert not ApiToken.objects.exists()


def test_a_person_has_so_many_tokens_at_most(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_TOKENS", 1)
    client.force_login(user_with(Role.ANNOTATOR))
    make(client)
    status, page = make(client)
    assert status == 422 and "revoke one" in page


def test_a_revoked_token_ends_at_once(client: Client) -> None:
    person = user_with(Role.ADMIN)
    text = token_of(person, [Scope.READ])
    client.force_login(person)
    client.post(f"/tokens/{ApiToken.objects.get().number}/revoke")
    assert Client().get("/api/v1/imports", headers={"Authorization": f"Bearer {text}"}).status_code == 401


def test_nobody_revokes_the_token_of_another(client: Client) -> None:
    token_of(user_with(Role.ANNOTATOR))
    client.force_login(user_with(Role.ADMIN))
    client.post(f"/tokens/{ApiToken.objects.get().number}/revoke")
    assert ApiToken.objects.count() == 1
