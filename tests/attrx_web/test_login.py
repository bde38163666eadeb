import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from attrx_web.roles import Role
from tests.factories import PASSWORD, user_with

pytestmark = pytest.mark.django_db


def log_in(client: Client, name: str = "annotator", password: str = PASSWORD, **more: str) -> int:
    answer = client.post(reverse("account_login"), {"login": name, "password": password, **more})
    return answer.status_code


def test_a_user_logs_in_and_goes_on_to_where_they_wanted(client: Client) -> None:
    user_with(Role.ANNOTATOR)
    page = client.get(reverse("account_login"), {"next": "/healthz"})
    assert b'name="next" value="/healthz"' in page.content
    said = {"login": "annotator", "password": PASSWORD, "next": "/healthz"}
    response = client.post(reverse("account_login"), said)
    assert (response.status_code, response["Location"]) == (302, "/healthz")
    assert UserSession.objects.get().user == User.objects.get()


def test_nobody_is_led_to_another_site(client: Client) -> None:
    user_with(Role.ANNOTATOR)
    said = {"login": "annotator", "password": PASSWORD, "next": "https://example.org/"}
    assert client.post(reverse("account_login"), said)["Location"] == "/"


def test_an_address_that_is_known_does_for_the_name(client: Client) -> None:
    person = user_with(Role.ANNOTATOR)
    User.objects.filter(pk=person.pk).update(email="ana@example.org")
    assert log_in(client, "ana@example.org") == 302


def test_a_wrong_password_is_told_and_the_user_name_kept(client: Client) -> None:
    user_with(Role.ANNOTATOR)
    page = client.post(reverse("account_login"), {"login": "annotator", "password": "wrong"})
    assert b"The user name or the password is wrong." in page.content
    assert b'value="annotator"' in page.content and b'wrong"' not in page.content


def test_who_is_not_there_is_told_the_same(client: Client) -> None:
    page = client.post(reverse("account_login"), {"login": "nobody", "password": "wrong"})
    assert b"The user name or the password is wrong." in page.content


def test_a_closed_account_is_told_so_after_the_right_password_only(client: Client) -> None:
    person = user_with(Role.ANNOTATOR)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert log_in(client, password="wrong") == 200
    answer = client.post(reverse("account_login"), {"login": "annotator", "password": PASSWORD})
    assert answer["Location"] == reverse("account_inactive")
    assert "_auth_user_id" not in client.session


def test_logging_out_needs_a_post_and_leads_to_the_login_page(client: Client) -> None:
    client.force_login(user_with(Role.ANNOTATOR))
    assert b"Log out?" in client.get(reverse("account_logout")).content
    assert "_auth_user_id" in client.session
    response = client.post(reverse("account_logout"))
    assert (response.status_code, response["Location"]) == (302, reverse("account_login"))
    assert "_auth_user_id" not in client.session


def test_the_admin_site_has_no_door_of_its_own(client: Client) -> None:
    answer = client.get("/admin/login/?next=/admin/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=%2Fadmin%2F")
    client.force_login(user_with(Role.REVIEWER))
    assert client.get("/admin/login/").status_code == 403


def test_five_wrong_passwords_close_an_account_for_a_while_even_to_the_right_one(client: Client) -> None:
    user_with(Role.ANNOTATOR)
    for _ in range(5):
        assert log_in(client, password="wrong") == 200
    page = client.post(reverse("account_login"), {"login": "annotator", "password": PASSWORD})
    assert b"Too many wrong passwords" in page.content
    user_with(Role.REVIEWER)
    assert log_in(client, "reviewer") == 302


def test_an_address_that_tries_too_often_is_told_when_to_come_again(
    client: Client, settings: Settings
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}
    said = [log_in(client, f"somebody-{number}") for number in range(3)]
    assert said == [200, 200, 429]
    answer = client.post(reverse("account_login"), {"login": "annotator", "password": PASSWORD})
    assert answer["Retry-After"] == "60"
    assert b"Wait 60 seconds" in answer.content
    elsewhere = Client(REMOTE_ADDR="10.0.0.7")
    assert log_in(elsewhere, "annotator") == 200


def test_a_forged_address_does_not_go_around_a_limit(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}
    client = Client()
    said = [
        client.post(
            reverse("account_login"),
            {"login": "somebody", "password": "wrong"},
            headers={"X-Forwarded-For": f"10.0.0.{number}"},
        ).status_code
        for number in range(3)
    ]
    assert said[-1] == 429


