"""The pages of teachers as an admin uses them: estimate, start, watch, cancel, read what failed, record."""

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest
from celery import current_app
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from attrx_web.env import Teacher
from attrx_web.roles import Role
from catalog.models import Listing
from catalog.schema.spec import AttributeSpec
from catalog.services.ledger import Claim, worker_name
from labeling.models import Label, Provenance, TeacherAnswer, TeacherRun
from labeling.services import suggestion_add
from labeling.services.teacher_queue import teacher_claim
from labeling.services.teacher_run import teacher_run
from labeling.teacher.pace import Patience
from tests.browser.conftest import SignIn
from tests.browser.labelling import QUESTIONS, begin, code, kurta, open_tasks, question, show_suggestions
from tests.browser.looking import look_at
from tests.factories import LabelFactory
from tests.labeling.teacher.endpoint import Endpoint, serving
from tests.queues import BROKER

pytestmark = pytest.mark.django_db(transaction=True)

MODEL = "large-vl-72b-instruct"
QUICK = Patience(seconds=5.0, attempts=2, first_wait=0.001)
LISTINGS = 24


def questions() -> list[AttributeSpec]:
    return [question(label, values) for label, values in list(QUESTIONS.items())[:6]]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as endpoint:
        yield endpoint


@pytest.fixture
def listings(endpoint: Endpoint, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[Listing]:
    """Kurtas that wait for people, and a teacher; what is sent to workers waits in memory."""
    monkeypatch.setattr(current_app.conf, "broker_write_url", BROKER)
    price = (Decimal("2.50"), Decimal(10), "USD")
    settings.ATTRX_TEACHER = Teacher(endpoint.url, MODEL, "sk-0123456789", price)
    return open_tasks(LISTINGS, kurta(*questions()), photos=1)


def said(place: int = 0) -> str:
    """What a teacher says about a kurta: the values at this place of each list."""
    return json.dumps(
        {
            code(label): {"values": [values[place % len(values)]], "state": "", "evidence": 1}
            for label, values in list(QUESTIONS.items())[:6]
        }
    )


def hostile(endpoint: Endpoint) -> None:
    """Mostly good answers, and some that are none."""
    endpoint.says("I am sorry, but I cannot help with products of this kind.")
    endpoint.says(said()[:80], finish="length")
    endpoint.fails(400, "The image could not be decoded.")
    endpoint.says(said().replace('"red"', '"crimson red"').replace('"solid"', '"plain"'))
    endpoint.says(said())


def claimed() -> Claim:
    """The newest run, taken by a worker."""
    run = TeacherRun.objects.latest("pk")
    claim = teacher_claim(run_id=run.pk, worker=worker_name())
    assert claim
    return claim


def test_an_admin_starts_a_run_watches_it_and_reads_what_failed(
    page: Page, sign_in: SignIn, listings: list[Listing], endpoint: Endpoint
) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/labeling/teacher/")
    expect(page.get_by_role("heading", name="Nothing has been asked yet")).to_be_visible()
    look_at(page, "teacher-none")
    page.get_by_role("link", name="Ask the teacher").click()
    expect(page.get_by_role("definition").filter(has_text=str(LISTINGS)).first).to_be_visible()
    look_at(page, "teacher-new")

    page.get_by_label("At most").fill("20")
    expect(page.locator("#estimate dd").first).to_have_text("20")
    page.get_by_label("Tokens", exact=True).fill("300")
    expect(page.get_by_text("It is too small for all of these listings")).to_be_visible()
    page.get_by_label("Tokens", exact=True).fill("")
    expect(page.get_by_text("Give a budget, so that a run cannot cost more.")).to_be_visible()
    look_at(page, "teacher-new-wrong")
    page.get_by_label("Tokens", exact=True).fill("1000000")
    page.get_by_label("Money").fill("1.50")
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Requests a minute").fill("60000")
    expect(page.get_by_role("button", name="Send them and start")).to_be_visible()
    look_at(page, "teacher-new-all")
    page.get_by_role("button", name="Send them and start").click()

    expect(page.locator("#status .state")).to_have_text("Waiting")
    look_at(page, "teacher-run-waiting")
    hostile(endpoint)
    watch(page, endpoint)
    expect(page.locator("#status .state")).to_have_text("Done")
    assert endpoint.asked
    agree(8)
    page.reload()
    look_at(page, "teacher-run-done")
    page.goto("/labeling/teacher/")
    look_at(page, "teacher-runs")


def watch(page: Page, endpoint: Endpoint) -> None:
    """The page follows a run at work by itself."""
    claim = claimed()
    seen = 0

    def tell(number: int) -> None:
        nonlocal seen
        seen += number
        if number and seen == 9:
            expect(page.locator("#status")).to_contain_text("9 of 20 listings", timeout=10_000)
            look_at(page, "teacher-run-asking")

    teacher_run(claim, patience=QUICK, tell=tell)
    expect(page.get_by_role("heading", name="Without an answer")).to_be_visible()
    summaries = page.get_by_text("What it said")
    expect(summaries.first).to_be_visible()
    summaries.first.click()


def agree(number: int) -> None:
    """People labelled so many of the listings: as the teacher says, but for one colour in four."""
    rows = TeacherAnswer.objects.filter(answers__has_key="neckline").order_by("position")
    for place, row in enumerate(rows[:number]):
        for one in row.listing.vertical.attributes.all():
            answer = row.answers.get(one.code)
            if answer:
                values = ["blue"] if one.code == "colour" and place % 4 == 0 else answer["values"]
                LabelFactory.create(
                    listing=row.listing, attribute=one, values=values, provenance=Provenance.ANNOTATION
                )


def test_a_run_is_cancelled_resumed_and_recorded_as_labels(
    page: Page, sign_in: SignIn, listings: list[Listing], endpoint: Endpoint
) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/labeling/teacher/new")
    page.get_by_role("button", name="Send them and start").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#status .state")).to_have_text("Cancelled")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#status .state")).to_have_text("Waiting")

    endpoint.says(said())
    TeacherRun.objects.update(per_minute=60_000, budget_tokens=2900)
    teacher_run(claimed(), patience=QUICK)
    expect(page.locator("#status .state")).to_have_text("Stopped by its budget")
    look_at(page, "teacher-run-budget")
    agree(4)
    page.get_by_role("link", name="Record as labels").click()
    expect(page.get_by_text("There is nothing to record with this minimum.")).to_be_visible()
    look_at(page, "teacher-record-nothing")
    page.get_by_label("In so many answers, at least").fill("4")
    page.get_by_role("button", name="Show what it comes to").click()
    expect(page.get_by_text("People agree too seldom")).to_be_visible()
    look_at(page, "teacher-record")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_text("Labels recorded:")).to_be_visible()
    assert Label.objects.filter(provenance=Provenance.TEACHER).exists()


