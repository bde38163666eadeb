"""The listings browser as people use it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from attrx_web.roles import Role
from tests.browser.conftest import SignIn
from tests.browser.looking import look_at
from tests.training.browsing import small_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(db: None) -> None:
    small_shop()


def test_an_admin_looks_around(page: Page, sign_in: SignIn, screenshots: Path, shop: None) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/listings/")
    expect(page.get_by_role("heading", name="Listings")).to_be_visible()
    look_at(page, screenshots, "listings")
    page.get_by_role("link", name="Grid").click()
    look_at(page, screenshots, "listings-grid")
    page.goto("/listings/?vertical=suitcase&attribute=color&value=red&labels=all")
    look_at(page, screenshots, "listings-empty")
    page.goto("/listings/suitcase/002/")
    look_at(page, screenshots, "listing")
    page.goto("/listings/suitcase/006/")
    look_at(page, screenshots, "listing-predicted")
