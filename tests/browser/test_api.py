"""The page of the API, and the page of tokens."""

import pytest
from playwright.sync_api import Page, expect

from attrx_web.roles import Role
from catalog.models import ApiToken
from tests.browser.conftest import SignIn
from tests.browser.looking import look_at, picture

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_token_is_made_seen_once_and_revoked(page: Page, sign_in: SignIn) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/tokens/")
    page.get_by_label("What it is for").fill("Nightly import of the warehouse")
    page.get_by_role("checkbox", name="manage").check()
    page.get_by_role("button", name="Make it").click()
    shown = page.get_by_label("The token")
    expect(shown).to_have_value(f"{ApiToken.objects.get().token_key}{shown.input_value()[15:]}")
    look_at(page, "tokens")
    page.get_by_role("button", name="Revoke Nightly import of the warehouse").click()
    expect(page.get_by_text("You have none.")).to_be_visible()
    assert not ApiToken.objects.exists()


def test_the_page_of_the_api_works_under_the_content_policy(page: Page, sign_in: SignIn) -> None:
    refused: list[str] = []
    page.on(
        "console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None
    )
    sign_in(page, Role.ADMIN)
    page.goto("/api/v1/docs")
    page.locator("#operations-verticals-verticals_list, #operations-schema-verticals_list").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table tbody .response-col_status").first).to_contain_text("200")
    picture(page, "api-docs")
    assert not refused
