"""The dashboard of the loop in a browser: pictures, accessibility, and charts drawn from its tables."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from attrx_web.env import Prices
from attrx_web.roles import Role
from tests.browser.conftest import SignIn
from tests.browser.looking import look_at
from tests.factories import VerticalFactory
from tests.training.loops import loop_round, routing, spread

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rounds() -> list[int]:
    """Three rounds, each with a larger pool and more time of people, and a routing of the last."""
    kurta, lamp = (VerticalFactory.create(code=code, label=code.title()) for code in ("kurta", "lamp"))
    made = [
        loop_round(kurta, pool=pool, before=before, after=after, teaching=seconds)
        for pool, before, after, seconds in (
            (1000, 58, 63, 3000),
            (4000, 61, 72, 4100),
            (16000, 62, 79, 7600),
        )
    ]
    for round_ in made:
        spread(round_, 0, lamp, [5, 10, 20, 35, 30])
        spread(round_, 1, None, [0, 5, 5, 20, 70])
    routing(made[-1], kurta)
    return [round_.pk for round_ in made]


def test_the_loop_looks_good_and_its_curves_are_those_of_the_table(
    page: Page, sign_in: SignIn, settings: Settings, rounds: list[int]
) -> None:
    settings.ATTRX_PRICES = Prices(Decimal("2.50"), Decimal(30), "USD")
    sign_in(page, Role.ADMIN)
    page.goto("/loop/")
    by_pool = page.locator("figure", has_text="Accuracy by pool size")
    expect(by_pool.locator("canvas")).to_be_visible()
    expect(by_pool.locator(".chart-reading")).to_have_text(
        f"Round {rounds[2]}: Pool 16,000Best model 79.0 %Before 62.0 %"
    )
    costs = page.locator("figure", has_text="Minutes for a thousand listings")
    expect(costs.locator(".chart-reading")).to_contain_text(f"Round {rounds[2]}")
    look_at(page, "loop")


def test_a_dot_is_read_where_the_pointer_is(page: Page, sign_in: SignIn, rounds: list[int]) -> None:
    sign_in(page, Role.REVIEWER)
    page.goto("/loop/")
    figure = page.locator("figure", has_text="Accuracy by people's time")
    figure.locator(".u-over").hover(position={"x": 5, "y": 60})
    expect(figure.locator(".chart-reading")).to_contain_text(f"Round {rounds[0]}: Teaching 50 min")


def test_a_vertical_and_another_round_are_chosen_and_kept(
    page: Page, sign_in: SignIn, rounds: list[int]
) -> None:
    sign_in(page, Role.REVIEWER)
    page.goto("/loop/")
    page.get_by_role("combobox", name="Vertical").select_option("Kurta")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_label("Round to look into").select_option(str(rounds[0]))
    page.get_by_role("button", name="Look into it").click()
    expect(page.get_by_role("heading", name=f"Inside round {rounds[0]}, Kurta")).to_be_visible()
    page.locator("summary", has_text="Questions by agreement").click()
    page.locator("#agreement").get_by_role("link", name="60.0 %").click()
    expect(page.get_by_role("heading", name="Listings", exact=True)).to_be_visible()


def test_too_few_rounds_for_a_curve_look_good_as_well(page: Page, sign_in: SignIn) -> None:
    loop_round(VerticalFactory.create(code="kurta", label="Kurta"))
    sign_in(page, Role.ADMIN)
    page.goto("/loop/")
    expect(page.get_by_text("The only round like this had 1,000 listings in the pool.")).to_be_visible()
    look_at(page, "loop-first-round")
