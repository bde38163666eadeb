"""Invitations: from the page of people to the first session."""

import re
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from attrx_web.roles import Role
from catalog.errors import CatalogError
from catalog.models import Invitation
from catalog.services.invitations import InvitationGone, invitation_accept, invitation_make
from tests.factories import user_with

pytestmark = pytest.mark.django_db
WORDS = "three fine words"


def admin_client() -> Client:
    client = Client()
    client.force_login(user_with(Role.ADMIN))
    return client


def link_in(content: bytes) -> str:
    [link] = re.findall(r'value="http://testserver(/accounts/invitation/[^"]+)"', content.decode())
    return str(link)


def accept(client: Client, link: str, name: str = "ana") -> int:
    said = {"username": name, "password1": WORDS, "password2": WORDS}
    return client.post(link, said).status_code


def test_an_invited_person_comes_in_with_the_role_that_was_chosen() -> None:
    page = admin_client().post(reverse("accounts:invite"), {"roles": ["viewer", "annotator"], "days": "7"})
    link, client = link_in(page.content), Client()
    assert b"As <b>annotator</b>: labels." in client.get(link).content
    assert accept(client, link) == 302
    person = User.objects.get(username="ana")
    assert set(person.groups.values_list("name", flat=True)) == {"viewer", "annotator"}
    assert not person.is_staff and person.check_password(WORDS)
    assert client.get(reverse("accounts:account")).status_code == 200
    assert Invitation.objects.get().accepted_by == person


def test_a_link_holds_once() -> None:
    page = admin_client().post(reverse("accounts:invite"), {"roles": ["viewer"], "days": "7"})
    link = link_in(page.content)
    assert accept(Client(), link) == 302
    assert accept(Client(), link, "ben") == 404
    assert Client().get(link).status_code == 404
    assert not User.objects.filter(username="ben").exists()


def test_of_a_link_only_a_digest_is_kept() -> None:
    _, secret = invitation_make(by=user_with(Role.ADMIN), roles=[Role.VIEWER], days=1)
    kept = Invitation.objects.values().get()
    assert len(secret) == 43
    assert not [name for name, value in kept.items() if secret in str(value)]


@pytest.mark.parametrize("change", [{"revoked": timezone.now()}, {"expires": timezone.now()}])
def test_a_link_that_was_revoked_or_ran_out_lets_nobody_in(change: dict[str, object]) -> None:
    _, secret = invitation_make(by=user_with(Role.ADMIN), roles=[Role.VIEWER], days=1)
    Invitation.objects.update(**change)
    with pytest.raises(InvitationGone):
        invitation_accept(secret=secret, username="ana", password=WORDS)
    assert Client().get(reverse("accounts:accept", args=[secret])).status_code == 404


def test_an_admin_revokes_an_invitation_on_the_page() -> None:
    client = admin_client()
    made, _ = invitation_make(by=User.objects.get(), roles=[Role.VIEWER], days=1)
    page = client.get(reverse("accounts:people"))
    assert reverse("accounts:invitation_revoke", args=[made.number]).encode() in page.content
    for said in (b"lets nobody in", b"already"):
        page = client.post(reverse("accounts:invitation_revoke", args=[made.number]), follow=True)
        assert said in page.content
    assert not Invitation.objects.get().is_open


def test_where_mail_is_configured_the_link_is_sent(settings: Settings) -> None:
    settings.ATTRX_MAIL_FROM = "attrx@example.org"
    said = {"roles": ["reviewer"], "days": "7", "email": "ana@example.org"}
    page = admin_client().post(reverse("accounts:invite"), said)
    [message] = mail.outbox
    link = link_in(page.content)
    assert message.to == ["ana@example.org"] and f"http://testserver{link}" in message.body
    assert Invitation.objects.get().mailed is not None
    assert accept(Client(), link) == 302
    address = EmailAddress.objects.get(user__username="ana")
    assert (address.email, address.verified, address.primary) == ("ana@example.org", True, True)


