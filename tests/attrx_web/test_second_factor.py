"""Authenticator apps, recovery codes, and roles that need a second factor. Passkeys: tests/browser."""

import base64
import hmac
import re
import struct
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from attrx_web.roles import Role
from attrx_web.signin.secrets import MFAAdapter
from tests.api.calling import Api
from tests.factories import PASSWORD, user_with

pytestmark = pytest.mark.django_db


def code_of(secret: str) -> str:
    """What an app shows now for the secret (RFC 6238)."""
    count = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), count, "sha1").digest()
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


def log_in(client: Client, name: str = "annotator") -> str:
    said = {"login": name, "password": PASSWORD}
    return client.post(reverse("account_login"), said)["Location"]


def with_app(role: Role = Role.ANNOTATOR) -> tuple[Client, str]:
    """Somebody who has set up an app, and its secret."""
    user_with(role)
    client = Client()
    log_in(client, role.value)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    [secret] = re.findall(r'id="totp-secret"[^>]*value="([A-Z2-7]+)"', page)
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    return client, secret


def is_in(client: Client) -> bool:
    return client.get(reverse("accounts:account")).status_code == 200


def test_an_app_is_asked_for_after_the_password() -> None:
    _, secret = with_app()
    client = Client()
    assert log_in(client) == reverse("mfa_authenticate")
    assert not is_in(client)
    assert b"Incorrect code" in client.post(reverse("mfa_authenticate"), {"code": "000000"}).content
    assert not is_in(client)
    forget_used_codes()
    assert client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})["Location"] == "/"
    assert is_in(client)


def forget_used_codes() -> None:
    """A code holds once; within the half minute of a test there is no other one."""
    cache.clear()


def test_a_code_holds_once() -> None:
    _, secret = with_app()
    forget_used_codes()
    code = code_of(secret)
    for expected in (302, 200):
        client = Client()
        log_in(client)
        assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == expected
        assert is_in(client) == (expected == 302)


def test_a_recovery_code_lets_in_once() -> None:
    owner, _ = with_app()
    page = owner.get(reverse("mfa_view_recovery_codes")).content.decode()
    [shown] = re.findall(r"<textarea[^>]*>([^<]+)</textarea>", page)
    codes = shown.split()
    assert len(codes) == 10
    for expected in (302, 200):
        client = Client()
        log_in(client)
        answer = client.post(reverse("mfa_authenticate"), {"code": codes[0]})
        assert answer.status_code == expected
        assert is_in(client) == (expected == 302)
    file = owner.get(reverse("mfa_download_recovery_codes")).content.decode()
    assert codes[1] in file and codes[0] not in file


def test_wrong_codes_are_counted() -> None:
    with_app()
    client = Client()
    log_in(client)
    said = [client.post(reverse("mfa_authenticate"), {"code": "000000"}).content for _ in range(6)]
    assert b"Incorrect code" in said[0]
    assert b"try again in five minutes" in said[-1]


def test_secrets_are_unreadable_in_the_database(settings: Settings) -> None:
    _, secret = with_app()
    app = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    codes = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
    assert secret not in str(app.data)
    kept = MFAAdapter().decrypt(codes.data["seed"])
    assert kept not in str(codes.data)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key"
    assert MFAAdapter().decrypt(app.data["secret"]) == secret


def test_to_change_how_one_logs_in_one_shows_who_one_is_once_more() -> None:
    client, _ = with_app()
    session = client.session
    methods = session["account_authentication_methods"]
    session["account_authentication_methods"] = [one | {"at": time.time() - 600} for one in methods]
    session.save()
    answer = client.get(reverse("mfa_deactivate_totp"))
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    wrong = client.post(reverse("account_reauthenticate"), {"password": "wrong"})
    assert wrong.status_code == 200
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(type=Authenticator.Type.TOTP).exists()


def test_somebody_with_an_address_shows_who_they_are_by_password_as_well() -> None:
    person = user_with(Role.ANNOTATOR)
    EmailAddress.objects.create(user=person, email="ana@example.org", verified=True, primary=True)
    client = Client()
    log_in(client)
    answer = client.get(reverse("mfa_add_webauthn"))
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert client.get(answer["Location"]).status_code == 200


def test_who_has_no_password_sets_one_up_without_being_asked_for_it() -> None:
    person = user_with(Role.VIEWER)
    person.set_unusable_password()
    person.save()
    client = Client()
    client.force_login(person)
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


def test_a_role_that_needs_a_second_factor_sees_nothing_without_one(settings: Settings) -> None:
    settings.ATTRX_SECOND_FACTOR = frozenset({"admin"})
    user_with(Role.ADMIN)
    client = Client()
    log_in(client, "admin")
    answer = client.get(reverse("accounts:people"))
    assert answer["Location"] == reverse("mfa_index")
    assert b"Your role needs a second factor" in client.get(reverse("mfa_index")).content
    refused = client.get("/api/v1/imports")
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
    assert client.get("/admin/").status_code == 302
    assert client.get(reverse("account_change_password")).status_code == 200


def test_with_one_they_see_everything_and_others_need_none(settings: Settings) -> None:
    settings.ATTRX_SECOND_FACTOR = frozenset({"admin"})
    client, _ = with_app(Role.ADMIN)
    assert client.get(reverse("accounts:people")).status_code == 200
    user_with(Role.REVIEWER)
    reviewer = Client()
    log_in(reviewer, "reviewer")
    assert reviewer.get(reverse("training:rounds")).status_code == 200


def test_tokens_go_on_without_one(settings: Settings) -> None:
    settings.ATTRX_SECOND_FACTOR = frozenset({"admin"})
    assert Api(user_with(Role.ADMIN)).get("imports").status_code == 200
