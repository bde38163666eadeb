"""From where something is done is found out; secrets are not kept."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django.fixtures import Settings

from attrx_web.auditlog.actions import Action, Kind
from attrx_web.auditlog.models import Event
from attrx_web.auditlog.origin import kept
from attrx_web.auditlog.services import MASK, event_record
from attrx_web.auditlog.signing_in import UNKNOWN
from attrx_web.roles import Role
from attrx_web.visitor import client_address
from catalog.rest.scopes import Scope
from catalog.services.tokens import token_make, token_revoke
from tests.factories import PASSWORD, user_with

pytestmark = pytest.mark.django_db


def newest(action: Action) -> Event:
    """The newest entry of this act."""
    found = Event.objects.filter(action=action).first()
    assert found is not None
    return found


def test_signing_in_and_out_is_recorded_with_address_browser_and_request(client: Client) -> None:
    user = user_with(Role.ANNOTATOR)
    answer = client.post(
        reverse("account_login"),
        {"login": "annotator", "password": PASSWORD},
        headers={"user-agent": "Firefox\t128"},
    )
    event = newest(Action.SIGNED_IN)
    assert (event.person_key, event.person, event.via) == (user.pk, "annotator", "browser")
    assert (event.address, event.client, event.request_id) == (
        "127.0.0.1",
        "Firefox 128",
        answer["X-Request-ID"],
    )
    client.post(reverse("account_logout"))
    assert newest(Action.SIGNED_OUT).person == "annotator"


def test_a_failed_sign_in_names_whose_it_was_and_nothing_that_was_typed(client: Client) -> None:
    user_with(Role.ANNOTATOR)
    for name in ("annotator", "correct horse battery"):  # Some type their password there.
        client.post(reverse("account_login"), {"login": name, "password": "hunter2"})
    unknown, known = Event.objects.filter(action=Action.SIGN_IN_FAILED)
    assert (known.object_name, known.person, known.address) == ("annotator", "", "127.0.0.1")
    assert (unknown.object_name, unknown.object_key) == (UNKNOWN, "")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM auditlog_event")
        assert not [row for row in cursor.fetchall() if "hunter2" in str(row) or "battery" in str(row)]


def test_what_a_program_does_names_its_token_and_never_its_text(client: Client) -> None:
    admin = user_with(Role.ADMIN)
    token, text = token_make(person=admin, name="nightly job", scopes=tuple(Scope), days=1)
    client.get("/api/v1/exports", headers={"authorization": f"Bearer {text}"})
    event = newest(Action.EXPORT_DOWNLOADED)
    assert (event.person, event.via, event.client) == ("admin", "token", "nightly job")
    assert event.after == {"what": "labels", "format": "jsonl", "filters": {}}
    token_revoke(person=admin, number=token.number)
    assert newest(Action.TOKEN_REVOKED).object_key == str(token.number)
    assert not [row for row in Event.objects.values_list() if text in str(row) or token.digest in str(row)]


def test_what_somebody_was_refused_is_recorded_by_the_name_of_the_page(client: Client) -> None:
    client.force_login(user_with(Role.ANNOTATOR))
    client.get(reverse("catalog:imports"), {"secret": "hunter2"})
    event = newest(Action.ACCESS_DENIED)
    assert (event.person, event.object_key, event.after) == (
        "annotator",
        "catalog:imports",
        {"method": "GET"},
    )


def test_a_visitor_who_has_not_signed_in_fills_no_log(client: Client) -> None:
    client.get(reverse("catalog:imports"))
    client.get("/api/v1/imports")
    assert not Event.objects.exists()


def test_a_command_says_which_and_who_runs_it() -> None:
    event_record(Action.ROUND_STARTED, kind=Kind.ROUND)
    event = Event.objects.get()
    assert (event.person_key, event.address, event.via) == (None, None, "command")
    assert " by " in event.client


def test_secrets_of_the_environment_are_masked(settings: Settings) -> None:
    [secret, *_] = settings.ENV.operations.secrets
    event_record(
        Action.IMPORT_OPENED,
        kind=Kind.IMPORT,
        name=f"s3://{secret}@bucket",
        after={"place": {"key": secret}},
        reason=f"because of {secret}\0",
    )
    event = Event.objects.get()
    assert event.object_name == f"s3://{MASK}@bucket"
    assert event.after == {"place": {"key": MASK}}
    assert event.reason == f"because of {MASK}"


@pytest.mark.parametrize(
    ("proxied", "headers", "address"),
    [
        (False, {"REMOTE_ADDR": "10.0.0.7", "HTTP_X_FORWARDED_FOR": "1.2.3.4"}, "10.0.0.7"),
        (True, {"REMOTE_ADDR": "10.0.0.7", "HTTP_X_FORWARDED_FOR": "6.6.6.6, 1.2.3.4"}, "1.2.3.4"),
        (True, {"REMOTE_ADDR": "10.0.0.7"}, "10.0.0.7"),
        (False, {"REMOTE_ADDR": "::1"}, "::1"),
        (False, {"REMOTE_ADDR": ""}, None),
    ],
)
def test_a_proxys_word_counts_where_there_is_one(
    settings: Settings, proxied: bool, headers: dict[str, str], address: str | None
) -> None:
    settings.ATTRX_PROXIES = int(proxied)
    request = RequestFactory().get("/")
    request.META |= headers
    assert client_address(request) == address


def test_texts_that_are_too_long_are_cut_and_not_refused() -> None:
    request = RequestFactory().get("/", headers={"user-agent": "x" * 999})
    with kept(request):
        event_record(Action.ROUND_STARTED, kind=Kind.ROUND, key="y" * 999, name="z" * 999)
    event = Event.objects.get()
    assert (len(event.client), len(event.object_key), len(event.object_name)) == (300, 200, 300)


def test_a_role_and_a_password_that_change_are_recorded_without_the_password() -> None:
    user_with(Role.ANNOTATOR, "maria")
    user_with(Role.REVIEWER, "maria")
    user_with(Role.REVIEWER, "maria")  # Nothing changes.
    changed, added = Event.objects.all()
    assert (added.action, added.after) == (Action.USER_ADDED, {"roles": ["annotator"]})
    assert (changed.action, changed.before, changed.after) == (
        Action.ROLE_CHANGED,
        {"roles": ["annotator"]},
        {"roles": ["reviewer"]},
    )
    assert changed.object_key == str(User.objects.get().pk)
