"""The listings browser as people use it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from attrx_web.roles import Role
from catalog import paging
from catalog.models import Listing, SavedView
from tests.browser.conftest import SignIn
from tests.browser.looking import look_at
from tests.training.browsing import small_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def shop(transactional_db: None) -> None:
    small_shop()


@pytest.fixture
def bare_page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A window without JavaScript."""
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def shown(page: Page) -> list[str]:
    """The ids of the listings on the page."""
    return page.locator(".browse-main .listing-id").all_inner_texts()


def test_a_reviewer_filters_and_searches(page: Page, sign_in: SignIn) -> None:
    sign_in(page, Role.REVIEWER)
    page.goto("/listings/")
    expect(page.get_by_role("status")).to_contain_text("1–24 of 24 listings")
    page.get_by_label("Vertical").select_option("suitcase")
    page.get_by_label("Attribute").focus()
    page.get_by_label("Attribute").select_option("color")
    page.get_by_label("Label says").select_option("Not visible")
    expect(page.get_by_label("Attribute")).to_be_focused()
    page.get_by_role("button", name="Apply filters").click()
    expect(page).to_have_url(
        re.compile(r"/listings/\?vertical=suitcase&attribute=color&value=%3Anot_visible$")
    )
    assert shown(page) == ["suitcase/003"]
    look_at(page, "listings-filtered")

    page.get_by_role("link", name="Remove Attribute: color").click()
    expect(page).to_have_url(re.compile(r"/listings/\?vertical=suitcase$"))
    page.get_by_role("searchbox").fill("suitcase kal")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/listings/\?q=suitcase\+kal&vertical=suitcase$"))
    assert shown(page) == ["suitcase/002"]
    page.get_by_role("searchbox").fill("nothing at all")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    look_at(page, "listings-nothing")
    page.get_by_role("link", name="Clear all filters").click()
    expect(page.get_by_role("status")).to_contain_text("24 listings")


def test_a_reviewer_turns_pages_in_the_grid(page: Page, sign_in: SignIn) -> None:
    sign_in(page, Role.REVIEWER)
    vertical = Listing.objects.get(external_id="kurta/000").vertical
    for number in range(10):
        Listing.objects.create(vertical=vertical, external_id=f"bare-{number}", group_key=f"bare-{number}")
    page.goto("/listings/?size=25")
    page.get_by_role("link", name="Grid").click()
    page.get_by_role("link", name="Id", exact=True).click()
    first = shown(page)
    assert first[:11] == [*(f"bare-{number}" for number in range(10)), "handbag/000"]
    look_at(page, "listings-grid")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("status")).to_contain_text("26–34 of 34 listings")
    assert len({*first, *shown(page)}) == 34
    page.get_by_role("link", name="Previous").click()
    assert shown(page) == first
    page.get_by_role("link", name="handbag/000").or_(page.locator(".tile-link").nth(10)).first.click()
    expect(page.get_by_role("link", name="Previous")).to_have_attribute(
        "href", re.compile("/bare-9/.*layout=grid")
    )


def test_a_long_list_is_counted_once_it_is_there(
    page: Page, sign_in: SignIn, bare_page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "FEW", 5)
    sign_in(page, Role.REVIEWER)
    page.goto("/listings/?vertical=kurta")
    expect(page.get_by_role("status")).to_have_text(re.compile(r"1–8\s+of\s+8\s+listings"))
    sign_in(bare_page, Role.REVIEWER)
    bare_page.goto("/listings/?vertical=kurta")
    expect(bare_page.get_by_role("status")).to_contain_text("of 5+")
    bare_page.get_by_role("link", name="Count them").click()
    expect(bare_page.get_by_role("status")).to_contain_text("of 8")


def test_a_reviewer_looks_closely(page: Page, sign_in: SignIn) -> None:
    sign_in(page, Role.REVIEWER)
    page.goto("/listings/suitcase/002/?vertical=suitcase")
    look_at(page, "listing")
    page.get_by_role("link", name="Photo 2", exact=True).click()
    expect(page.locator(".photo-large img")).to_have_attribute("alt", re.compile("^Photo 2 of"))
    page.locator(".photo-large").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Photo 2 of 4")
    page.keyboard.press("ArrowRight")
    expect(dialog).to_contain_text("Photo 3 of 4")
    scale = dialog.locator("[data-zoom-scale]")
    page.keyboard.press("+")
    expect(scale).to_have_text("150 %")
    image = dialog.locator("img")
    expect(image).to_have_attribute("src", re.compile("/original$"))
    moved = image.evaluate("image => image.style.transform")
    page.keyboard.press("Shift+ArrowLeft")
    assert image.evaluate("image => image.style.transform") != moved
    look_at(page, "listing-zoom")
    page.mouse.move(400, 300)
    page.mouse.wheel(0, -400)
    expect(scale).to_have_text(re.compile(r"^[34]\d\d %$"))
    page.keyboard.press("0")
    expect(scale).to_have_text("100 %")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(dialog).to_contain_text("Photo 1 of 4")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator(".photo-large")).to_be_focused()

    page.get_by_role("link", name="Next").click()
    expect(page).to_have_url(re.compile(r"/listings/suitcase/001/\?vertical=suitcase$"))
    page.get_by_role("main").get_by_role("link", name="Listings").click()
    expect(page).to_have_url(re.compile(r"/listings/\?vertical=suitcase$"))


