"""Who is let in: by a token, by a session, by role and scope."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from attrx_web.roles import Role
from catalog.models import ApiToken
from catalog.rest.scopes import Scope
from tests.api.calling import Api, assert_problem, token_of
from tests.factories import PASSWORD, UserFactory, user_with

pytestmark = pytest.mark.django_db


def test_a_token_is_its_person(client: Client) -> None:
    assert Api(user_with(Role.ADMIN)).get("imports").status_code == 200


def test_only_a_digest_of_a_token_is_kept() -> None:
    text = token_of(user_with(Role.ADMIN))
    kept = ApiToken.objects.values().get()
    assert text.startswith("attrx_") and len(text) == 70
    assert not [name for name, value in kept.items() if isinstance(value, str) and text[15:] in value]


@pytest.mark.parametrize("text", ["nonsense", "attrx_nonsense", "attrx_\xff\xfe", "attrx_" + "0" * 64])
def test_a_text_that_is_no_token_lets_nobody_in(client: Client, text: str) -> None:
    answer = client.get("/api/v1/imports", headers={"Authorization": f"Bearer {text}"})
    assert_problem(answer, 401, "authentication_failed", "page of your tokens")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_whoever_is_not_signed_in_is_told_how(client: Client) -> None:
    answer = client.get("/api/v1/imports")
    assert_problem(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_lets_nobody_in() -> None:
    api = Api(user_with(Role.ADMIN))
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert_problem(api.get("imports"), 401, "authentication_failed", "expired")


def test_a_token_ends_with_its_person() -> None:
    person = user_with(Role.ADMIN)
    api = Api(person)
    person.is_active = False
    person.save()
    assert api.get("imports").status_code == 401


def test_a_token_may_no_more_than_its_scopes() -> None:
    admin = user_with(Role.ADMIN)
    assert_problem(Api(admin, [Scope.LABEL]).get("imports"), 403, "permission_denied", "scope 'read'")
    reads = Api(admin, [Scope.READ])
    assert reads.get("imports").status_code == 200
    assert_problem(reads.post("imports/1/load"), 403, "permission_denied", "scope 'manage'")


def test_a_token_may_no_more_than_its_person() -> None:
    answer = Api(user_with(Role.ANNOTATOR)).get("imports")
    assert_problem(answer, 403, "permission_denied", "This is for: admin")


def test_whoever_has_no_role_may_nothing() -> None:
    assert Api(UserFactory.create()).get("verticals").status_code == 403


def test_a_session_reads_and_writes_only_with_the_csrf_token() -> None:
    person = user_with(Role.ADMIN)
    client = Client(enforce_csrf_checks=True)
    assert client.login(username=person.username, password=PASSWORD)
    assert client.get("/api/v1/imports").status_code == 200
    assert_problem(client.post("/api/v1/imports/1/load"), 403, "permission_denied", "CSRF")


def test_a_view_that_does_not_say_whom_it_is_for_lets_nobody_in() -> None:
    class Forgotten(APIView):
        scope = Scope.READ

    request = APIRequestFactory().get(
        "/", headers={"Authorization": f"Bearer {token_of(user_with(Role.ADMIN))}"}
    )
    assert Forgotten.as_view()(request).status_code == 403
