"""Signing in through an OpenID Connect issuer that runs beside the test."""

from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from attrx_web.accounts import roles_give
from attrx_web.env.accounts import read_accounts
from attrx_web.roles import Role
from attrx_web.signin.options import PROVIDER, providers
from catalog.services.people import person_change, person_close
from tests.attrx_web.issuer import CLIENT_ID, SECRET, Issuer, issuing
from tests.factories import user_with

pytestmark = pytest.mark.django_db
ANA = {"sub": "17", "preferred_username": "ana", "email": "ana@example.org", "email_verified": True}


@pytest.fixture(scope="module")
def running() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


@pytest.fixture
def issuer(running: Issuer, settings: Settings) -> Issuer:
    running.person, running.refused = dict(ANA), []
    configured(settings, running)
    return running


def configured(settings: Settings, issuer: Issuer, **more: str) -> None:
    """As if these variables were set."""
    known = {
        "ATTRX_OIDC_ISSUER": issuer.url,
        "ATTRX_OIDC_CLIENT_ID": CLIENT_ID,
        "ATTRX_OIDC_SECRET": SECRET,
        "ATTRX_OIDC_NAME": "the house",
    }
    accounts = read_accounts({**known, **more}, debug=True)
    settings.ATTRX_SINGLE_SIGN_ON = accounts.single_sign_on
    settings.SOCIALACCOUNT_PROVIDERS = providers(accounts.single_sign_on)


def sign_in(client: Client) -> Any:
    """Go to the issuer, as the browser would, and come back."""
    begun = client.get(reverse("openid_connect_login", args=[PROVIDER]))
    assert begun.status_code == 302, begun.content
    return client.get(back(begun["Location"]))


def back(address: str) -> str:
    parts = urlsplit(address)
    assert parse_qs(parts.query)["code_challenge_method"] == ["S256"]
    connection = HTTPConnection(parts.netloc)
    connection.request("GET", f"{parts.path}?{parts.query}")
    home = urlsplit(connection.getresponse().headers["Location"])
    connection.close()
    return f"{home.path}?{home.query}"


def roles_of(name: str) -> list[str]:
    return sorted(User.objects.get(username=name).groups.values_list("name", flat=True))


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_unknown_people_are_turned_away(issuer: Issuer, client: Client) -> None:
    answer = sign_in(client)
    assert answer.status_code == 403 and b"attrx does not: ask an admin" in answer.content
    assert not is_in(client) and not User.objects.exists()


def test_a_button_leads_to_the_issuer_that_is_set(issuer: Issuer, client: Client, settings: Settings) -> None:
    address = reverse("openid_connect_login", args=[PROVIDER])
    assert address in client.get(reverse("account_login")).content.decode()
    settings.SOCIALACCOUNT_PROVIDERS = providers(None)
    assert address not in client.get(reverse("account_login")).content.decode()
    assert client.get(address).status_code == 404


def test_with_a_default_role_unknown_people_get_it_and_no_password(
    issuer: Issuer, client: Client, settings: Settings
) -> None:
    configured(settings, issuer, ATTRX_OIDC_DEFAULT_ROLE="viewer")
    assert sign_in(client)["Location"] == "/"
    assert is_in(client) and roles_of("ana") == ["viewer"]
    person = User.objects.get()
    assert person.email == "ana@example.org" and not person.has_usable_password()
    assert sign_in(Client())["Location"] == "/"
    assert User.objects.count() == SocialAccount.objects.count() == 1


def test_the_claim_says_the_role_each_time(issuer: Issuer, settings: Settings) -> None:
    configured(
        settings, issuer, ATTRX_OIDC_ROLE_CLAIM="groups", ATTRX_OIDC_ROLES="staff=annotator,heads=admin"
    )
    issuer.person["groups"] = ["everybody", "staff"]
    sign_in(Client())
    assert roles_of("ana") == ["annotator"]
    issuer.person["groups"] = ["staff", "heads"]
    sign_in(Client())
    assert roles_of("ana") == ["admin"] and User.objects.get().is_superuser
    issuer.person["groups"] = "staff"
    sign_in(Client())
    assert roles_of("ana") == ["annotator"] and not User.objects.get().is_superuser


