"""The pages of health in a browser: pictures, accessibility, and that curves are drawn from the tables."""

import re

import pytest
from playwright.sync_api import Page, expect

from attrx_web.roles import Role
from tests.browser.conftest import SignIn
from tests.browser.looking import look_at
from tests.training.health.filled import fill

pytestmark = pytest.mark.django_db(transaction=True)


def test_health_looks_good_and_leads_to_what_to_do(page: Page, sign_in: SignIn) -> None:
    for code in ("kurta", "sandal", "lamp"):
        fill(code)
    sign_in(page, Role.ADMIN)
    page.goto("/health/")
    look_at(page, "health")
    page.get_by_role("link", name="Kurta", exact=True).click()
    expect(page.get_by_role("heading", name="Kurta")).to_be_visible()
    expect(page.locator("attrx-chart canvas").first).to_be_visible()
    page.locator("summary", has_text="Answers to Color").click()
    look_at(page, "health-vertical")
    page.goto("/health/alerts/")
    look_at(page, "health-alerts")
    page.get_by_role("button", name=re.compile("I deal with it.*Kurta")).click()
    expect(page.get_by_text("admin deals with it")).to_be_visible()
    page.goto("/health/rules/")
    look_at(page, "health-rules")
    page.get_by_label("From (population stability index)").first.fill("0.2")
    page.get_by_role("button", name="Save the rule Value mix").first.click()
    expect(page.get_by_text("The rule holds from the next week on")).to_be_visible()
