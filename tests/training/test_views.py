import logging
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects
from pytest_django.fixtures import Settings

from attrx_web.roles import Role
from catalog.models import Status
from tests.factories import AttributeFactory, VerticalFactory, user_with
from tests.training.rounds import metric, round_in, stage_of
from training.ml.steplog import Step, StepLog
from training.models import Method, Round
from training.roundlog import round_log

pytestmark = pytest.mark.django_db

HOME = reverse("training:latest")


def page_of(round_: Round) -> str:
    return reverse("training:round", args=[round_.pk])


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(user_with(role))
    return client


@pytest.fixture
def reviewer() -> Client:
    return signed_in(Role.REVIEWER)


@pytest.fixture
def admin() -> Client:
    return signed_in(Role.ADMIN)


def measured(status: Status = Status.DONE) -> Round:
    round_ = round_in(status)
    vertical = VerticalFactory.create(label="Kurta")
    attribute = AttributeFactory.create(vertical=vertical, label="Neckline")
    for iteration, correct in ((-1, 31), (0, 62), (1, 70)):
        for method in Method:
            metric(round_, iteration, correct=correct, method=method)
            metric(round_, iteration, correct=correct, method=method, vertical=vertical)
            metric(round_, iteration, correct=correct, method=method, vertical=vertical, attribute=attribute)
    return round_


@pytest.mark.parametrize("name", ["latest", "rounds", "round", "status"])
def test_pages_ask_visitors_to_log_in(client: Client, name: str) -> None:
    round_ = round_in(Status.DONE)
    url = reverse(f"training:{name}", args=[round_.pk] if name in ("round", "status") else [])
    assertRedirects(client.get(url), f"{reverse('account_login')}?next={url}")


def test_the_login_page_logs_in(client: Client) -> None:
    user_with(Role.REVIEWER)
    assertContains(client.get(reverse("account_login")), "Password")
    answer = client.post(reverse("account_login"), {"login": "reviewer", "password": "wrong"})
    assertContains(answer, "The user name or the password is wrong.")


def test_without_rounds_an_admin_is_invited_to_start_one(admin: Client, reviewer: Client) -> None:
    assertContains(admin.get(HOME), "Start a round")
    assertContains(reviewer.get(HOME), "An admin can start one")
    assertNotContains(reviewer.get(HOME), "Start a round")


def test_the_front_page_shows_the_latest_round(admin: Client) -> None:
    round_in(Status.DONE)
    latest = round_in(Status.DONE)
    assertContains(admin.get(HOME), f"Round {latest.pk}</h1>")


def test_who_only_labels_comes_to_the_work() -> None:
    assertRedirects(signed_in(Role.ANNOTATOR).get(HOME), reverse("labeling:board"))


def test_the_page_has_every_figure_without_javascript(reviewer: Client) -> None:
    answer = reviewer.get(page_of(measured()))
    for text in (
        "Zero-shot",
        "SFT",
        "Iteration 1",
        "70.0&nbsp;%",
        "60–78",
        "Kurta",
        "Neckline",
        "100 questions",
    ):
        assertContains(answer, text)
    assertNotContains(answer, "hx-get")


def test_the_tables_can_be_read_by_a_screen_reader(reviewer: Client) -> None:
    html = reviewer.get(page_of(measured())).content.decode()
    assert html.count("<table") == html.count("<caption") == 3
    assert html.count("<attrx-chart") == html.count('role="img" aria-label=')
    for table in re.findall(r"<thead>.*?</thead>", html, re.DOTALL):
        assert table.count("<th ") == table.count('scope="col"')
    assert "(best)" in html