def test_the_proxy_s_word_is_taken_for_the_address_and_what_came_before_it_is_not(settings: Settings) -> None:
    settings.ATTRX_PROXIES = 1
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    codes = []
    for forged, seen in [("10.9.9.1", "10.0.0.1"), ("10.9.9.2", "10.0.0.1"), ("10.9.9.1", "10.0.0.2")]:
        answer = Client().post(
            reverse("account_login"),
            {"login": "somebody", "password": "wrong"},
            headers={"X-Forwarded-For": f"{forged}, {seen}"},
        )
        codes.append(answer.status_code)
    assert codes == [200, 429, 200]


@pytest.mark.parametrize("said", ["nonsense", "10.0.0.1:443", "<script>", ","])
def test_what_a_proxy_says_that_is_no_address_is_not_kept(settings: Settings, said: str) -> None:
    settings.ATTRX_PROXIES = 1
    user_with(Role.ANNOTATOR)
    form = {"login": "annotator", "password": PASSWORD}
    Client().post(reverse("account_login"), form, headers={"X-Forwarded-For": said})
    assert UserSession.objects.get().ip == "127.0.0.1"


def test_when_and_from_where_a_session_was_last_used_is_noted_now_and_then(client: Client) -> None:
    user_with(Role.ANNOTATOR)
    log_in(client)
    client.get(reverse("accounts:account"))
    first = UserSession.objects.get()
    client.get(reverse("accounts:account"), REMOTE_ADDR="10.0.0.7")
    assert UserSession.objects.get().last_seen_at == first.last_seen_at
    cache.clear()
    client.get(reverse("accounts:account"), REMOTE_ADDR="10.0.0.7")
    then = UserSession.objects.get()
    assert then.last_seen_at > first.last_seen_at and then.ip == "10.0.0.7"


def test_a_link_for_a_new_password_is_mailed_and_holds_once(client: Client, settings: Settings) -> None:
    settings.ATTRX_MAIL_FROM = settings.DEFAULT_FROM_EMAIL = "attrx@example.org"
    person = user_with(Role.ANNOTATOR)
    User.objects.filter(pk=person.pk).update(email="ana@example.org")
    for address in ("ana@example.org", "stranger@example.org"):
        answer = client.post(reverse("account_reset_password"), {"email": address})
        assert answer["Location"] == reverse("account_reset_password_done")
    [message] = mail.outbox
    assert message.to == ["ana@example.org"] and message.subject == "attrx: A new password"
    [link] = [word for word in message.body.split() if "/password/reset/key/" in word]
    assert new_password(client, link, "a fine new sentence") == 302
    assert log_in(Client(), password="a fine new sentence") == 302
    assert b"This link does not hold" in client.get(link).content


def new_password(client: Client, link: str, password: str) -> int:
    page = client.get(link, follow=True)
    said = {"password1": password, "password2": password}
    return client.post(page.request["PATH_INFO"], said).status_code


def test_without_a_mail_server_the_page_says_who_can_help(client: Client) -> None:
    assert b"This site sends no mail" in client.get(reverse("account_reset_password")).content
    client.post(reverse("account_reset_password"), {"email": "ana@example.org"})
    assert not mail.outbox


def test_whoever_signs_in_elsewhere_gets_no_password_here(client: Client, settings: Settings) -> None:
    settings.ATTRX_MAIL_FROM = "attrx@example.org"
    person = user_with(Role.ANNOTATOR)
    person.set_unusable_password()
    person.email = "ana@example.org"
    person.save()
    client.post(reverse("account_reset_password"), {"email": "ana@example.org"})
    assert not mail.outbox


def test_a_new_password_ends_the_other_sessions(client: Client) -> None:
    user_with(Role.ANNOTATOR)
    other = Client()
    log_in(client)
    log_in(other)
    said = {"oldpassword": PASSWORD, "password1": "a fine new sentence", "password2": "a fine new sentence"}
    assert client.post(reverse("account_change_password"), said).status_code == 302
    assert client.get(reverse("accounts:account")).status_code == 200
    assert other.get(reverse("accounts:account")).status_code == 302


def test_a_weak_password_is_refused(client: Client) -> None:
    client.force_login(user_with(Role.ANNOTATOR))
    said = {"oldpassword": PASSWORD, "password1": "12345678", "password2": "12345678"}
    page = client.post(reverse("account_change_password"), said)
    assert b"too common" in page.content
