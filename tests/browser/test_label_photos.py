"""The photos of the labelling screen, the guideline beside them, and the sheet of keys."""

import pytest
from playwright.sync_api import Page, Route, expect

from attrx_web.roles import Role
from catalog.schema.spec import Example
from tests.browser.conftest import SignIn
from tests.browser.labelling import (
    begin,
    kurta,
    loaded,
    open_tasks,
    press,
    question,
    saved,
    shows,
    ten_questions,
)
from tests.browser.looking import look_at, picture

pytestmark = pytest.mark.django_db(transaction=True)

LONG_GUIDELINE = "The colour of the largest part.\n\n" + "Shadows do not count. " * 20


def test_photos_are_walked_through_and_chosen_by_number(page: Page, sign_in: SignIn) -> None:
    open_tasks(1, kurta(*ten_questions()))
    sign_in(page, Role.ANNOTATOR)
    begin(page)
    for keys, number in (("ArrowRight", 2), ("ArrowLeft", 1), ("ArrowLeft", 3), ("Shift+Digit2", 2)):
        press(page, keys)
        expect(page.get_by_role("button", name=f"Photo {number}")).to_have_attribute("aria-current", "true")
    press(page, "Shift+Digit7")
    expect(page.get_by_role("img", name="Photo 2 of 3")).to_be_visible()
    page.get_by_role("button", name="Photo 3").click()
    expect(page.get_by_role("img", name="Photo 3 of 3")).to_be_visible()
    expect(page.get_by_text("0 of 10 answered")).to_be_visible()


def test_where_somebody_looks_stays_while_questions_change(page: Page, sign_in: SignIn) -> None:
    first, second = open_tasks(2, kurta(*ten_questions()[:3]))
    sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    press(page, "+", "+", "Shift+ArrowLeft")
    expect(page.get_by_role("button", name="225 %")).to_be_visible()
    looking = place(page)
    assert looking
    press(page, "1", "2")
    expect(page.get_by_role("heading", name="Neckline")).to_be_visible()
    assert place(page) == looking
    press(page, "ArrowRight")
    expect(page.get_by_role("button", name="100 %")).to_be_visible()
    press(page, "ArrowLeft")
    assert place(page) == looking
    press(page, ".")
    assert place(page) == ""
    press(page, "1")
    shows(page, second)
    saved(page)


def test_a_photo_is_zoomed_and_moved_with_the_mouse(page: Page, sign_in: SignIn) -> None:
    open_tasks(1, kurta(*ten_questions()[:3]))
    sign_in(page, Role.ANNOTATOR)
    begin(page)
    page.mouse.move(400, 300)
    page.mouse.wheel(0, -400)
    expect(page.get_by_role("button", name="272 %")).to_be_visible()
    before = place(page)
    page.mouse.down()
    page.mouse.move(460, 340)
    page.mouse.up()
    assert place(page) not in ("", before)
    page.mouse.dblclick(400, 300)
    expect(page.get_by_role("button", name="100 %")).to_be_visible()


def test_photos_are_brightened_and_fill_the_screen(page: Page, sign_in: SignIn) -> None:
    open_tasks(1, kurta(*ten_questions()))
    sign_in(page, Role.ANNOTATOR)
    begin(page)
    page.get_by_label("Brightness").fill("160")
    expect(page.locator("[data-stage]")).to_have_css("filter", "brightness(1.6)")
    press(page, "v")
    expect(page.locator(":fullscreen")).to_have_count(1)
    expect(page.get_by_role("heading", name="Colour")).to_be_visible()
    picture(page, "label-screen")
    press(page, "1")
    expect(page.get_by_role("heading", name="Pattern")).to_be_visible()
    press(page, "v")
    expect(page.locator(":fullscreen")).to_have_count(0)
    saved(page)


def test_a_photo_that_cannot_be_loaded_is_tried_again(page: Page, sign_in: SignIn) -> None:
    open_tasks(1, kurta(*ten_questions()[:3]), photos=1)
    sign_in(page, Role.ANNOTATOR)
    page.route("**/web", abort)
    begin(page)
    expect(page.get_by_text("The photo cannot be loaded.")).to_be_visible()
    look_at(page, "label-broken")
    page.unroute("**/web")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("The photo cannot be loaded.")).to_be_hidden()
    press(page, "1")
    saved(page)


def test_a_listing_without_photos_is_labelled(page: Page, sign_in: SignIn) -> None:
    open_tasks(1, kurta(*ten_questions()[:3]), photos=0)
    sign_in(page, Role.ANNOTATOR)
    begin(page)
    expect(page.get_by_text("This listing has no photo.")).to_be_visible()
    press(page, "e", "1", "2", "3")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    saved(page)


def test_the_next_two_listings_are_fetched_ahead(page: Page, sign_in: SignIn) -> None:
    first, second, third, _ = open_tasks(4, kurta(*ten_questions()[:3]))
    sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    loaded(page, 9)
    page.route("**/catalog/photos/**", abort)
    page.route("**/label/api/lease", abort)
    press(page, *"111")
    shows(page, second)
    expect(page.get_by_role("img", name="Photo 1 of 3")).to_have_js_property("naturalWidth", 480)
    press(page, *"111")
    shows(page, third)
    expect(page.get_by_role("img", name="Photo 1 of 3")).to_have_js_property("naturalWidth", 480)


def test_the_guideline_stays_open_beside_the_questions(page: Page, sign_in: SignIn) -> None:
    (listing,) = open_tasks(1, kurta(question("Draft", ["a"])))
    shown = listing.images.get(position=2).photo.sha256
    example = Example(photo=shown, caption="Red, although the light is yellow")
    colour = question("Colour", ["red", "blue"], guideline=LONG_GUIDELINE, examples=(example,))
    kurta(colour, question("Pattern", ["solid"]))
    sign_in(page, Role.ANNOTATOR)
    begin(page)
    press(page, "g")
    guideline = page.get_by_role("complementary", name="Guideline")
    expect(guideline.get_by_role("heading", name="Guideline: Colour")).to_be_visible()
    expect(guideline.get_by_role("img", name="Red, although the light is yellow")).to_be_visible()
    look_at(page, "label-guideline")
    press(page, "1")
    expect(guideline.get_by_text("Nobody has written a guideline for this question.")).to_be_visible()
    press(page, "g")
    expect(guideline).to_be_hidden()
    saved(page)


def test_the_sheet_shows_the_keys_and_single_keys_can_be_turned_off(page: Page, sign_in: SignIn) -> None:
    open_tasks(1, kurta(*ten_questions()[:3]))
    sign_in(page, Role.ANNOTATOR)
    begin(page)
    press(page, "?")
    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet).to_be_visible()
    look_at(page, "label-keys")
    sheet.get_by_label("Single keys are commands.").uncheck()
    press(page, "Escape")
    expect(sheet).to_be_hidden()
    press(page, "1")
    page.get_by_role("radio", name="blue").focus()
    press(page, "Space")
    expect(page.get_by_text("1 of 3 answered")).to_be_visible()
    page.reload()
    press(page, "1")
    expect(page.get_by_text("1 of 3 answered")).to_be_visible()


def place(page: Page) -> str:
    """Where the photo lies on the stage, as CSS says it; empty: it fits."""
    return str(page.locator("[data-stage] img").evaluate("image => image.style.transform"))


def abort(route: Route) -> None:
    """Let no request through."""
    route.abort()
