"""From a figure, or a point of a chart, to the list of its listings, and to what was said about one."""

import re

import pytest
from playwright.sync_api import Page, expect

from attrx_web.roles import Role
from catalog.models import Status
from tests.browser.conftest import SignIn
from tests.browser.looking import look_at
from tests.browser.rounds import chains_of, shard, with_photos
from tests.factories import AttributeFactory, VerticalFactory
from tests.training.golds import gold_answer
from tests.training.rounds import metric, round_in, stage_of, version_of
from training.ml.records import Chain
from training.models import Method, Round

pytestmark = pytest.mark.django_db(transaction=True)
LISTINGS = 6


@pytest.fixture
def round_(transactional_db: None) -> Round:
    """SFT is right about two of six kurtas, the first iteration about four; its chains are there."""
    kurta = VerticalFactory.create(code="kurta", label="Kurta")
    colour = AttributeFactory.create(vertical=kurta, code="colour", label="Colour")
    names = [{"code": "kurta", "attributes": [{"code": "colour", "name": "colour"}]}]
    round_ = round_in(Status.DONE, inputs={"verticals": names, "listings": {"gold": []}})
    stage_of(round_, Status.DONE, "evaluate")
    stage_of(round_, Status.DONE, "evaluate", 1)
    for iteration, right in ((0, 2), (1, 4)):
        version_of(round_, iteration)
        for method in Method:
            for slice_ in ({}, {"vertical": kurta}, {"vertical": kurta, "attribute": colour}):
                metric(round_, iteration, correct=right, questions=LISTINGS, method=method, **slice_)
    for number in range(LISTINGS):
        listing = with_photos(kurta, f"kurta-{number}", number)
        for iteration, right in ((0, 2), (1, 4)):
            said = "maroon" if number < right else "red"
            gold_answer(round_, listing, colour, truth="maroon", greedy=said, iteration=iteration, votes=5)
    drawn: list[Chain] = [
        chain for number in range(LISTINGS) for chain in chains_of(f"kurta-{number}/colour")
    ]
    shard(round_, "1-evaluate", 0, drawn)
    return round_


def test_a_figure_leads_to_its_listings_and_on_to_the_chains(
    page: Page, sign_in: SignIn, round_: Round
) -> None:
    sign_in(page, Role.REVIEWER)
    page.goto(f"/rounds/{round_.pk}/")
    page.get_by_role("region", name="Accuracy per vertical").get_by_role("link", name="66.7 %").first.click()
    expect(page.get_by_text("6 listings, 6 gold answers")).to_be_visible()
    page.get_by_label("On gold", exact=True).select_option("Wrong")
    page.get_by_role("button", name="Apply filters").click()
    expect(page.get_by_text("2 listings, 2 gold answers")).to_be_visible()
    look_at(page, "drilldown-list")
    page.get_by_role("row").nth(1).get_by_role("link").click()
    part = page.get_by_role("region", name="Answers on gold")
    expect(part).to_contain_text(f"Round {round_.pk}, Iteration 1: 0 of 1 greedy answer right")
    part.get_by_role("link", name="Read the chains").click()
    expect(part).to_contain_text("deep wine-red fabric")
    look_at(page, "drilldown-listing")
    part.get_by_label("Model whose answers are shown").select_option(index=1)
    part.get_by_role("button", name="Show").click()
    expect(part).to_contain_text("SFT")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("link", name="Next")).to_have_count(0)
    page.get_by_role("link", name="Listings").last.click()
    expect(page.get_by_text("2 listings, 2 gold answers")).to_be_visible()


def test_points_of_a_chart_are_followed_by_keyboard_and_by_mouse(
    page: Page, sign_in: SignIn, round_: Round
) -> None:
    sign_in(page, Role.REVIEWER)
    page.goto(f"/rounds/{round_.pk}/")
    chart = page.get_by_role("group", name=re.compile("Greedy accuracy with its 95 % interval"))
    chart.focus()
    page.keyboard.press("ArrowLeft")
    expect(chart).to_contain_text("SFT")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"answered={round_.pk}\.0&method=majority"))
    page.go_back()
    area = chart.locator(".u-over")
    box = area.bounding_box()
    assert box is not None
    area.click(position={"x": box["width"] * 0.75, "y": box["height"] / 2})
    expect(page).to_have_url(re.compile(rf"answered={round_.pk}\.1"))
