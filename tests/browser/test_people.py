"""The pages of people in a browser, and what all dashboards share: definitions, pictures of charts, print."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from attrx_web.roles import Role
from catalog.models import Status
from tests.browser.conftest import SignIn
from tests.browser.looking import look_at
from tests.training.health import filled
from tests.training.peopled import fill
from tests.training.rounds import metric, round_in
from training.models import Method

pytestmark = pytest.mark.django_db(transaction=True)

A4: ViewportSize = {"width": 703, "height": 1017}
"""What is left of a page within the margins of print.css, in CSS pixels."""

CUT = """() => [...document.querySelectorAll(".table-responsive, canvas")]
    .filter((one) => one.checkVisibility())
    .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.offsetLeft + one.offsetWidth > innerWidth)
    .map((one) => one.ariaLabel ?? one.tagName)"""
"""What is wider than the page, or scrolls in its own box."""


@pytest.fixture
def team(page: Page, sign_in: SignIn) -> Page:
    """An admin, signed in to a site where a small team works."""
    fill()
    sign_in(page, Role.ADMIN)
    return page


def test_people_look_good_and_lead_from_one_to_the_other(team: Page) -> None:
    team.goto("/people/")
    expect(team.locator("attrx-chart canvas")).to_be_visible()
    look_at(team, "people")
    team.get_by_role("link", name="All time").click()
    team.get_by_role("link", name="dora", exact=True).click()
    expect(team.get_by_role("heading", name="dora")).to_be_visible()
    expect(team.get_by_role("link", name="All time")).to_have_attribute("aria-current", "true")
    look_at(team, "person")
    with team.expect_download() as download:
        team.get_by_role("link", name="CSV: work by vertical").click()
    assert Path(download.value.path()).read_text("utf-8-sig").startswith("vertical,listings,questions")


def test_a_definition_opens_to_pointer_and_keyboard_and_closes_again(team: Page) -> None:
    team.goto("/people/")
    name = team.get_by_role("button", name="Questions", exact=True)
    told = team.locator(".definition", has_text="Questions that the person answered")
    expect(told).to_be_hidden()
    name.hover()
    expect(told).to_be_visible()
    told.hover()
    expect(told).to_be_visible()
    team.get_by_role("heading", name="People", exact=True).hover()
    expect(told).to_be_hidden()
    team.get_by_role("button", name="Listings", exact=True).focus()
    team.keyboard.press("Tab")
    expect(name).to_be_focused()
    expect(told).to_be_visible()
    team.keyboard.press("Escape")
    expect(told).to_be_hidden()
    expect(name).to_have_accessible_description(re.compile("Questions that the person answered"))


def test_a_definition_fits_a_phone_wherever_its_name_is(team: Page) -> None:
    team.set_viewport_size({"width": 390, "height": 844})
    team.goto("/people/")
    for name in ("Listings", "Verdicts right", "N/A"):
        team.get_by_role("button", name=name, exact=True).focus()
        team.keyboard.press("Enter")
        box = team.locator(".definition:popover-open").bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390
        team.keyboard.press("Escape")


def test_without_a_script_a_definition_opens_when_it_is_pressed(
    team: Page, browser: Browser, live_server: LiveServer
) -> None:
    context = browser.new_context(
        base_url=live_server.url,
        java_script_enabled=False,
        storage_state=team.context.storage_state(),
    )
    plain = context.new_page()
    plain.goto("/people/")
    plain.get_by_role("button", name="Questions", exact=True).press("Enter")
    expect(plain.get_by_text("Questions that the person answered")).to_be_visible()
    context.close()


@pytest.mark.parametrize(("scheme", "paper"), [("light", (255, 255, 255)), ("dark", (38, 38, 38))])
def test_a_chart_is_saved_as_a_picture_as_it_is_shown(
    team: Page, scheme: str, paper: tuple[int, int, int]
) -> None:
    team.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    team.goto("/people/")
    canvas = team.locator("attrx-chart canvas")
    expect(canvas).to_be_visible()
    team.get_by_role("button", name="PNG: Questions a day").focus()
    with team.expect_download() as download:
        team.keyboard.press("Enter")
    assert download.value.suggested_filename == "people-questions-a-day.png"
    picture = Image.open(download.value.path()).convert("RGB")
    width, height = canvas.evaluate("canvas => [canvas.width, canvas.height]")
    assert picture.width > width and picture.height > height + 60
    assert picture.getpixel((2, 2)) == picture.getpixel((picture.width - 3, picture.height - 3)) == paper
    above = picture.crop((0, 0, picture.width, picture.height - height))
    assert len(above.getcolors(1 << 16) or []) > 10, "no title, or no key"


def test_on_paper_nothing_is_cut_and_charts_are_dark_on_white(team: Page) -> None:
    filled.fill("sandal")
    round_ = round_in(Status.DONE)
    for iteration in range(-1, 4):
        for method in Method:
            metric(round_, iteration, correct=60 + iteration, method=method)
    team.emulate_media(color_scheme="dark")
    for address in ("/people/", "/health/", "/health/vertical/sandal/", f"/rounds/{round_.pk}/"):
        team.set_viewport_size({"width": 1440, "height": 900})
        team.goto(address)
        team.evaluate("dispatchEvent(new Event('beforeprint'))")
        team.emulate_media(media="print", color_scheme="dark")
        team.set_viewport_size(A4)
        expect(team.locator("html")).to_have_attribute("data-bs-theme", "light")
        expect(team.get_by_role("navigation").first).to_be_hidden()
        assert team.evaluate(CUT) == []
        # A button would be missing in the head of a table that goes on over the page.
        expect(team.locator(".defined-term").first).to_have_css("display", "contents")
        team.evaluate("dispatchEvent(new Event('afterprint'))")
        expect(team.locator("html")).to_have_attribute("data-bs-theme", "dark")
        team.emulate_media(media="screen", color_scheme="dark")
