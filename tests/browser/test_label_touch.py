"""The labelling screen under fingers, and without scripts."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from attrx_web.roles import Role
from labeling.models import Annotation, Label, SetAside
from tests.browser.conftest import SignIn, requests_end
from tests.browser.labelling import begin, kurta, open_tasks, question, saved, shows, ten_questions
from tests.browser.looking import picture, serious_violations

pytestmark = pytest.mark.django_db(transaction=True)

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}

Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer) -> Iterator[Open]:
    """Open a window with these options of Playwright's."""
    pages: list[Page] = []

    def open_with(**options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(15_000)
        pages.append(context.new_page())
        return pages[-1]

    yield open_with
    for page in pages:
        page.goto("about:blank")
        page.context.close()
    requests_end()


def test_a_listing_is_labelled_with_fingers(open_page: Open, sign_in: SignIn) -> None:
    page = open_page(**PHONE)
    first, second = open_tasks(2, kurta(*ten_questions()[:4]))
    sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    picture(page, "label-touch-first")
    page.get_by_role("radio", name="green").tap()
    page.get_by_role("radio", name="floral").tap()
    for name in ("Not visible", "Undo", "Not visible"):
        page.get_by_role("button", name=name, exact=True).tap()
    state = page.get_by_role("button", name="Unknown")
    expect(state).to_be_in_viewport(ratio=1)
    picture(page, "label-touch-last")
    assert not serious_violations(page)
    state.tap()
    shows(page, second)
    saved(page)
    assert Label.objects.filter(listing=first).count() == 4
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_fingers_swipe_pinch_and_search(open_page: Open, sign_in: SignIn) -> None:
    page = open_page(**PHONE)
    names = [f"shade {number}" for number in range(300)]
    open_tasks(1, kurta(question("Shade", names), question("Fit", ["slim", "loose"])))
    sign_in(page, Role.ANNOTATOR)
    begin(page)
    touch(page, [[(300, 200)], [(200, 205)], [(120, 210)]])
    expect(page.get_by_role("button", name="Photo 2")).to_have_attribute("aria-current", "true")
    touch(page, [[(180, 180), (220, 180)], [(140, 180), (260, 180)], [(100, 180), (300, 180)]])
    expect(page.get_by_role("button", name="100 %")).to_be_hidden()
    page.get_by_role("combobox").tap()
    page.keyboard.type("299")
    picture(page, "label-touch-search")
    page.get_by_role("option", name="shade 299").tap()
    expect(page.get_by_role("heading", name="Fit")).to_be_visible()
    saved(page)
    assert Annotation.objects.get().values == ["shade_299"]


def test_without_scripts_it_is_a_form(open_page: Open, sign_in: SignIn) -> None:
    page = open_page(java_script_enabled=False, viewport={"width": 1440, "height": 900})
    many = question("Motif", ["dots", "leaves", "birds"], multi=True)
    shades = question("Shade", [f"shade {number}" for number in range(20)], guideline="Look twice.")
    first, second, third = open_tasks(3, kurta(*ten_questions()[:2], many, shades))
    sign_in(page, Role.ANNOTATOR)
    page.goto("/label/work/?purpose=seed")
    expect(page.get_by_role("heading", name=first.title)).to_be_visible()
    picture(page, "label-plain", whole=True)
    page.get_by_role("radio", name="blue").check()
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("alert")).to_contain_text("not answered yet: Pattern, Motif, Shade")
    expect(page.get_by_role("radio", name="blue")).to_be_checked()
    page.get_by_role("group", name="Pattern").get_by_role("radio", name="Not visible").check()
    page.get_by_role("checkbox", name="dots").check()
    page.get_by_role("checkbox", name="birds").check()
    page.get_by_label("Shade").select_option("shade 7")
    page.get_by_role("group", name="Shade").get_by_label("Shown by").select_option("photo 2")
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("heading", name=second.title)).to_be_visible()
    page.get_by_label("Or a reason to skip it").fill("blurred")
    page.get_by_role("button", name="Skip").click()
    expect(page.get_by_role("heading", name=third.title)).to_be_visible()
    page.get_by_role("button", name="Postpone by an hour").click()
    expect(page.get_by_role("heading", name="Nothing for you at the moment")).to_be_visible()
    picture(page, "label-plain-nothing", whole=True)
    said = {label.attribute.code: label for label in Label.objects.select_related("attribute")}
    assert said["colour"].values == ["blue"]
    assert said["pattern"].state == "not_visible"
    assert said["motif"].values == ["dots", "birds"]
    assert Annotation.objects.get(attribute__code="shade", withdrawn=None).evidence_position == 2
    assert [one.reason for one in SetAside.objects.order_by("pk")] == ["blurred", ""]


def test_the_form_comes_where_the_script_does_not_start(open_page: Open, sign_in: SignIn) -> None:
    page = open_page()
    (listing,) = open_tasks(1, kurta(*ten_questions()[:2]))
    sign_in(page, Role.ANNOTATOR)
    page.route("**/label/page.js", lambda route: route.abort())
    page.goto("/label/work/?purpose=seed")
    finish = page.get_by_role("button", name="Finish")
    expect(finish).to_be_hidden()
    page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
    page.get_by_role("radio", name="blue").check()
    page.get_by_role("radio", name="striped").check()
    finish.click()
    expect(page.locator(".plain").get_by_text("Nothing for you at the moment")).to_be_attached()
    assert Label.objects.filter(listing=listing).count() == 2


def touch(page: Page, steps: list[list[tuple[int, int]]]) -> None:
    """Put fingers down at the first points, move them along the others, and lift them."""
    session = page.context.new_cdp_session(page)
    for kind, points in zip(["touchStart", *["touchMove"] * (len(steps) - 1)], steps, strict=True):
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
