"""Starting a round in a browser: the estimate follows the form, and what starts is the round asked for."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from attrx_web.roles import Role
from catalog.splits import Split
from labeling.models import Label
from tests.browser.conftest import SignIn, session_begin
from tests.browser.looking import look_at, picture
from tests.factories import user_with
from tests.queues import memory_queue
from tests.training.rounds import model_folder, small_catalogue
from training.models import Round

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue", "queue")]


@pytest.fixture
def catalogue(transactional_db: None, settings: Settings, tmp_path: Path) -> None:
    """Two labelled verticals and a small base model."""
    settings.ATTRX_BASE_MODEL = str(model_folder(tmp_path / "base"))
    small_catalogue()


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somewhere for rounds to be sent."""
    with memory_queue(monkeypatch, "gpu"):
        yield


def fact(page: Page, term: str) -> str:
    """What the estimate says under this heading."""
    described = page.locator(".estimate-facts > div", has=page.get_by_text(term, exact=True))
    return described.locator("dd").inner_text()


def test_the_estimate_follows_what_is_chosen_and_the_round_is_that(page: Page, sign_in: SignIn) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/rounds/")
    page.get_by_role("link", name="Start a round").click()
    expect(page.get_by_role("heading", name="Start a round")).to_be_visible()
    assert fact(page, "Chains") == "712"
    look_at(page, "start")

    page.get_by_label("Iterations, at most").fill("1")
    page.get_by_role("radio", name="Self-training, to compare").check()
    expect(page.locator(".estimate-facts")).to_contain_text("344")
    assert fact(page, "Pairs, at most") == "0"
    page.get_by_role("radio", name="SFT only").check()
    expect(page.get_by_label("Iterations, at most")).to_be_hidden()
    expect(page.locator(".estimate-facts")).to_contain_text("208")
    assert "csrf" not in page.url

    page.get_by_role("radio", name="DPO on the champion").check()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("alert")).to_contain_text("there is no champion to go on from yet")
    look_at(page, "start-refused")
    expect(page.get_by_role("radio", name="DPO on the champion")).to_be_checked()

    page.get_by_role("radio", name="SFT, then DPO").check()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Round ", level=1)).to_be_visible()
    params = Round.objects.get().params
    assert (params["strategy"], params["preset"], params["iterations"]) == ("sft_dpo", "tiny", 1)


def test_without_scripts_the_estimate_comes_with_a_button(browser: Browser, live_server: LiveServer) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    session_begin(page, live_server.url, user_with(Role.ADMIN))
    page.goto("/rounds/new")
    page.get_by_role("radio", name="SFT only").check()
    page.get_by_role("button", name="Estimate again").click()
    assert fact(page, "Chains") == "208"
    picture(page, "start-no-script", whole=True)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Round ", level=1)).to_be_visible()
    context.close()
    assert Round.objects.get().params["strategy"] == "sft"


def test_a_vertical_that_cannot_be_used_is_named_on_the_page_of_its_round(
    page: Page, sign_in: SignIn
) -> None:
    Label.objects.filter(listing__vertical__code="lamp", listing__split=Split.GOLD.value).delete()
    sign_in(page, Role.ADMIN)
    page.goto("/rounds/new")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Left out")).to_be_visible()
    expect(page.get_by_text("Vertical 'lamp' has no gold labels: label some of its 2 gold")).to_be_visible()
    look_at(page, "round-left-out")
    with page.expect_download() as started:
        page.get_by_role("link", name="Download").click()
    kept = json.loads(started.value.path().read_text())
    assert [one["vertical"] for one in kept["inputs"]["left_out"]] == ["lamp"]
