"""Routing a version: the form, a dry run that is watched, what it found, and how it goes once confirmed."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from attrx_web.roles import Role
from tests.browser.conftest import SignIn
from tests.browser.looking import look_at
from tests.queues import Queue, memory_queue
from tests.training.routed import World, answer_audits, dry_run
from training.models import Routing
from training.routing import run
from training.services import releasing, routings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> World:
    return World()


@pytest.fixture(autouse=True)
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    """Where the site sends dry runs."""
    with memory_queue(monkeypatch, "default") as queue:
        yield queue


def count(routing: Routing) -> None:
    """What a worker does."""
    claim = routings.routing_claim(routing_id=routing.pk, worker="process 7 on laptop")
    assert claim is not None
    run.run_routing(claim)


def test_an_admin_counts_looks_and_confirms(page: Page, sign_in: SignIn, world: World) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/review/routing/")
    page.get_by_role("link", name="Route a version").first.click()
    page.get_by_label("Target precision, %").fill("90")
    page.get_by_label("Audited listings, %").fill("25")
    page.get_by_label("Reviews a day").fill("6")
    page.get_by_text("Weights of attributes").click()
    page.get_by_label("Shape").fill("2")
    look_at(page, "routing-new")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    look_at(page, "routing-waiting")

    count(Routing.objects.get())
    expect(page.get_by_text("Nothing happens before you confirm it.")).to_be_visible()
    expect(page.get_by_role("img", name="Share of right answers by calibrated probability")).to_be_visible()
    expect(page.locator("attrx-chart canvas")).to_have_count(2)
    look_at(page, "routing-dry-run")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("counts now. People are asked in a moment.")).to_be_visible()
    expect(page.get_by_role("button", name="Confirm")).to_have_count(0)


def test_everybody_who_reviews_sees_how_it_goes(page: Page, sign_in: SignIn, world: World) -> None:
    routing = dry_run(world)
    user = sign_in(page, Role.REVIEWER)
    routings.routing_confirm(routing_id=routing.pk, by=user)
    releasing.routing_release(routing_id=routing.pk)
    answered = answer_audits(routing, "red")
    page.goto("/review/routing/")
    look_at(page, "routings")
    page.get_by_role("link", name=f"Routing {routing.pk}").click()
    row = page.get_by_role("region", name="Live accuracy").get_by_role("row", name="All verticals")
    expect(row).to_contain_text(f"{answered}")
    expect(page.get_by_role("link", name="Route again")).to_have_count(0)
    look_at(page, "routing-going")
    page.locator("a[href$='?route=accepted']").click()
    expect(page.get_by_text("Routing Accepted")).to_be_visible()
