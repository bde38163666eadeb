import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects
from pytest_django.fixtures import Settings

from attrx_web.roles import Role
from catalog.models import Listing, Status
from tests.factories import user_with
from tests.queues import Queue
from tests.training.rounds import round_in, stage_of
from training import services
from training.models import Round, RoundStage

NEW = reverse("training:new")
ESTIMATE = reverse("training:estimate")
START = reverse("training:start")
ASKED: dict[str, Any] = {"strategy": "sft_dpo", "preset": "tiny", "iterations": 2, "seed": 5}

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
def admin() -> Client:
    return signed_in(Role.ADMIN)


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(user_with(role))
    return client


def finished(settings: Settings, seconds: float) -> Round:
    """A done round like ASKED whose stages each took so long."""
    params = services.round_params(**ASKED).to_json()
    questions = {"seed": 10, "gold": 100, "pool": 100}
    round_ = round_in(Status.DONE, params=params, questions=questions)
    for name, result in (("evaluate", {}), ("sft", {"examples": 10}), ("dpo", {"pairs": 40})):
        stage = stage_of(round_, Status.DONE, name, result=result)
        now = timezone.now()
        RoundStage.objects.filter(pk=stage.pk).update(started=now, finished=now + timedelta(seconds=seconds))
    return round_


def test_the_form_offers_every_strategy_and_preset_and_begins_with_what_suits(admin: Client) -> None:
    html = admin.get(NEW).content.decode()
    for name in ("sft_dpo", "sft", "champion_dpo", "self_training", "tiny", "gpu24", "gpu80", "gpus"):
        assert html.count(f'value="{name}"') == 1
    chosen = re.findall(r'type="radio" name="(\w+)" value="(\w+)" checked', html)
    assert chosen == [("strategy", "sft_dpo"), ("preset", "tiny")]


def test_the_page_says_what_a_round_would_take_before_anything_is_chosen(admin: Client) -> None:
    # Gold: 8 questions x 9 chains x 5 evaluations; pool: 8 questions x 8 chains x 3 iterations and the end;
    # seed set: 4 questions x 8 chains x 3 iterations.
    answer = admin.get(NEW)
    for text in ("4 seed, 8 gold, 8 pool", "712", "by stated figures, measured with the demo"):
        assertContains(answer, text)


def test_the_estimate_follows_the_form(admin: Client) -> None:
    answer = admin.post(ESTIMATE, ASKED | {"strategy": "sft"}, headers={"HX-Request": "true"})
    assertContains(answer, "<dd>208</dd>")
    assertContains(answer, "4 seed, 8 gold, 8 pool")
    assertNotContains(answer, "<form")
    assert not Round.objects.exists()


def test_without_scripts_the_page_comes_back_with_the_estimate_and_the_choices(admin: Client) -> None:
    answer = admin.post(ESTIMATE, ASKED | {"preset": "gpu80"})
    assertContains(answer, "reckoned, not measured")
    assertContains(answer, 'value="gpu80" checked')
    assertContains(answer, 'value="2"')
    assert not Round.objects.exists()


def test_the_estimate_of_a_wrong_form_asks_to_mend_it(admin: Client) -> None:
    answer = admin.post(ESTIMATE, ASKED | {"iterations": 99}, headers={"HX-Request": "true"})
    assertContains(answer, "Mend the form to see it.")


def test_the_time_is_that_of_the_newest_round_like_it(admin: Client, settings: Settings) -> None:
    finished(settings, seconds=1)
    newest = finished(settings, seconds=9000)
    answer = admin.post(ESTIMATE, ASKED, headers={"HX-Request": "true"})
    assertContains(answer, f"as measured in round {newest.pk} (process 7 on laptop)")
    assertContains(answer, " h</dd>")
    other = admin.post(ESTIMATE, ASKED | {"preset": "gpu24"}, headers={"HX-Request": "true"})
    assertContains(other, "by stated figures")


def test_the_button_starts_a_round_as_it_was_asked_for(
    queue: Queue, admin: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = admin.post(START, ASKED | {"strategy": "self_training"})
    round_ = Round.objects.get()
    assertRedirects(answer, reverse("training:round", args=[round_.pk]))
    wanted = {"strategy": "self_training", "preset": "tiny", "iterations": 2, "seed": 5}
    assert {name: round_.params[name] for name in wanted} == wanted
    assert round_.created_by is not None and round_.created_by.username == "admin"
    assert len(queue.take()) == 1


def test_what_keeps_a_round_from_starting_is_shown_with_the_form_as_it_was(admin: Client) -> None:
    Listing.objects.filter(split="pool").delete()
    answer = admin.post(START, ASKED)
    assertContains(answer, "The round cannot start: the pool is empty")
    assertContains(answer, 'value="5"')
    assertContains(answer, "4 seed, 8 gold, 0 pool")
    assert not Round.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"iterations": 99}, "Ensure this value is less than or equal to 20."),
        ({"strategy": "luck"}, "Select a valid choice. luck is not one"),
        ({"preset": "abacus"}, "Select a valid choice. abacus is not one"),
    ],
)
def test_a_form_that_is_wrong_says_where(admin: Client, wrong: dict[str, Any], message: str) -> None:
    assertContains(admin.post(START, ASKED | wrong), message)
    assert not Round.objects.exists()


def test_the_rounds_page_leads_to_the_form(admin: Client) -> None:
    assertContains(admin.get(reverse("training:rounds")), f'href="{NEW}"')


def test_a_round_says_which_verticals_it_is_without_and_why(admin: Client) -> None:
    reason = "vertical 'Lamp' has no gold labels: label some of its 2 gold listings"
    left_out = [{"vertical": "lamp", "name": "Lamp", "reason": reason}]
    counts = {"seed": 1, "gold": 2, "pool": 2}
    round_ = round_in(Status.DONE, counts=counts, left_out=left_out)
    answer = admin.get(reverse("training:round", args=[round_.pk]))
    assertContains(answer, "Left out<")
    assertContains(answer, "has no gold labels: label some of its 2 gold listings.")
    whole = round_in(Status.DONE)
    assertNotContains(admin.get(reverse("training:round", args=[whole.pk])), "Left out")


def test_the_manifest_is_a_file_to_keep(admin: Client) -> None:
    round_ = services.round_start(iterations=1)
    answer = admin.get(reverse("training:manifest", args=[round_.pk]))
    assert answer["Content-Disposition"] == f'attachment; filename="round-{round_.pk}-manifest.json"'
    manifest = json.loads(answer.getvalue())
    assert (manifest["round"], manifest["params"], manifest["results"]) == (round_.pk, round_.params, {})
    assert admin.get(reverse("training:manifest", args=[12345])).status_code == 404


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_only_admins_start_rounds_and_take_manifests(role: Role) -> None:
    client = signed_in(role)
    manifest = reverse("training:manifest", args=[round_in(Status.DONE).pk])
    answers = [client.get(NEW), client.post(ESTIMATE, ASKED), client.post(START, ASKED), client.get(manifest)]
    assert [answer.status_code for answer in answers] == [403] * 4


def test_links_neither_start_nor_estimate(admin: Client) -> None:
    assert [admin.get(url).status_code for url in (START, ESTIMATE)] == [405, 405]