def test_a_run_that_failed_says_why_and_what_to_do(
    page: Page, sign_in: SignIn, listings: list[Listing], endpoint: Endpoint
) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/labeling/teacher/new")
    page.get_by_role("button", name="Send them and start").click()
    endpoint.fails(401, "Incorrect API key provided: sk-01******89.")
    expect(page.locator("#status .state")).to_have_text("Waiting")
    teacher_run(claimed(), patience=QUICK)
    expect(page.get_by_role("alert")).to_contain_text("Incorrect API key provided")
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    look_at(page, "teacher-run-failed")


def test_without_a_teacher_the_page_says_how_to_get_one(page: Page, sign_in: SignIn) -> None:
    sign_in(page, Role.ADMIN)
    page.goto("/labeling/teacher/")
    expect(page.get_by_role("heading", name="No teacher is configured")).to_be_visible()
    look_at(page, "teacher-setup")


def test_a_proposal_is_marked_with_the_teacher_on_the_labelling_screen(
    page: Page, sign_in: SignIn, listings: list[Listing]
) -> None:
    show_suggestions()
    attribute = listings[0].vertical.attributes.get(code="colour")
    suggestion_add(listing=listings[0], attribute=attribute, source=f"teacher: {MODEL}", shares={"blue": 1.0})
    sign_in(page, Role.ANNOTATOR)
    begin(page, listings[0])
    expect(page.get_by_text(f"teacher: {MODEL}").first).to_be_visible()
    assert not Label.objects.exists()
