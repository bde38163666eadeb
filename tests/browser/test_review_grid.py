"""The grid of reviews in a browser: by keyboard, by mouse, and as a plain form."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from attrx_web.roles import Role
from catalog.models import Attribute, Listing
from labeling.models import Annotation, Purpose, Task, Turn
from tests.browser.conftest import SignIn, requests_end
from tests.browser.labelling import kurta, open_tasks, press, rule, shows, ten_questions
from tests.browser.looking import look_at
from tests.labeling.reviews import voted

pytestmark = pytest.mark.django_db(transaction=True)

TILES = 12


def red(number: int = TILES) -> list[Listing]:
    """So many reviews on which the model says red."""
    rule(Purpose.REVIEW, suggestions=True)
    listings = open_tasks(number, kurta(ten_questions()[0]), purpose=Purpose.REVIEW, photos=1)
    Task.objects.update(asks=["colour"])
    for listing in listings:
        voted(listing, "colour", {"red": 0.875, "blue": 0.125})
    return listings


def address() -> str:
    return (
        f"/label/grid/?{urlencode({'attribute': Attribute.objects.get(code='colour').pk, 'answer': 'red'})}"
    )


def confirmed() -> set[str]:
    return set(Annotation.objects.values_list("listing__external_id", flat=True))


def test_the_wrong_ones_are_unticked_and_the_rest_confirmed(page: Page, sign_in: SignIn) -> None:
    listings = red()
    sign_in(page, Role.REVIEWER)
    page.goto("/label/grid/")
    look_at(page, "grid-choice")
    page.get_by_role("table").get_by_role("link", name="red").click()
    expect(page.get_by_role("heading", name="Colour: red")).to_be_visible()
    boxes = page.get_by_role("checkbox")
    expect(boxes).to_have_count(TILES)
    expect(boxes.first).to_be_focused()
    press(page, "ArrowRight", "ArrowRight", " ", "ArrowLeft", "ArrowLeft", "ArrowLeft")
    expect(boxes.nth(0)).to_be_focused()
    expect(boxes.nth(2)).not_to_be_checked()
    page.get_by_text(listings[5].title).click()
    expect(page.get_by_role("button", name=re.compile(r"Confirm as red\s*\(10\)"))).to_be_visible()
    look_at(page, "grid")
    boxes.nth(0).focus()
    press(page, "Enter")
    expect(page.get_by_text("10 confirmed as red, 2 left for the review screen.")).to_be_visible()
    expect(page.get_by_text("Nothing is left to confirm as red.")).to_be_visible()
    left = {listings[2].external_id, listings[5].external_id}
    assert confirmed() == {listing.external_id for listing in listings} - left
    assert (
        set(Turn.objects.filter(finished=None).values_list("task__listing__external_id", flat=True)) == left
    )
    page.goto("/label/work/?purpose=review")
    shows(page, listings[2])


def test_arrows_move_through_rows(page: Page, sign_in: SignIn) -> None:
    red()
    sign_in(page, Role.REVIEWER)
    page.goto(address())
    boxes = page.get_by_role("checkbox")
    tops = boxes.evaluate_all("all => all.map((box) => box.closest('li').offsetTop)")
    row = tops.count(tops[0])
    assert 1 < row < TILES
    press(page, "ArrowDown")
    expect(boxes.nth(row)).to_be_focused()
    press(page, "ArrowUp")
    expect(boxes.first).to_be_focused()
    page.get_by_role("button", name="Untick all").click()
    expect(page.get_by_role("button", name=re.compile(r"Confirm as red\s*\(0\)"))).to_be_visible()
    page.get_by_role("button", name="Tick all").click()
    expect(page.get_by_role("button", name=re.compile(rf"Confirm as red\s*\({TILES}\)"))).to_be_visible()


def test_leaving_the_grid_gives_its_listings_back(page: Page, sign_in: SignIn) -> None:
    red()
    sign_in(page, Role.REVIEWER)
    page.goto(address())
    expect(page.get_by_role("checkbox")).to_have_count(TILES)
    page.reload()
    expect(page.get_by_role("checkbox")).to_have_count(TILES)
    assert Turn.objects.filter(token__isnull=False).count() == TILES
    page.goto("/label/")
    requests_end()
    assert not Turn.objects.filter(token__isnull=False).exists()


def test_without_scripts_the_grid_is_a_form(
    browser: Browser, live_server: LiveServer, sign_in: SignIn
) -> None:
    listings = red(3)
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, Role.REVIEWER)
    page.goto(address())
    page.get_by_role("checkbox").first.uncheck()
    page.get_by_role("button", name="Confirm as red").click()
    expect(page.get_by_text("2 confirmed as red, 1 left for the review screen.")).to_be_visible()
    assert confirmed() == {listing.external_id for listing in listings[1:]}
    context.close()
