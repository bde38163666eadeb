"""Model versions: the list, the gate, promotion with and against it, rollback, download."""

import zipfile
from collections.abc import Mapping

import pytest
from playwright.sync_api import Page, expect

from attrx_web.roles import Role
from tests.browser.conftest import SignIn
from tests.browser.looking import look_at
from tests.training.registry import offered, round_over, version_with
from training.models import ModelVersion

pytestmark = pytest.mark.django_db(transaction=True)

SIZES: Mapping[str, int] = {"kurta": 60, "suitcase": 60, "watch": 40}


@pytest.fixture
def champion() -> ModelVersion:
    """Of a round with two versions, the second of which won."""
    round_ = round_over(SIZES)
    version_with(round_, {"kurta": 36, "suitcase": 34, "watch": 22})
    return offered(round_, {"kurta": 40, "suitcase": 38, "watch": 26}, iteration=1)


@pytest.fixture
def mixed(champion: ModelVersion) -> ModelVersion:
    """A challenger that is better on two verticals and loses one."""
    return offered(round_over(SIZES), {"kurta": 52, "suitcase": 47, "watch": 21})


def open_version(page: Page, version: ModelVersion) -> None:
    page.goto("/versions/")
    page.get_by_role("region", name="Model versions").get_by_role(
        "link", name=f"Version {version.pk}", exact=True
    ).first.click()


def test_an_admin_promotes_what_passes_and_rolls_it_back(
    page: Page, sign_in: SignIn, champion: ModelVersion
) -> None:
    better = offered(round_over(SIZES), {"kurta": 52, "suitcase": 47, "watch": 30})
    sign_in(page, Role.ADMIN)
    open_version(page, better)
    expect(page.get_by_text("Passes the gate")).to_be_visible()
    page.get_by_text("Promote", exact=True).click()
    look_at(page, "version-passes")
    page.get_by_label("Why").fill("Better on every vertical.")
    page.get_by_role("button", name=f"Make version {better.pk} the champion").click()
    expect(page.get_by_text(f"Version {better.pk} is the champion now.")).to_be_visible()

    page.get_by_text("Roll back", exact=True).click()
    look_at(page, "version-rollback")
    page.get_by_role("button", name=f"Roll back to version {champion.pk}").click()
    expect(page.get_by_text(f"Version {champion.pk} is the champion again.")).to_be_visible()
    page.goto("/versions/")
    look_at(page, "versions")
    expect(page.get_by_text("Better on every vertical.")).to_be_visible()


def test_an_admin_promotes_against_the_gate_only_with_a_reason(
    page: Page, sign_in: SignIn, mixed: ModelVersion
) -> None:
    sign_in(page, Role.ADMIN)
    open_version(page, mixed)
    expect(page.get_by_text("Does not pass the gate")).to_be_visible()
    expect(page.get_by_text("Vertical 'watch' is 12.5 points worse than the champion")).to_be_visible()
    page.get_by_text("Promote against the gate").click()
    look_at(page, "version-refused")
    sure = page.get_by_role("button", name=f"Make version {mixed.pk} the champion")
    sure.click()
    reason = page.get_by_label("Why it is promoted all the same")
    expect(reason).to_be_focused()
    reason.fill("Watches leave the catalogue next week.")
    page.get_by_label("I have read the reasons above.").check()
    sure.click()
    expect(page.get_by_text(f"Version {mixed.pk} is the champion now.")).to_be_visible()
    page.goto("/versions/")
    expect(page.get_by_text("promoted against the gate")).to_be_visible()


def test_an_adapter_is_downloaded_with_its_card(page: Page, sign_in: SignIn, champion: ModelVersion) -> None:
    sign_in(page, Role.ADMIN)
    open_version(page, champion)
    with page.expect_download() as loading:
        page.get_by_role("link", name="Download adapter").click()
    held = zipfile.ZipFile(loading.value.path())
    assert f"attrx-version-{champion.pk}/README.md" in held.namelist()


def test_others_look_and_change_nothing(page: Page, sign_in: SignIn, mixed: ModelVersion) -> None:
    sign_in(page, Role.REVIEWER)
    open_version(page, mixed)
    expect(page.get_by_text("Does not pass the gate")).to_be_visible()
    expect(page.get_by_role("link", name="Download adapter")).to_have_count(0)
    expect(page.get_by_text("Promote against the gate")).to_have_count(0)


def test_the_list_without_versions_leads_to_rounds(page: Page, sign_in: SignIn) -> None:
    sign_in(page, Role.REVIEWER)
    page.goto("/versions/")
    expect(page.get_by_text("No round has made a model yet.")).to_be_visible()
    look_at(page, "versions-empty")