def test_predictions_are_shown_beside_what_is_known(page: Page, sign_in: SignIn) -> None:
    sign_in(page, Role.REVIEWER)
    page.goto("/listings/?sort=agreement&agreement_to=40")
    page.locator(".listing-link").first.click()
    expect(page.get_by_text(re.compile(r"agreement 38\s%")).first).to_be_visible()
    expect(page.get_by_role("heading", name="In the same group")).to_be_visible()
    look_at(page, "listing-predicted")


def test_a_reviewer_keeps_a_view(page: Page, sign_in: SignIn) -> None:
    sign_in(page, Role.REVIEWER)
    page.goto("/listings/?split=gold&sort=id")
    page.get_by_text("Save this view").click()
    page.get_by_label("Name of the view").fill("The gold set")
    page.get_by_label("Share it").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved as The gold set.")).to_be_visible()
    page.get_by_role("link", name="All listings").click()
    page.get_by_role("link", name="The gold set").click()
    expect(page.get_by_role("link", name="The gold set")).to_have_attribute("aria-current", "page")
    assert len(shown(page)) == 6
    page.get_by_text("Change views").click()
    look_at(page, "listings-views")
    page.get_by_label("New name of The gold set").fill("Gold")
    page.get_by_role("button", name="Change Gold").or_(
        page.get_by_role("button", name="Change The gold")
    ).click()
    expect(page.get_by_role("link", name="Gold", exact=False).first).to_be_visible()
    assert SavedView.objects.get().name == "Gold"
    page.get_by_text("Change views").click()
    page.get_by_role("button", name="Delete Gold").click()
    expect(page.get_by_text("The view is deleted.")).to_be_visible()


def test_an_admin_moves_listings_with_their_groups(page: Page, sign_in: SignIn) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/listings/?vertical=kurta&sort=id")
    for external_id in ("kurta/003", "kurta/006"):
        page.get_by_label(f"Tick {external_id}").check()
    expect(page.get_by_text("Ticked (2)")).to_be_visible()
    look_at(page, "listings-ticked")
    page.get_by_label("What to do").select_option("Move to gold")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("1 listing will move to gold.")).to_be_visible()
    expect(page.get_by_text("1 more of the same groups will move with it.")).to_be_visible()
    expect(page.get_by_text("a round has learned from its group")).to_be_visible()
    look_at(page, "listings-confirm")
    page.get_by_role("button", name="Move 2 listings").click()
    expect(page.get_by_text("1 listing moved to gold, and 1 more")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/listings/\?vertical=kurta&sort=id$"))
    gold = Listing.objects.filter(vertical__code="kurta", split="gold")
    assert sorted(gold.values_list("external_id", flat=True)) == [f"kurta/00{n}" for n in (0, 1, 5, 6)]


def test_many_are_ticked_at_once(page: Page, sign_in: SignIn) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/listings/?sort=id")
    page.get_by_label("Tick handbag/001").click()
    page.get_by_label("Tick handbag/004").click(modifiers=["Shift"])
    expect(page.get_by_text("Ticked (4)")).to_be_visible()
    page.get_by_label("Tick every listing on this page").check()
    expect(page.get_by_text("Ticked (24)")).to_be_visible()
    page.get_by_label("Tick every listing on this page").uncheck()
    page.get_by_label("All 24 that match").check()
    page.get_by_label("What to do").select_option("Retire")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Retire 24 listings").click()
    expect(page.get_by_text("24 listings retired.")).to_be_visible()


def test_everything_works_without_a_script(bare_page: Page, sign_in: SignIn) -> None:
    page = bare_page
    sign_in(page, Role.ADMIN)
    page.goto("/listings/")
    page.get_by_label("Vertical").select_option("suitcase")
    page.get_by_role("button", name="Apply filters").click()
    page.get_by_label("Attribute").select_option("color")
    page.get_by_role("button", name="Apply filters").click()
    page.get_by_label("Label says").select_option("white")
    page.get_by_role("button", name="Apply filters").click()
    expect(page).to_have_url(re.compile(r"/listings/\?vertical=suitcase&attribute=color&value=white$"))
    assert shown(page) == ["suitcase/002"]
    page.locator(".listing-link").click()
    page.get_by_role("link", name="Photo 2", exact=True).click()
    expect(page).to_have_url(re.compile(r"/catalog/photos/[0-9a-f]{64}/web$"))
    page.go_back()
    page.get_by_label("What to do with this listing").select_option("Retire")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Retire 1 listing").click()
    expect(page.get_by_text("1 listing retired.")).to_be_visible()
    expect(page.get_by_text("Nothing matches")).to_be_visible()


def test_on_a_phone_filters_unfold(page: Page, sign_in: SignIn) -> None:
    sign_in(page, Role.REVIEWER)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/listings/")
    expect(page.get_by_label("Vertical")).to_be_hidden()
    page.locator("label.filters-toggle").click()
    page.get_by_label("Vertical").select_option("kurta")
    look_at(page, "listings-phone-filters")
