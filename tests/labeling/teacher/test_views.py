"""The pages of teachers, without a browser (tests/browser/test_teacher.py has one)."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects
from pytest_django.fixtures import Settings

from attrx_web.env import Teacher
from attrx_web.roles import Role
from catalog.models import Status
from labeling.models import Label, Provenance, TeacherRun
from labeling.services.teacher import teacher_cancel
from tests.factories import user_with
from tests.labeling.teacher.conftest import KEY, MODEL
from tests.labeling.teacher.endpoint import Endpoint
from tests.labeling.teacher.runs import claimed, says, started, worked
from tests.labeling.workspace import annotator, bag, label_all, tasks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("teacher", "queue")]

FORM = {
    "vertical": "bag",
    "choice": "purpose:gold",
    "most": "200",
    "attribute": ["colour", "closing", "note"],
    "style": "whole",
    "budget_tokens": "100000",
    "photos": "6",
    "side": "768",
    "output_tokens": "",
    "per_minute": "60000",
    "at_once": "1",
}
PAGES = ["teacher", "teacher_new", "teacher_run", "teacher_status", "teacher_unread", "teacher_record"]


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(user_with(Role.ADMIN))
    return client


def address(name: str, run: TeacherRun | None = None) -> str:
    return reverse(f"labeling:{name}", args=[run.pk] if run else [])


def form(**changes: Any) -> dict[str, Any]:
    """The page of a new run as a browser would send it."""
    return FORM | changes


@pytest.fixture
def done(endpoint: Endpoint) -> Iterator[TeacherRun]:
    """A run over four bags, of which one answer could not be read."""
    tasks(4)
    endpoint.says("Sorry, <b>no</b>.")
    endpoint.says(says())
    yield worked(started())


@pytest.mark.parametrize("role", [None, Role.ANNOTATOR, Role.REVIEWER])
def test_only_admins_see_teachers_and_start_them(client: Client, role: Role | None, done: TeacherRun) -> None:
    if role:
        client.force_login(user_with(role))
    refused = HTTPStatus.FORBIDDEN if role else HTTPStatus.FOUND
    for name in PAGES:
        run = None if name in ("teacher", "teacher_new") else done
        assert client.get(address(name, run)).status_code == refused
    for name in ("teacher_start", "teacher_estimate"):
        assert client.post(address(name), form()).status_code == refused
    for name in ("teacher_cancel", "teacher_resume", "teacher_record"):
        assert client.post(address(name, done)).status_code == refused
    assert TeacherRun.objects.count() == 1


def test_without_a_teacher_the_page_says_how_to_get_one(admin: Client, settings: Settings) -> None:
    settings.ATTRX_TEACHER = None
    page = admin.get(address("teacher"))
    assertContains(page, "ATTRX_TEACHER_URL")
    assertNotContains(page, "Ask the teacher")
    assertRedirects(admin.get(address("teacher_new")), address("teacher"))
    assertRedirects(admin.post(address("teacher_start"), form()), address("teacher"))


def test_without_a_schema_there_is_nothing_to_ask(admin: Client) -> None:
    assertContains(admin.get(address("teacher_new")), "There is nothing to ask yet")


def test_a_new_run_shows_what_it_will_take_and_where_photos_go(admin: Client, endpoint: Endpoint) -> None:
    tasks(3)
    page = admin.get(address("teacher_new"), {"vertical": "bag"})
    assert page.context["estimate"] is None or page.context["estimate"].listings == 0, "nothing is a seed"
    page = admin.post(address("teacher_estimate"), form())
    assertContains(page, "<dt>Listings</dt><dd>3</dd>", html=True)
    assertContains(page, f"will be sent to <strong>{endpoint.url}</strong>")
    assertContains(page, "Send them and start")
    assertNotContains(page, KEY)
    assert endpoint.asked == []


def test_the_price_shows_what_a_run_may_cost(admin: Client, settings: Settings, endpoint: Endpoint) -> None:
    settings.ATTRX_TEACHER = Teacher(endpoint.url, MODEL, KEY, (Decimal(1000), Decimal(1000), "EUR"))
    tasks(3)
    page = admin.post(address("teacher_estimate"), form(budget_money="0.01"))
    assertContains(page, "EUR at most")
    assertContains(page, "It is too small for all of these listings")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"budget_tokens": ""}, "Give a budget, so that a run cannot cost more."),
        ({"attribute": []}, "Choose at least one attribute."),
        ({"choice": "named", "names": " \n"}, "Name at least one listing."),
        ({"choice": "named", "names": "nowhere"}, "1 of 1 listings are not of vertical &#x27;bag&#x27;"),
        ({"most": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"per_minute": "fast"}, "Enter a whole number."),
        ({"choice": "purpose:audit"}, "There is no listing to ask about."),
    ],
)
def test_what_cannot_be_started_is_said_before_it_is(
    admin: Client, changes: dict[str, Any], problem: str
) -> None:
    tasks(1)
    assertContains(admin.post(address("teacher_estimate"), form(**changes)), problem)
    page = admin.post(address("teacher_start"), form(**changes))
    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assertContains(page, problem, status_code=page.status_code)
    assert not TeacherRun.objects.exists()


def test_a_run_starts_as_shown_and_leads_to_its_page(admin: Client) -> None:
    tasks(3)
    answer = admin.post(address("teacher_start"), form(expected="3", most="2"))
    assertContains(answer, "comes to other listings by now", status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
    answer = admin.post(address("teacher_start"), form(expected="2", most="2", style="single"))
    run = TeacherRun.objects.get()
    assertRedirects(answer, address("teacher_run", run))
    assert (run.answers.count(), run.style, run.purpose, run.budget_tokens) == (2, "single", "gold", 100000)
    assert run.created_by and run.created_by.username == "admin"


@pytest.mark.parametrize("vertical", ["hat", "\x00", "x" * 5000])
def test_a_vertical_that_is_not_there_is_no_error_of_ours(admin: Client, vertical: str) -> None:
    tasks(1)
    assert admin.get(address("teacher_new"), {"vertical": vertical}).status_code == HTTPStatus.OK
    page = admin.post(address("teacher_start"), form(vertical=vertical, expected="1"))
    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_hundreds_of_listings_can_be_named(admin: Client) -> None:
    listings = [task.listing for task in tasks(3)]
    names = "\r\n".join(f"{listing.external_id}" for listing in listings) + "\r\n" * 6000
    page = admin.post(address("teacher_new"), form(choice="named", names=names))
    assert page.context["estimate"].listings == 3


def test_a_done_run_shows_what_it_answered_cost_and_could_not_answer(admin: Client, done: TeacherRun) -> None:
    label_all(annotator(), 2)
    page = admin.get(address("teacher_run", done))
    assertContains(page, "every listing was asked about")
    assertContains(page, "Sorry, &lt;b&gt;no&lt;/b&gt;.")
    assertContains(page, "there is no JSON object in it")
    assertContains(page, "480")
    assertContains(page, "Record as labels")
    assertNotContains(page, KEY)
    overview = admin.get(address("teacher"))
    assertContains(overview, f"Run {done.pk}")
    assertContains(admin.get(address("teacher_unread", done)), "Not readable")


def test_a_waiting_run_asks_for_its_status_and_at_its_end_for_the_page(admin: Client) -> None:
    tasks(1)
    run = started()
    fragment = admin.get(address("teacher_status", run))
    assertContains(fragment, "hx-get")
    assertContains(fragment, "If no worker is running, start one")
    assert "HX-Refresh" not in fragment.headers
    teacher_cancel(run_id=run.pk)
    fragment = admin.get(address("teacher_status", run))
    assertNotContains(fragment, "hx-get")
    assert fragment.headers["HX-Refresh"] == "true"


def test_a_running_run_whose_worker_is_silent_says_so(admin: Client) -> None:
    tasks(1)
    run = started()
    claimed(run)
    TeacherRun.objects.update(heartbeat=timezone.now() - timedelta(seconds=45))
    page = admin.get(address("teacher_status", run))
    assertContains(page, "No sign of life from the worker")
    assertContains(page, "0 of 1 listings")


def test_a_run_that_waits_behind_another_says_so(admin: Client) -> None:
    tasks(2)
    claimed(started(most=1))
    assertContains(admin.get(address("teacher_status", started())), "behind 1 other run")


def test_a_run_is_cancelled_and_resumed_from_its_page(admin: Client) -> None:
    tasks(1)
    run = started()
    assertContains(admin.get(address("teacher_run", run)), "Cancel")
    assertRedirects(admin.post(address("teacher_cancel", run)), address("teacher_run", run))
    run.refresh_from_db()
    assert run.status == Status.CANCELLED
    again = admin.post(address("teacher_cancel", run), follow=True)
    assertContains(again, "That is not possible any more: the run has gone on.")
    assertRedirects(admin.post(address("teacher_resume", run)), address("teacher_run", run))
    run.refresh_from_db()
    assert run.status == Status.QUEUED


def test_labels_are_recorded_after_the_minimum_is_stated_and_confirmed(
    admin: Client, done: TeacherRun
) -> None:
    label_all(annotator(), 3)
    page = admin.get(address("teacher_record", done))
    assertContains(page, "Too few answers to compare")
    assertContains(page, "There is nothing to record with this minimum.")
    wanted = {"percent": "90", "compared": "2"}
    page = admin.get(address("teacher_record", done), wanted)
    assertContains(page, "Record 2 labels")
    stale = admin.post(address("teacher_record", done), wanted | {"expected": "9"})
    assertContains(stale, "another number of labels by now", status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
    assert not Label.objects.filter(provenance=Provenance.TEACHER).exists()
    answer = admin.post(address("teacher_record", done), wanted | {"expected": "2"}, follow=True)
    assertContains(answer, "Labels recorded: 2.")
    assert Label.objects.filter(provenance=Provenance.TEACHER).count() == 2


@pytest.mark.parametrize("percent", ["", "10", "x"])
def test_a_minimum_that_means_nothing_is_refused(admin: Client, done: TeacherRun, percent: str) -> None:
    page = admin.post(address("teacher_record", done), {"percent": percent, "compared": "2", "expected": "0"})
    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "plan" not in page.context


def test_a_run_that_is_not_there_is_not_found(admin: Client) -> None:
    bag()
    assert admin.get(reverse("labeling:teacher_run", args=[99])).status_code == HTTPStatus.NOT_FOUND
    assert admin.post(reverse("labeling:teacher_cancel", args=[99])).status_code == HTTPStatus.NOT_FOUND


def test_everything_it_said_can_be_read_on_the_admin_site_and_not_changed(
    admin: Client, done: TeacherRun
) -> None:
    row = done.answers.get(position=2)
    assertContains(admin.get(reverse("admin:labeling_teacheranswer_changelist")), row.listing.external_id)
    change = reverse("admin:labeling_teacheranswer_change", args=[row.pk])
    assertContains(admin.get(change), "Red")
    assert admin.post(change, {}).status_code == HTTPStatus.FORBIDDEN
