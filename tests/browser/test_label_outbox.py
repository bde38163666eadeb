"""No answer is lost: not with the server, the session or the browser, and not to somebody else."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from attrx_web.roles import Role
from catalog.models import Listing
from labeling.models import Annotation, Label, Purpose, Turn
from tests.browser.conftest import FLAGS, SignIn, chromium_path, requests_end, session_begin
from tests.browser.labelling import (
    begin,
    finishes,
    kurta,
    loaded,
    open_tasks,
    press,
    question,
    saved,
    shows,
    ten_questions,
)
from tests.browser.looking import look_at
from tests.browser.mortal import MortalServer
from tests.factories import PASSWORD, user_with
from tests.labeling.workspace import claim, step_clock

pytestmark = pytest.mark.django_db(transaction=True)

RECONNECT = "window.dispatchEvent(new Event('online'))"

OpenBrowser = Callable[[], Page]
OpenElsewhere = Callable[[str], Page]


@pytest.fixture
def live_server(transactional_db: None) -> Iterator[MortalServer]:
    """A server of the test's own."""
    server = MortalServer()
    yield server
    server.kill()


def test_answers_arrive_after_the_server_was_killed(
    page: Page, sign_in: SignIn, live_server: MortalServer
) -> None:
    first, second, third = open_tasks(3, kurta(*ten_questions()))
    sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    press(page, *"11111")
    saved(page)
    loaded(page, 9)
    live_server.kill()
    press(page, *"22222")
    shows(page, second)
    expect(
        page.get_by_text("The server does not answer. 6 changes are kept in this browser.")
    ).to_be_visible()
    expect(page.locator("[data-saved]")).to_contain_text("6 changes not sent, since")
    look_at(page, "label-unsent")
    press(page, *"3333311111")
    shows(page, third)
    page.get_by_role("button", name="Try now").click()
    assert Annotation.objects.count() == 5
    live_server.restart()
    page.evaluate(RECONNECT)
    saved(page)
    expect(page.get_by_text("Everything is sent.")).to_be_visible()
    assert Annotation.objects.filter(withdrawn=None).count() == Annotation.objects.count() == 20
    assert Label.objects.count() == 20
    assert finished() == [first, second]


def test_answers_wait_for_signing_in_again(page: Page, sign_in: SignIn) -> None:
    first, second = open_tasks(2, kurta(*ten_questions()[:4]))
    person = sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    press(page, *"11")
    saved(page)
    page.context.clear_cookies()
    press(page, *"22", "3")
    shows(page, second)
    expect(page.get_by_text("You are signed out. 4 changes are kept in this browser")).to_be_visible()
    look_at(page, "label-signed-out")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in, in a new tab").click()
    opened.value.get_by_label("User name").fill(person.get_username())
    opened.value.get_by_label("Password").fill(PASSWORD)
    opened.value.keyboard.press("Enter")
    expect(opened.value.get_by_role("heading", name="You are signed in")).to_be_visible()
    saved(page)
    assert Annotation.objects.filter(annotator=person).count() == 5
    assert finished() == [first]
    press(page, *"111")
    saved(page)
    assert finished() == [first, second]


def test_nothing_is_sent_in_the_name_of_somebody_else(page: Page, sign_in: SignIn) -> None:
    first, _ = open_tasks(2, kurta(*ten_questions()[:4]))
    sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    page.context.clear_cookies()
    sign_in(page, Role.REVIEWER)
    press(page, "1")
    expect(page.get_by_text("reviewer is signed in in this browser, not annotator.")).to_be_visible()
    assert not Annotation.objects.exists()
    page.context.clear_cookies()
    sign_in(page, Role.ANNOTATOR)
    page.evaluate(RECONNECT)
    saved(page)
    assert Annotation.objects.get().annotator.get_username() == "annotator"


def test_answers_arrive_after_the_browser_was_closed(
    open_browser: OpenBrowser, live_server: MortalServer, sign_in: SignIn
) -> None:
    first, second = open_tasks(2, kurta(*ten_questions()[:4]))
    page = open_browser()
    sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    loaded(page, 6)
    live_server.kill()
    press(page, *"1111", "2")
    shows(page, second)
    expect(page.get_by_text("6 changes are kept in this browser.")).to_be_visible()
    page.context.close()
    live_server.restart()
    assert not Annotation.objects.exists()
    step_clock(120)  # Nobody could give the listings back.
    page = open_browser()
    sign_in(page, Role.ANNOTATOR)
    begin(page, second)
    expect(page.get_by_text("1 of 4 answered")).to_be_visible()
    saved(page)
    assert Annotation.objects.count() == 5
    assert finished() == [first]


@pytest.fixture
def open_browser(browser: Browser, live_server: MortalServer, tmp_path: Path) -> Iterator[OpenBrowser]:
    """Start a browser that keeps its files between its starts."""
    contexts: list[BrowserContext] = []

    def start() -> Page:
        context = browser.browser_type.launch_persistent_context(
            tmp_path / "browser", executable_path=chromium_path(), args=FLAGS, base_url=live_server.url
        )
        contexts.append(context)
        return context.pages[0]

    yield start
    contexts[-1].close()
    requests_end()


