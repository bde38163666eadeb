"""Everything that can be exported, chosen on its page and downloaded, as a person does it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from attrx_web.roles import Role
from tests.browser.conftest import SignIn
from tests.browser.looking import look_at
from tests.training.exporting.world import make_world

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_reviewer_sees(page: Page, sign_in: SignIn, screenshots: Path) -> None:
    make_world()
    sign_in(page, Role.REVIEWER)
    page.goto("/export/")
    look_at(page, screenshots, "export")
