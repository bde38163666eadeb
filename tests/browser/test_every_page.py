"""Every page in a browser: it fits, axe-core finds nothing, and the console is silent.

A page that is new fails `test_every_address_is_visited_or_left_out` until it is listed in showroom/visits.py.
"""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from celery import current_app
from django.test import Client
from django.urls import Resolver404, resolve, reverse
from playwright.sync_api import ConsoleMessage, Page
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from attrx_web.env import Teacher
from attrx_web.roles import Role
from tests.addresses import addresses
from tests.browser.conftest import session_begin
from tests.browser.looking import CROSSED, LOOKS, look_once, overflow, violations
from tests.browser.showroom.visits import NOT_OPENED, VISITS, Visit
from tests.browser.showroom.world import World, world_make
from tests.factories import user_with
from tests.labeling.teacher.endpoint import serving
from tests.queues import BROKER
from tests.training.rounds import model_folder

pytestmark = pytest.mark.django_db(transaction=True)
EXAMPLES = {
    "IntConverter": "1",
    "StringConverter": "x",
    "ExternalIdConverter": "x",
    "SlugConverter": "x",
    "UUIDConverter": str(UUID(int=1)),
}
"""What stands for a part of an address."""
BY_EXPRESSION = {
    "catalog:photo": {"sha256": "0" * 64, "size": "thumb"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "x"},
}
"""Of addresses that are regular expressions."""
LINK = re.compile(r'<a [^>]*href="(/[^"?#]*)')
FEW = 3
"""Pages of a kind that are opened to follow their links."""
LEADS = {Role.VIEWER: 20, Role.ANNOTATOR: 5}
"""Kinds of page that a role finds its way to at least."""


@pytest.fixture
def world(settings: Settings, tmp_path: Path, redis: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(current_app.conf, "broker_write_url", BROKER)
    settings.ATTRX_BASE_MODEL = str(model_folder(tmp_path / "base"))
    (tmp_path / "imports").mkdir()
    with serving() as endpoint:
        price = (Decimal("2.50"), Decimal(10), "USD")
        settings.ATTRX_TEACHER = Teacher(endpoint.url, "large-vl-72b-instruct", "sk-0123456789", price)
        yield world_make(folder=tmp_path / "imports", redis=redis, endpoint=endpoint)


def test_every_page_fits_and_is_accessible(page: Page, live_server: LiveServer, world: World) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if _is_bad(message) else None)
    problems = []
    for visit in VISITS:
        page.context.clear_cookies()
        if visit.role is not None:
            session_begin(page, live_server.url, user_with(visit.role))
        said.clear()
        problems += [f"{visit.picture}: {one}" for one in _looked_at(page, visit, world)]
        problems += [f"{visit.picture}: the console says {text}" for text in said]
    assert not problems, "\n".join(problems)


def _looked_at(page: Page, visit: Visit, world: World) -> Iterator[str]:
    answer = page.goto(visit.address(world))
    if answer is None or answer.status != 200:
        yield f"{visit.address(world)} answers {answer.status if answer else 'nothing'}"
        return
    for look in LOOKS:
        look_once(page, look, visit.picture)
        yield from (f"at {look}: {one}" for one in overflow(page))
        if look in CROSSED:
            yield from (f"at {look}: {one}" for one in violations(page))


def _is_bad(message: ConsoleMessage) -> bool:
    return message.type in ("error", "warning")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANNOTATOR])
def test_no_link_leads_to_a_closed_door(world: World, role: Role) -> None:
    client = Client()
    client.force_login(user_with(role))
    waiting, visited, seen, closed = ["/"], set[str](), Counter[str](), []
    while waiting:
        address = waiting.pop()
        name = _name(address)
        if not name or address in visited or seen[name] >= FEW:
            continue
        visited.add(address)
        seen[name] += 1
        answer = client.get(address)
        closed += [address] if answer.status_code == 403 else []
        if answer.status_code == 302:
            waiting.append(answer["Location"].partition("?")[0])
        elif answer["Content-Type"].startswith("text/html"):
            waiting += LINK.findall(answer.content.decode())
    assert not closed
    assert len(seen) >= LEADS[role], seen


def _name(path: str) -> str:
    """The name of the address; empty: a file."""
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


def test_every_address_is_visited_or_left_out() -> None:
    known = {visit.name for visit in VISITS} | NOT_OPENED.keys()
    answering = {name for name, path in _pages() if _answers(path)}
    assert answering - known == set(), "list them in VISITS, or say in NOT_OPENED why nobody opens them"
    assert known - answering == set(), "there are no such pages"


def _answers(path: str) -> bool:
    """Whether it answers GET, be it with the page for signing in: others take only POST."""
    return Client().get(path).status_code != 405


def _pages() -> Iterator[tuple[str, str]]:
    """(name, an address by that name) of every view but those of Django's admin and those for programs.

    tests/browser/test_api.py looks at the API's page.
    """
    for name, parts in addresses(without=("admin", "api")):
        examples = BY_EXPRESSION.get(name) or {key: EXAMPLES[kind] for key, kind in parts.items()}
        yield name, reverse(name, kwargs=examples)
