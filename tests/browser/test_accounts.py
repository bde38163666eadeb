"""A person's way: invited, in, a passkey and an app, out, in again by each, and the other session ended."""

import base64
import hmac
import re
import struct
import time
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from attrx_web.roles import Role
from tests.browser.conftest import WIDE, SignIn
from tests.browser.looking import look_at
from tests.factories import PASSWORD, user_with

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "three fine words"


@pytest.fixture
def other(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """The window of another person."""
    context = browser.new_context(base_url=live_server.url, viewport=WIDE)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def authenticator_put(page: Page) -> None:
    """Have the window's device hold passkeys, as a phone does that knows its person's finger."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    options |= {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def code_of(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238)."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), "sha1").digest()
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


def log_in(page: Page, name: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("User name or e-mail").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")


def log_out(page: Page) -> None:
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_invited_with_a_passkey_and_the_other_session_ended(page: Page, other: Page, sign_in: SignIn) -> None:
    sign_in(other, Role.ADMIN)
    link = invited(other)
    authenticator_put(page)
    page.goto(link)
    page.get_by_label("Your user name").fill("ana")
    page.get_by_label("A password").fill(WORDS)
    page.get_by_label("The password again").fill(WORDS)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="ana", exact=True).click()
    expect(page.get_by_role("heading", name="ana", exact=True)).to_be_visible()
    passkey_added(page)
    log_out(page)
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("link", name="ana", exact=True)).to_be_visible()
    log_in(other_window(other), "ana", WORDS)
    expect(other.get_by_role("heading", name="The second factor")).to_be_visible()
    look_at(other, "mfa-authenticate")
    assert Authenticator.objects.filter(user__username="ana", type="webauthn").exists()


def invited(page: Page) -> str:
    """Invite somebody on the page of people; the link."""
    page.goto("/accounts/people/")
    page.get_by_label("E-mail address, if you have one").fill("ana@example.org")
    page.get_by_role("checkbox", name="Annotator labels").uncheck()
    page.get_by_role("checkbox", name=re.compile("^Viewer")).check()
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_role("heading", name="ana@example.org is invited")).to_be_visible()
    look_at(page, "accounts-invited")
    return page.get_by_role("textbox", name="The link").input_value()


def passkey_added(page: Page) -> None:
    """Add a passkey from the account page, after showing once more who one is."""
    page.get_by_role("link", name="add one").click()
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    look_at(page, "account-reauthenticate")
    page.get_by_label("Your password").fill(WORDS)
    page.keyboard.press("Enter")
    page.get_by_label("What you call it").fill("Phone")
    look_at(page, "mfa-add-passkey")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    look_at(page, "mfa-recovery-codes")
    page.get_by_role("link", name="Done").click()
    page.get_by_role("link", name="Look at them").click()
    expect(page.get_by_role("row", name="Phone")).to_contain_text("alone")
    look_at(page, "mfa-passkeys")


def other_window(page: Page) -> Page:
    """The same window after somebody else has left it."""
    page.context.clear_cookies()
    return page


def test_an_app_is_set_up_and_asked_for_and_another_session_is_ended(page: Page, other: Page) -> None:
    user_with(Role.REVIEWER, "rosa")
    log_in(other, "rosa", PASSWORD)
    expect(other.get_by_role("link", name="rosa", exact=True)).to_be_visible()
    log_in(page, "rosa", PASSWORD)
    expect(page.get_by_role("link", name="rosa", exact=True)).to_be_visible()
    page.goto("/accounts/second-factor/totp/activate/")
    page.get_by_label("Your password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("The code")).to_be_visible()
    look_at(page, "mfa-app")
    secret = page.get_by_label("The secret").input_value()
    page.get_by_label("The code").fill(code_of(secret))
    page.get_by_role("button", name="Use this app").click()
    codes = page.get_by_label("Codes that are left").input_value().split()
    assert len(codes) == 10
    page.goto("/accounts/")
    rows = page.get_by_role("region", name="Sessions").get_by_role("row")
    expect(rows).to_have_count(3)
    look_at(page, "account-two-sessions")
    page.get_by_role("button", name=re.compile("^End the session")).click()
    expect(page.get_by_text("That session has ended.")).to_be_visible()
    other.reload()
    expect(other.get_by_role("heading", name="Log in")).to_be_visible()
    log_in(other, "rosa", PASSWORD)
    other.get_by_label("Code of your app").fill("000000")
    other.keyboard.press("Enter")
    expect(other.get_by_text("Incorrect code")).to_be_visible()
    other.get_by_label("Code of your app").fill(codes[0])
    other.keyboard.press("Enter")
    expect(other.get_by_role("link", name="rosa", exact=True)).to_be_visible()


def test_a_device_without_passkeys_is_told_so(page: Page) -> None:
    authenticator_put(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("No passkey was used")
    assert not User.objects.exists()