def test_a_mail_server_that_fails_is_told_and_the_link_still_shown(settings: Settings) -> None:
    settings.ATTRX_MAIL_FROM = "attrx@example.org"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    said = {"roles": ["viewer"], "days": "7", "email": "ana@example.org"}
    page = admin_client().post(reverse("accounts:invite"), said)
    assert b"The link could not be mailed" in page.content
    assert link_in(page.content)
    assert Invitation.objects.get().mailed is None


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"days": "7"}, "Choose at least one role."),
        ({"roles": ["viewer"], "days": "7", "email": "nobody"}, "This is no address"),
        ({"roles": ["viewer"], "days": "7", "email": "HERE@example.org"}, "somebody here has the address"),
        ({"roles": ["boss"], "days": "7"}, "boss"),
    ],
)
def test_what_is_wrong_with_an_invitation_is_told(said: dict[str, object], problem: str) -> None:
    User.objects.create_user("here", "here@example.org")
    page = admin_client().post(reverse("accounts:invite"), said)
    assert page.status_code == 422 and problem in page.content.decode()
    assert not Invitation.objects.exists()


def test_a_second_invitation_of_an_address_revokes_the_first() -> None:
    admin = user_with(Role.ADMIN)
    first, _ = invitation_make(by=admin, roles=[Role.VIEWER], days=1, email="ana@example.org")
    invitation_make(by=admin, roles=[Role.VIEWER], days=1, email="Ana@example.org")
    first.refresh_from_db()
    assert first.revoked is not None


@pytest.mark.parametrize("days", [0, 31])
def test_a_link_holds_for_a_month_at_most(days: int) -> None:
    with pytest.raises(CatalogError, match="from 1 to 30 days"):
        invitation_make(by=user_with(Role.ADMIN), roles=[Role.VIEWER], days=days)


@pytest.mark.parametrize(
    ("name", "first", "second", "problem"),
    [
        ("annotator", WORDS, WORDS, "already exists"),
        ("ANNOTATOR", WORDS, WORDS, "already exists"),
        ("a b", WORDS, WORDS, "Enter a valid username"),
        ("ana", WORDS, "others", "This differs"),
        ("ana", "12345678", "12345678", "too common"),
        ("", WORDS, WORDS, "required"),
    ],
)
def test_a_bad_name_or_password_is_told_and_the_link_still_holds(
    name: str, first: str, second: str, problem: str
) -> None:
    user_with(Role.ANNOTATOR)
    _, secret = invitation_make(by=user_with(Role.ADMIN), roles=[Role.VIEWER], days=1)
    link = reverse("accounts:accept", args=[secret])
    page = Client().post(link, {"username": name, "password1": first, "password2": second})
    assert page.status_code == 422 and problem in page.content.decode()
    assert accept(Client(), link) == 302


def test_whoever_guesses_links_is_slowed_down(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"invitation": "2/m/ip"}
    link = reverse("accounts:accept", args=["guessed"])
    assert [accept(Client(), link) for _ in range(3)] == [404, 404, 429]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_a_link_at_once_one_comes_in() -> None:
    _, secret = invitation_make(by=user_with(Role.ADMIN), roles=[Role.VIEWER], days=1)
    start, outcomes = Barrier(2), list[str]()

    def use(name: str) -> None:
        start.wait()
        try:
            outcomes.append(invitation_accept(secret=secret, username=name, password=WORDS).username)
        except InvitationGone:
            outcomes.append("")
        finally:
            connection.close()

    threads = [Thread(target=use, args=[name]) for name in ("ana", "ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(bool, outcomes)) == [False, True]
    assert User.objects.filter(username__in=["ana", "ben"]).count() == 1


def test_whether_an_invitation_is_open_ends_with_its_time() -> None:
    made, _ = invitation_make(by=user_with(Role.ADMIN), roles=[Role.VIEWER], days=1)
    assert made.is_open
    made.expires = timezone.now() - timedelta(seconds=1)
    assert not made.is_open
