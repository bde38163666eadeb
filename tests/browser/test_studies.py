"""The pages of studies in a browser: pictures, accessibility, charts drawn from their tables, removal."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from attrx_web.roles import Role
from tests.browser.conftest import SignIn
from tests.browser.looking import look_at
from tests.training.studied import study_row
from training.ml.study.arms import GROUPS

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_study_looks_good_with_everything_unfolded(page: Page, sign_in: SignIn, tmp_path: Path) -> None:
    study_row(tmp_path / "first", seeds=(1,))
    study_row(tmp_path / "second", title="The defaults", groups=GROUPS)
    sign_in(page, Role.VIEWER)
    page.goto("/accuracy/")
    page.get_by_role("navigation", name="Dashboards").get_by_role("link", name="Studies").click()
    expect(page.get_by_role("link", name="The defaults")).to_be_visible()
    look_at(page, "studies")
    page.get_by_role("link", name="The defaults").click()
    expect(page.get_by_role("heading", name="Targets: 6 met, 1 missed")).to_be_visible()
    for fold in page.locator("main details.fold > summary").all():
        fold.click()
    expect(page.locator("attrx-chart canvas")).to_have_count(len(GROUPS) + 3)
    look_at(page, "study-unfolded")


def test_charts_say_what_their_tables_say(page: Page, sign_in: SignIn, tmp_path: Path) -> None:
    study = study_row(tmp_path, groups=GROUPS)
    sign_in(page, Role.REVIEWER)
    page.goto(f"/studies/{study.pk}/")
    final = f"{100 * study.summary['final']:.1f} %"
    by_step = page.locator("figure", has_text="Accuracy by iteration")
    expect(by_step.locator(".chart-reading")).to_contain_text(
        f"Iteration 3The loop {final}The loop without a pool"
    )
    by_beta = page.locator("figure", has_text="Gain by beta")
    by_beta.locator(".u-over").hover(position={"x": 5, "y": 60})
    low = by_beta.locator("tbody tr").first.locator(".value").first.text_content()
    expect(by_beta.locator(".chart-reading")).to_have_text(f"0.05Against SFT {low}")


def test_the_seeds_of_another_arm_are_chosen(page: Page, sign_in: SignIn, tmp_path: Path) -> None:
    study = study_row(tmp_path, groups=GROUPS)
    sign_in(page, Role.VIEWER)
    page.goto(f"/studies/{study.pk}/")
    page.get_by_role("combobox", name="Arm").select_option("Beta 0.3")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#seeds tbody tr")).to_have_count(3 * 4)
    expect(page.locator("#seeds tbody th").first).to_have_text("Beta 0.3")
    look_at(page, "study-arm")


def test_an_admin_removes_a_study(page: Page, sign_in: SignIn, tmp_path: Path) -> None:
    study = study_row(tmp_path)
    sign_in(page, Role.ADMIN)
    page.goto(f"/studies/{study.pk}/")
    page.locator("summary", has_text="Remove").click()
    page.get_by_role("button", name="Remove this study").click()
    expect(page.get_by_text(f"Study {study.pk} is removed.")).to_be_visible()
    expect(page.get_by_text("No study is recorded yet")).to_be_visible()
