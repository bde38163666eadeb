"""The page on which admins look after people, and one's own account."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertNumQueries

from attrx_web.roles import Role
from catalog.models import ApiToken
from catalog.selectors.scopes import scopes_of
from catalog.tasks import sessions_sweep
from tests.api.calling import Api, token_of
from tests.factories import PASSWORD, VerticalFactory, user_with

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(user_with(Role.ADMIN))
    return client


def logged_in(person: User) -> Client:
    client = Client(headers={"User-Agent": FIREFOX})
    said = {"login": person.get_username(), "password": PASSWORD}
    assert client.post(reverse("account_login"), said).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("accounts:account")).status_code == 200


def test_people_are_listed_with_role_and_second_factor(admin: Client) -> None:
    person = user_with(Role.REVIEWER)
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})
    user_with(Role.VIEWER)
    text = re.sub(r"<[^>]+>|\s+", " ", admin.get(reverse("accounts:people")).content.decode())
    text = re.sub(r" +", " ", text)
    assert "reviewer reviewer On never 0" in text
    assert "viewer viewer Off never 0" in text


def test_a_page_of_people_takes_the_same_queries_however_many_there_are(admin: Client) -> None:
    for number in range(30):
        user_with(Role.VIEWER, f"viewer-{number}")
    admin.get(reverse("accounts:people"))
    with assertNumQueries(8):
        admin.get(reverse("accounts:people"))


def test_somebody_is_found_by_name_or_address(admin: Client) -> None:
    User.objects.create_user("ana", "ana@example.org")
    for search in ("ANA", "example.org"):
        assertContains(admin.get(reverse("accounts:people"), {"search": search}), ">ana<")
    assertContains(admin.get(reverse("accounts:people"), {"search": "nobody"}), "Nobody is called like that")


def test_a_person_is_limited_to_verticals_and_an_admin_is_not(admin: Client) -> None:
    for position, code in enumerate(("lamp", "watch"), 1):
        VerticalFactory.create(code=code, position=position)
    person = user_with(Role.ANNOTATOR)
    page = reverse("accounts:person", args=[person.pk])
    said = {"roles": ["annotator"], "email": "", "verticals": ["watch"]}
    assertContains(admin.post(page, said, follow=True), 'value="watch" checked')
    assert [one.code for one in scopes_of([person])[person.pk]] == ["watch"]
    refused = admin.post(page, said | {"roles": ["admin"]})
    assertContains(refused, "is an admin, who sees every vertical", status_code=422)
    assert not User.objects.get(pk=person.pk).is_superuser
    admin.post(page, said | {"verticals": []})
    assert not scopes_of([person])


def test_roles_and_address_are_changed_and_the_admin_vouches_for_the_address(admin: Client) -> None:
    person = user_with(Role.ANNOTATOR)
    page = reverse("accounts:person", args=[person.pk])
    said = {"roles": ["viewer", "reviewer"], "email": "ana@example.org"}
    assertContains(admin.post(page, said, follow=True), "annotator is changed")
    person.refresh_from_db()
    assert set(person.groups.values_list("name", flat=True)) == {"viewer", "reviewer"}
    assert person.email == "ana@example.org"
    assert EmailAddress.objects.get(user=person).verified
    admin.post(page, {"roles": ["admin"], "email": ""})
    person.refresh_from_db()
    assert person.is_superuser and not person.email
    assert not EmailAddress.objects.filter(user=person).exists()
    admin.post(page, {"roles": ["viewer"], "email": ""})
    person.refresh_from_db()
    assert not person.is_superuser


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"email": ""}, "Choose at least one role."),
        ({"roles": ["viewer"], "email": "nobody"}, "This is no address"),
        ({"roles": ["viewer"], "email": "here@example.org"}, "somebody here has the address"),
    ],
)
def test_what_is_wrong_with_a_change_is_told(admin: Client, said: dict[str, object], problem: str) -> None:
    User.objects.create_user("here", "here@example.org")
    person = user_with(Role.ANNOTATOR)
    page = admin.post(reverse("accounts:person", args=[person.pk]), said)
    assert page.status_code == 422 and problem in page.content.decode()
    assert [group.name for group in person.groups.all()] == ["annotator"]


def test_the_last_admin_stays_one(admin: Client) -> None:
    own = User.objects.get(username="admin")
    page = reverse("accounts:person", args=[own.pk])
    answer = admin.post(page, {"roles": ["viewer"], "email": ""})
    assertContains(answer, "admin is the only admin", status_code=422)
    closed = user_with(Role.ADMIN, "old")
    User.objects.filter(pk=closed.pk).update(is_active=False)
    assert admin.post(page, {"roles": ["viewer"], "email": ""}).status_code == 422
    user_with(Role.ADMIN, "other")
    assert admin.post(page, {"roles": ["viewer"], "email": ""}).status_code == 302


def test_a_closed_account_is_out_at_once_with_its_tokens(admin: Client) -> None:
    person = user_with(Role.ANNOTATOR)
    client, api = logged_in(person), Api(person)
    assert is_in(client) and api.get("verticals").status_code == 200
    answer = admin.post(reverse("accounts:person_close", args=[person.pk]), follow=True)
    assertContains(answer, "annotator is let in no more")
    assert not is_in(client) and api.get("verticals").status_code == 401
    assert not ApiToken.objects.exists() and not UserSession.objects.filter(user=person).exists()
    admin.post(reverse("accounts:person_open", args=[person.pk]))
    assert is_in(logged_in(person)) and not is_in(client)


def test_nobody_closes_their_own_account(admin: Client) -> None:
    user_with(Role.ADMIN, "other")
    own = User.objects.get(username="admin")
    answer = admin.post(reverse("accounts:person_close", args=[own.pk]), follow=True)
    assertContains(answer, "this is you")
    assert User.objects.get(username="admin").is_active


def test_an_admin_ends_the_sessions_of_a_person(admin: Client) -> None:
    person = user_with(Role.ANNOTATOR)
    first, second, other = logged_in(person), logged_in(person), logged_in(user_with(Role.REVIEWER))
    answer = admin.post(reverse("accounts:person_sessions_end", args=[person.pk]), follow=True)
    assertContains(answer, "2 sessions of annotator ended")
    assert [is_in(one) for one in (first, second, other)] == [False, False, True]


def test_a_lost_second_factor_is_taken_off(admin: Client) -> None:
    person = user_with(Role.ANNOTATOR)
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})
    admin.post(reverse("accounts:person_factor_remove", args=[person.pk]))
    assert not Authenticator.objects.exists()


def test_a_link_for_a_new_password_is_made_by_an_admin_and_holds_once(admin: Client) -> None:
    person = user_with(Role.ANNOTATOR)
    page = admin.post(reverse("accounts:person_reset_link", args=[person.pk])).content.decode()
    [link] = re.findall(r'value="http://testserver(/accounts/password/reset/key/[^"]+)"', page)
    client = Client()
    form = client.get(link, follow=True).request["PATH_INFO"]
    said = {"password1": "three fine words", "password2": "three fine words"}
    assert client.post(form, said).status_code == 302
    person.refresh_from_db()
    assert person.check_password("three fine words")
    assertContains(Client().get(link), "This link does not hold")


def test_people_who_are_not_there_are_not_found(admin: Client) -> None:
    for name in ("person", "person_close", "person_open", "person_reset_link", "person_sessions_end"):
        assert admin.post(reverse(f"accounts:{name}", args=[987_654])).status_code == 404


def test_ones_own_sessions_are_listed_with_device_and_address() -> None:
    client = logged_in(user_with(Role.ANNOTATOR))
    page = client.get(reverse("accounts:account"))
    assertContains(page, "Firefox on Linux")
    assertContains(page, "127.0.0.1")
    assertContains(page, "this one")


def test_one_session_or_all_others_are_ended() -> None:
    person = user_with(Role.ANNOTATOR)
    here, second, third = (logged_in(person) for _ in range(3))
    key = second.session.session_key
    row = UserSession.objects.get(session_key=key)
    here.post(reverse("accounts:session_end", args=[row.pk]))
    assert [is_in(one) for one in (here, second, third)] == [True, False, True]
    assertContains(here.post(reverse("accounts:sessions_end"), follow=True), "1 other session ended")
    assert [is_in(one) for one in (here, second, third)] == [True, False, False]


def test_nobody_ends_the_session_of_another() -> None:
    other = logged_in(user_with(Role.ANNOTATOR))
    row = UserSession.objects.get()
    client = logged_in(user_with(Role.REVIEWER))
    assertContains(client.post(reverse("accounts:session_end", args=[row.pk]), follow=True), "already")
    assert is_in(other)


def test_sessions_that_have_run_out_are_forgotten() -> None:
    person = user_with(Role.ANNOTATOR)
    here, gone = logged_in(person), logged_in(person)
    key = gone.session.session_key
    Session.objects.filter(session_key=key).update(expire_date=timezone.now())
    assertNotContains(here.post(reverse("accounts:sessions_end"), follow=True), "End all others")
    sessions_sweep()
    assert is_in(here) and not is_in(gone)
    assert not Session.objects.filter(session_key=key).exists()
    assert UserSession.objects.count() == 1


def test_who_has_no_role_has_an_account_page_without_tokens() -> None:
    client = Client()
    client.force_login(User.objects.create_user("nora"))
    page = client.get(reverse("accounts:account"))
    assertContains(page, "You have no role yet")
    assertNotContains(page, "Tokens for programs")


def test_a_token_of_a_viewer_reads_and_writes_nothing() -> None:
    viewer = user_with(Role.VIEWER)
    api = Api(viewer)
    assert token_of(viewer)
    assert api.get("listings").status_code == 200
    assert api.post("rounds", {}).status_code == 403
    assert api.post("work/lease", {}).status_code == 403
