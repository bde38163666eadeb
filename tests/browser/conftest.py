"""Fixtures of journeys in a real browser: headless Chromium against the running site."""

import os
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from pytest_django.live_server_helper import LiveServer

from attrx_web.roles import Role
from tests.factories import user_with
from tests.services import browser_path

# Playwright's loop runs in this thread, which makes Django think that its database calls are asynchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

WIDE: ViewportSize = {"width": 1440, "height": 900}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

SignIn = Callable[[Page, Role], User]


def chromium_path() -> str:
    """Where Chromium is."""
    executable = browser_path()
    assert executable, "no Chromium: install Debian's package chromium-headless-shell, or run make test"
    return executable


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A window of its own on the running site; an error in the page's script or a failed request fails it."""
    context = browser.new_context(base_url=live_server.url, viewport=WIDE)
    context.set_default_timeout(15_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "response",
        lambda answer: errors.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None,
    )
    yield page
    page.goto("about:blank")
    context.close()
    requests_end()
    assert errors == []


def requests_end() -> None:
    """Wait until the site has answered all, or five seconds: what a page sends on being left comes late.

    A connection that the browser keeps has a thread to the end.
    """
    deadline = time.monotonic() + 5
    while threads := [one for one in threading.enumerate() if "process_request_thread" in one.name]:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        for thread in threads:
            if thread.ident is not None:  # It has begun.
                thread.join(timeout=left / len(threads))


@pytest.fixture
def sign_in(live_server: LiveServer) -> SignIn:
    """Give the window a session of a user with this role, without the sign-in page."""

    def give(page: Page, role: Role) -> User:
        user = user_with(role)
        session_begin(page, live_server.url, user)
        return user

    return give


def session_begin(page: Page, url: str, user: User) -> None:
    """Give the window a session of the user at this address."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])