def test_who_has_lost_the_role_at_the_issuer_is_turned_away(
    issuer: Issuer, client: Client, settings: Settings
) -> None:
    configured(settings, issuer, ATTRX_OIDC_ROLE_CLAIM="groups")
    issuer.person["groups"] = ["admin"]
    sign_in(Client())
    issuer.person["groups"] = []
    answer = sign_in(client)
    assert answer.status_code == 403 and b"gives you no role here" in answer.content
    assert not is_in(client) and roles_of("ana") == []


def test_a_known_person_is_found_by_an_address_that_both_sides_vouch_for(
    issuer: Issuer, client: Client
) -> None:
    person = user_with(Role.REVIEWER, "old-name")
    person_change(person_id=person.pk, roles=[Role.REVIEWER], email="Ana@example.org")
    assert sign_in(client)["Location"] == "/"
    assert client.session["_auth_user_id"] == str(person.pk)
    assert roles_of("old-name") == ["reviewer"]


@pytest.mark.parametrize(("theirs", "ours"), [(False, True), (None, True), ("false", True), (True, False)])
def test_an_address_that_one_side_has_not_verified_connects_nothing(
    issuer: Issuer, client: Client, settings: Settings, theirs: object, ours: bool
) -> None:
    configured(settings, issuer, ATTRX_OIDC_DEFAULT_ROLE="viewer")
    issuer.person["email_verified"] = theirs
    admin = user_with(Role.ADMIN)
    User.objects.filter(pk=admin.pk).update(email="ana@example.org")
    EmailAddress.objects.create(user=admin, email="ana@example.org", verified=ours, primary=True)
    answer = sign_in(client)
    assert answer.status_code == 403 and b"somebody here has that address" in answer.content
    assert not is_in(client) and not SocialAccount.objects.exists()


def test_an_admin_of_ours_whom_the_claim_gives_nothing_stays_one(
    issuer: Issuer, client: Client, settings: Settings
) -> None:
    configured(settings, issuer, ATTRX_OIDC_ROLE_CLAIM="groups")
    person_change(person_id=user_with(Role.ADMIN).pk, roles=[Role.ADMIN], email="ana@example.org")
    assert sign_in(client)["Location"] == "/"
    assert roles_of("admin") == ["admin"]


def test_a_closed_account_stays_closed(issuer: Issuer, client: Client, settings: Settings) -> None:
    configured(settings, issuer, ATTRX_OIDC_DEFAULT_ROLE="viewer")
    sign_in(Client())
    person_close(person_id=User.objects.get().pk, by=user_with(Role.ADMIN))
    answer = sign_in(client)
    assert answer.status_code == 403 and b"not active any more" in answer.content
    assert not is_in(client)


def test_an_answer_that_nobody_asked_for_lets_nobody_in(issuer: Issuer, client: Client) -> None:
    begun = Client().get(reverse("openid_connect_login", args=[PROVIDER]))
    answer = client.get(back(begun["Location"]))
    assert b"You are not logged in" in answer.content
    assert not is_in(client)


def test_a_code_that_was_changed_lets_nobody_in(issuer: Issuer, client: Client) -> None:
    begun = client.get(reverse("openid_connect_login", args=[PROVIDER]))
    home = back(begun["Location"])
    answer = client.get(home.replace("code=", "code=x"))
    assert b"You are not logged in" in answer.content
    assert issuer.refused == ["known True, begun False"]


def test_nobody_is_connected_to_another_account_by_a_link(issuer: Issuer, client: Client) -> None:
    client.force_login(user_with(Role.ADMIN))
    address = reverse("openid_connect_login", args=[PROVIDER])
    assert client.get(address, {"process": "connect"}).status_code == 404


def test_a_second_role_of_an_admin_is_kept_where_the_issuer_says_none(issuer: Issuer) -> None:
    person = user_with(Role.REVIEWER, "old-name")
    person_change(person_id=person.pk, roles=[Role.REVIEWER], email="ana@example.org")
    roles_give(person, [Role.REVIEWER, Role.ANNOTATOR])
    sign_in(Client())
    assert roles_of("old-name") == ["annotator", "reviewer"]