def test_what_somebody_else_said_is_shown_beside(
    page: Page, sign_in: SignIn, live_server: MortalServer
) -> None:
    (first,) = open_tasks(1, kurta(*ten_questions()[:3]))
    mine = sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    live_server.kill()
    press(page, *"112")
    expect(page.get_by_text("4 changes are kept in this browser.")).to_be_visible()
    step_clock(120)
    finishes("bela", "blue", "solid", "round")
    live_server.restart()
    page.evaluate(RECONNECT)
    page.get_by_role("button", name="2 differences").click()
    dialog = page.get_by_role("dialog", name="What others say, and what was refused")
    expect(dialog.get_by_role("group", name="Colour")).to_contain_text("red")
    expect(dialog.get_by_role("group", name="Colour")).to_contain_text("blue")
    look_at(page, "label-conflict")
    dialog.get_by_role("radio", name="bela: take this answer blue").check()
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="difference")).to_be_hidden()
    saved(page)
    said = Annotation.objects.filter(annotator=mine, withdrawn=None, attribute__code="colour").get()
    assert said.values == ["blue"]
    assert Annotation.objects.filter(annotator__username="bela", withdrawn=None).count() == 3


def test_what_a_person_said_elsewhere_since_stands(
    page: Page, sign_in: SignIn, elsewhere: OpenElsewhere
) -> None:
    (first,) = open_tasks(1, kurta(*ten_questions()[:3]))
    sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    page.wait_for_load_state("networkidle")  # What is on its way would renew the lease at the later time.
    page.context.set_offline(True)
    press(page, "1")
    expect(page.get_by_text("1 change is kept in this browser.")).to_be_visible()
    step_clock(120)
    there = elsewhere("annotator")
    shows(there, first)
    press(there, "2")
    saved(there)
    page.context.set_offline(False)
    page.get_by_role("button", name="1 difference").click()
    dialog = page.get_by_role("dialog", name="What others say, and what was refused")
    expect(dialog.get_by_role("radio", name="You, elsewhere since: it stands blue")).to_be_checked()
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_be_hidden()
    saved(page)
    assert Annotation.objects.get(withdrawn=None).values == ["blue"]
    assert Annotation.objects.exclude(withdrawn=None).get().values == ["red"]


def test_a_listing_that_somebody_else_has_now_says_so(page: Page, sign_in: SignIn) -> None:
    (first,) = open_tasks(1, kurta(*ten_questions()[:3]))
    sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    press(page, "1")
    saved(page)
    step_clock(120)
    assert claim(user_with(Role.ANNOTATOR, "bela"), purpose=Purpose.SEED)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_text("somebody else has it now. What you answered is kept.")).to_be_visible()
    look_at(page, "label-lost")
    assert Annotation.objects.count() == 1


def test_leaving_the_page_gives_the_listings_to_others(
    page: Page, sign_in: SignIn, elsewhere: OpenElsewhere
) -> None:
    first, *_ = open_tasks(3, kurta(*ten_questions()[:3]))
    sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    loaded(page, 9)
    press(page, "1")
    saved(page)
    bela = elsewhere("bela")
    expect(bela.get_by_text("3 listings are with other people now.")).to_be_visible()
    page.goto("about:blank")
    shows(bela, first)
    expect(bela.get_by_text("0 of 3 answered")).to_be_visible()
    assert Annotation.objects.get().annotator.get_username() == "annotator"


@pytest.fixture
def elsewhere(browser: Browser, live_server: MortalServer) -> Iterator[OpenElsewhere]:
    """Open the screen on another computer, signed in as this person."""
    contexts: list[BrowserContext] = []

    def open_as(name: str) -> Page:
        contexts.append(browser.new_context(base_url=live_server.url))
        page = contexts[-1].new_page()
        session_begin(page, live_server.url, user_with(Role.ANNOTATOR, name))
        page.goto("/label/work/?purpose=seed")
        return page

    yield open_as
    for context in contexts:
        context.close()


def test_a_refused_answer_comes_back(page: Page, sign_in: SignIn) -> None:
    colour, pattern, neckline = ten_questions()[:3]
    first, second = open_tasks(2, kurta(colour, pattern, neckline))
    sign_in(page, Role.ANNOTATOR)
    begin(page, first)
    loaded(page, 6)
    kurta(colour, pattern, question("Neckline", ["boat", "halter"]))
    press(page, *"11")
    saved(page)
    press(page, "1")
    expect(page.get_by_text("comes back next")).to_be_visible()
    look_at(page, "label-refused")
    page.get_by_role("button", name="Show it now").click()
    shows(page, first)
    press(page, "2")
    shows(page, second)
    saved(page)
    assert finished() == [first]


def finished() -> list[Listing]:
    """The listings whose turns are finished, in their order."""
    turns = Turn.objects.exclude(finished=None).select_related("task__listing").order_by("pk")
    return [turn.task.listing for turn in turns]
