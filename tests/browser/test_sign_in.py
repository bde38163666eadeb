import pytest
from playwright.sync_api import Page, expect

from attrx_web.roles import Role
from tests.browser.looking import look_at
from tests.factories import PASSWORD, user_with

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_person_signs_in_and_out(page: Page) -> None:
    user_with(Role.ADMIN, "ada")
    page.goto("/")
    look_at(page, "sign-in")
    page.get_by_label("User name or e-mail").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No round has run yet")).to_be_visible()
    look_at(page, "no-rounds")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Password")).to_be_visible()
