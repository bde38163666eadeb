"""Round 1, route, review 30 by keyboard, round 2, on people's pages: and they say what changed and why."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from attrx_web.roles import Role
from labeling.models import Label, Provenance, Purpose, Task
from tests.browser.conftest import session_begin
from tests.browser.labelling import press, rule, saved
from tests.browser.looking import look_at
from tests.factories import user_with
from tests.fakes import FakeStages
from tests.flows import journey
from tests.queues import memory_queue
from training.models import Round, Routing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("queues", "catalogue")]

REVIEWS = 30


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somewhere for tasks to be sent: the test does what workers would."""
    with memory_queue(monkeypatch, "gpu"), memory_queue(monkeypatch, "default"):
        yield


@pytest.fixture
def catalogue(transactional_db: None, tmp_path: Path) -> None:
    """Imported and labelled."""
    journey.import_catalogue(tmp_path / "folder", gold=6, seed=2, pool=9)
    journey.label_gold()
    journey.ask_seed()
    journey.answer_all(user_with(Role.ANNOTATOR, "anna"), Purpose.SEED)
    rule(Purpose.REVIEW, suggestions=True)


def test_from_a_round_over_reviews_to_the_next_round(page: Page, live_server: LiveServer) -> None:
    ada, rita = user_with(Role.ADMIN, "ada"), user_with(Role.REVIEWER, "rita")
    session_begin(page, live_server.url, ada)
    first = start_round(page, "SFT only", FakeStages(right={0: 0.5}))
    route(page)

    session_begin(page, live_server.url, rita)
    review(page)

    session_begin(page, live_server.url, ada)
    second = start_round(page, "SFT, then DPO", FakeStages(right={0: 0.5, 1: 0.75}))
    expect(page.get_by_text(f"{REVIEWS} of 1 person on {REVIEWS} questions")).to_be_visible()
    page.goto(f"/rounds/compare?a=round-{second.pk}&b=round-{first.pk}")
    expect(page.get_by_text("A is significantly better")).to_be_visible()
    expect(page.get_by_role("region", name="Verdicts between them")).to_contain_text(f"Only in A{REVIEWS}")

    session_begin(page, live_server.url, rita)
    page.goto("/review/")
    expect(page.get_by_text(f"Your {REVIEWS} verdicts are in round {second.pk}")).to_be_visible()
    look_at(page, "journey-review")


def start_round(page: Page, strategy: str, stages: FakeStages) -> Round:
    """An admin starts a round on its page, a worker runs it to its end, and the page shows it."""
    page.goto("/rounds/")
    page.get_by_role("link", name="Start a round").click()
    page.get_by_role("radio", name=strategy).check()
    if strategy != "SFT only":
        page.get_by_label("Iterations, at most").fill("1")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name=re.compile("^Round "), level=1)).to_be_visible()
    round_ = journey.work_off(stages)
    page.goto(f"/rounds/{round_.pk}/")
    return round_


def route(page: Page) -> None:
    """From the round's page: count what would become of the votes, and confirm it."""
    page.get_by_role("link", name="Route this version").click()
    page.get_by_label("Reviews a day").fill(str(REVIEWS))
    page.get_by_label("Audited listings, %").fill("20")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("heading", name="Routing ")).to_be_visible()
    routing = journey.run_waiting(Routing.objects.get().pk)
    page.reload()
    expect(page.get_by_role("heading", name="What it would do")).to_be_visible()
    look_at(page, "journey-dry-run")
    assert not Task.objects.exclude(purpose=Purpose.SEED).exists(), "a dry run asks nobody anything"
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="What it does")).to_be_visible()
    journey.release(routing.pk)


def review(page: Page) -> None:
    """A reviewer answers every review by one key a question, and rightly."""
    page.goto("/review/")
    page.get_by_role("link", name="Begin Review").click()
    tasks = Task.objects.filter(purpose=Purpose.REVIEW).select_related("listing")
    waiting = {task.listing.external_id: task for task in tasks}
    shown = page.locator("[data-listing]")
    while waiting:
        expect(shown).to_have_text(re.compile(f"^({'|'.join(map(re.escape, waiting))})$"))
        answers = keys(waiting.pop(shown.text_content() or ""))
        expect(page.get_by_text(f"0 of {len(answers)} answered")).to_be_visible()
        press(page, *answers)
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    saved(page)
    verdicts = Label.objects.filter(provenance=Provenance.VERDICT).select_related("listing", "attribute")
    assert len(verdicts) == REVIEWS
    assert all(one.values == one.listing.claims[one.attribute.code]["values"] for one in verdicts)


def keys(task: Task) -> list[str]:
    """One for each question: Enter where the majority, the first value, is right, else the value's digit."""
    pressed = []
    for attribute in task.listing.vertical.attributes.filter(code__in=task.asks).order_by("position"):
        [truth] = task.listing.claims[attribute.code]["values"]
        place = [value.code for value in attribute.values.order_by("position")].index(truth)
        pressed.append(f"{(place + 1) % 10}" if place else "Enter")
    return pressed