def test_the_page_takes_few_queries_however_many_figures(
    reviewer: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    url = page_of(measured())
    # session, user, round, its stages, accuracies, metrics, versions, the latest round's id, verdicts, role
    with django_assert_num_queries(11):
        reviewer.get(url)


def test_a_queued_round_says_what_it_waits_for(reviewer: Client) -> None:
    answer = reviewer.get(page_of(round_in(Status.QUEUED)))
    assertContains(answer, "Waiting for a worker")
    assertContains(answer, "Reload")


def test_a_running_round_shows_stage_progress_and_worker(reviewer: Client) -> None:
    round_ = round_in(Status.RUNNING)
    stage_of(round_, Status.DONE, "zero_shot")
    stage_of(round_, Status.RUNNING, "sft", done=12, total=40)
    answer = reviewer.get(page_of(round_))
    for text in ("SFT", "stage 2 of 8", "12 of 40", "process 7 on laptop", "Reload", 'hx-trigger="every 3s"'):
        assertContains(answer, text)


def test_a_running_round_without_signs_of_life_says_so(reviewer: Client) -> None:
    round_ = round_in(Status.RUNNING, heartbeat=timezone.now() - timedelta(seconds=45))
    assertContains(
        reviewer.get(page_of(round_)), "No sign of life from the worker (process 7 on laptop) for 45 s"
    )


def test_a_failed_round_says_what_happened_and_what_to_do(reviewer: Client, admin: Client) -> None:
    round_ = round_in(Status.FAILED)
    stage_of(round_, Status.DONE, "zero_shot")
    stage_of(round_, Status.FAILED, "sft")
    answer = reviewer.get(page_of(round_))
    for text in ("Failed", "during SFT", "the disk is full: make room", "keeps the 1 finished stage."):
        assertContains(answer, text)
    assertNotContains(answer, "hx-get")
    assertNotContains(answer, ">Resume</button>")
    assertContains(admin.get(page_of(round_)), ">Resume</button>")


def test_a_cancelled_round_can_be_resumed(admin: Client) -> None:
    answer = admin.get(page_of(round_in(Status.CANCELLED)))
    assertContains(answer, "Cancelled")
    assertContains(answer, ">Resume</button>")


def test_a_done_round_that_stopped_early_says_why(reviewer: Client) -> None:
    round_ = round_in(Status.DONE, note="no pairs are left")
    assertContains(reviewer.get(page_of(round_)), "Stopped early: no pairs are left.")


def test_a_round_that_is_none_is_not_found(reviewer: Client) -> None:
    assert reviewer.get(reverse("training:round", args=[12345])).status_code == 404


def test_the_status_asks_for_the_page_when_figures_are_new_or_the_round_ends(reviewer: Client) -> None:
    round_ = round_in(Status.RUNNING)
    url = reverse("training:status", args=[round_.pk])
    assert "HX-Refresh" not in reviewer.get(url, {"evaluations": 0})
    stage_of(round_, Status.DONE, "zero_shot")
    assert reviewer.get(url, {"evaluations": 0})["HX-Refresh"] == "true"
    assert "HX-Refresh" not in reviewer.get(url, {"evaluations": 1})
    done = reverse("training:status", args=[round_in(Status.DONE).pk])
    assert reviewer.get(done, {"evaluations": 0})["HX-Refresh"] == "true"


def test_the_timeline_has_what_ran_and_what_is_to_come(reviewer: Client) -> None:
    round_ = round_in(Status.RUNNING)
    stage_of(round_, Status.DONE, "zero_shot")
    stage_of(round_, Status.RUNNING, "sft", done=12, total=40)
    answer = reviewer.get(page_of(round_))
    for text in ("Start</span>", "Iteration 1</span>", "state-planned", "Sampling chains", "3.0 s"):
        assertContains(answer, text)


def test_the_status_brings_new_figures_for_charts_that_are_there_and_new_charts(reviewer: Client) -> None:
    round_ = round_in(Status.RUNNING)
    stage_of(round_, Status.DONE, "sample", 1, done=1, total=2)
    url = reverse("training:status", args=[round_.pk])
    fresh = reviewer.get(url, {"evaluations": "0", "shape": "none"}).content.decode()
    assert 'id="charts" class="charts" aria-label="Charts" hx-swap-oob="true"' in fresh
    shape = unquote(re.findall(r"shape=([^\"&]*)", fresh)[0])
    same = reviewer.get(url, {"evaluations": "0", "shape": shape}).content.decode()
    assert 'id="rates" hx-swap-oob="true"' in same and 'id="charts"' not in same
    assert 'id="timeline"' in same and 'id="log"' in same


def test_a_training_says_how_much_memory_it_has_needed(reviewer: Client, settings: Settings) -> None:
    round_ = round_in(Status.RUNNING)
    stage_of(round_, Status.RUNNING, "sft", done=1, total=4, started=timezone.now() - timedelta(seconds=30))
    log = Path(settings.ATTRX_ARTIFACTS_DIR) / round_.artifact_path / "0-sft.partial" / "log.jsonl"
    log.parent.mkdir(parents=True)
    StepLog(log).add(Step(1, 2.5, 30.0, "cuda", 21 * 2**30))
    assertContains(reviewer.get(page_of(round_)), "The training has needed 21.0 GiB of GPU memory at most.")


def test_the_page_shows_what_the_workers_wrote(reviewer: Client) -> None:
    round_ = round_in(Status.DONE)
    with round_log(pk=round_.pk):
        logging.getLogger("training").warning("the disk is <nearly> full")
    assertContains(reviewer.get(page_of(round_)), "the disk is &lt;nearly&gt; full")


def test_the_list_has_every_round_newest_first(reviewer: Client) -> None:
    first, second = measured(), round_in(Status.FAILED)
    html = reviewer.get(reverse("training:rounds")).content.decode()
    assert html.index(f'href="{page_of(second)}"') < html.index(f'href="{page_of(first)}"')
    assert "62.0&nbsp;%" in html and "70.0&nbsp;%" in html


def test_the_list_takes_as_many_queries_for_many_rounds(
    reviewer: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(10):
        round_in(Status.DONE)
    # session, user, number of rounds, rounds, their figures and stages, the visitor's role
    with django_assert_num_queries(8):
        reviewer.get(reverse("training:rounds"))


def test_resume_and_cancel_do_what_they_say(admin: Client) -> None:
    failed, queued = round_in(Status.FAILED), round_in(Status.QUEUED)
    admin.post(reverse("training:resume", args=[failed.pk]))
    admin.post(reverse("training:cancel", args=[queued.pk]))
    assert Round.objects.get(pk=failed.pk).status == Status.QUEUED
    assert Round.objects.get(pk=queued.pk).status == Status.CANCELLED


@pytest.mark.parametrize("action", ["resume", "cancel"])
def test_an_action_that_comes_too_late_says_so(admin: Client, action: str) -> None:
    round_ = round_in(Status.DONE)
    answer = admin.post(reverse(f"training:{action}", args=[round_.pk]), follow=True)
    assertContains(answer, f"there is nothing to {action}")
    assert Round.objects.get(pk=round_.pk).status == Status.DONE


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
@pytest.mark.parametrize("action", ["start", "resume", "cancel"])
def test_only_admins_manage_rounds(catalogue: None, role: Role, action: str) -> None:
    round_ = round_in(Status.FAILED if action == "resume" else Status.QUEUED)
    url = reverse(f"training:{action}", args=[] if action == "start" else [round_.pk])
    answer = signed_in(role).post(url, {"iterations": 1, "seed": 0})
    assertContains(answer, "This page is for: admin.", status_code=403)
    assert Round.objects.get().status == round_.status


@pytest.mark.parametrize("action", ["start", "resume", "cancel"])
def test_a_link_cannot_change_anything(admin: Client, action: str) -> None:
    round_ = round_in(Status.QUEUED)
    url = reverse(f"training:{action}", args=[] if action == "start" else [round_.pk])
    assert admin.get(url).status_code == 405


def test_forms_from_elsewhere_are_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user_with(Role.ADMIN))
    round_ = round_in(Status.QUEUED)
    assert client.post(reverse("training:cancel", args=[round_.pk])).status_code == 403
    assert Round.objects.get().status == Status.QUEUED
