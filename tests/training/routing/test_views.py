"""The pages of routings: who may see and do what, and what they say."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from attrx_web.roles import Role
from catalog.models import Status
from catalog.services.ledger import work_close
from tests.factories import user_with
from tests.queues import Queue
from tests.training.routed import World, answer_audits, dry_run, settings_of
from training.models import Prediction, Routing, RoutingState
from training.services import releasing, routings

FORM = {
    "precision": "90",
    "confidence": "95",
    "fewest": "10",
    "per_day": "6",
    "days": "30",
    "review_seconds": "6",
    "audit_seconds": "12",
    "audit_share": "25",
    "salt": "audit",
    "priority_key": "",
}


@pytest.fixture
def admin(client: Client, db: None) -> Client:
    client.force_login(user_with(Role.ADMIN))
    return client


def text_of(client: Client, address: str) -> str:
    """The page's words."""
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).replace("&nbsp;", " ").split())


def test_admin_starts_a_dry_run_and_sees_it_wait(admin: Client, world: World, queue: Queue) -> None:
    weight = {f"weight-{world.shape.pk}": "2"}
    response = admin.post("/review/routing/new", FORM | weight | {"version": world.version.pk})
    routing = Routing.objects.get()
    assert response.headers["Location"] == f"/review/routing/{routing.pk}/"
    assert routing.params["target"]["precision"] == 0.9
    assert routing.params["routing"]["attribute_weights"] == [["kurta", "shape", 2.0]]
    page = text_of(admin, f"/review/routing/{routing.pk}/")
    assert "Queued Waiting for a worker" in page and "Confirm" not in page


def test_the_status_asks_for_itself_until_there_are_figures(
    admin: Client, world: World, queue: Queue
) -> None:
    routing = routings.routing_start(version_id=world.version.pk, settings=settings_of())
    address = f"/review/routing/{routing.pk}/status"
    waiting = admin.get(address)
    assert f'hx-get="{address}"' in waiting.content.decode() and "HX-Refresh" not in waiting.headers
    claim = routings.routing_claim(routing_id=routing.pk, worker="process 7 on laptop")
    assert claim is not None
    work_close(Routing, pk=routing.pk, status=Status.FAILED, error="The disk is full: make room.")
    failed = admin.get(address)
    assert failed.headers["HX-Refresh"] == "true"
    assert "The disk is full: make room." in failed.content.decode()


def test_what_the_dry_run_found_stands_on_its_page(admin: Client, world: World) -> None:
    routing = dry_run(world)
    whole = routing.summary["whole"]
    page = text_of(admin, f"/review/routing/{routing.pk}/")
    assert f"Accepted {whole['accepted']}" in page
    assert "with 95 % confidence" in page
    assert "Reviewed 15 1 min 30 s 6 a day at most, for 3 days." in page
    assert "Color 100 % 198 of 200 right 200 judged" in page
    assert "Not precise enough at any agreement: teach it more" in page
    assert "4 of 8 chains say blue, 4 say red" in page
    assert "Nothing happens before you confirm it." in page


def test_an_attribute_without_evidence_says_how_many_answers_it_takes(admin: Client, db: None) -> None:
    routing = dry_run(World(gold=0))
    page = text_of(admin, f"/review/routing/{routing.pk}/")
    assert "Needs 10 more audited answers" in page
    assert "No answer can be accepted at 90 % yet" in page


def test_confirming_lets_it_count_once(admin: Client, world: World, queue: Queue) -> None:
    routing = dry_run(world)
    for told in ("counts now. People are asked in a moment.", "was confirmed before: nothing has changed."):
        page = admin.post(f"/review/routing/{routing.pk}/confirm", follow=True).content.decode()
        assert told in page
    routing.refresh_from_db()
    assert routing.state == RoutingState.CURRENT


def test_a_confirmed_routing_shows_how_it_goes_and_the_accuracy_of_audits_alone(
    admin: Client, world: World, queue: Queue
) -> None:
    routing = dry_run(world)
    routings.routing_confirm(routing_id=routing.pk, by=user_with(Role.ADMIN))
    assert "No audited question has been answered yet" in text_of(admin, f"/review/routing/{routing.pk}/")
    releasing.routing_release(routing_id=routing.pk)
    answered = answer_audits(routing, "red")
    page = text_of(admin, f"/review/routing/{routing.pk}/")
    assert f"Audits {answered} of {answered} answered" in page
    assert "Reviews 0 of" in page
    assert f"Kurta {answered} 100.0 %" in page


def test_a_form_that_is_wrong_says_so_and_keeps_what_was_given(admin: Client, world: World) -> None:
    wrong = {"version": world.version.pk, "per_day": "50000", "days": "1000"}
    page = admin.post("/review/routing/new", FORM | wrong).content.decode()
    assert "100,000 are put in order at most: give fewer days or fewer reviews a day" in page
    assert 'value="50000"' in page
    page = admin.post("/review/routing/new", FORM | {"version": "0", "precision": "120"}).content.decode()
    assert "Select a valid choice." in page
    assert "less than or equal to 99.9" in page
    assert not Routing.objects.exists()


def test_the_form_begins_with_the_champion_or_a_former_routing(admin: Client, world: World) -> None:
    assert f'value="{world.version.pk}" selected' in admin.get("/review/routing/new").content.decode()
    routing = dry_run(world, settings_of(per_day=17))
    page = admin.get(f"/review/routing/new?from={routing.pk}").content.decode()
    assert 'name="per_day" value="17"' in page


def test_the_page_of_a_round_leads_to_its_routing(admin: Client, world: World) -> None:
    address = f"/rounds/{world.version.round_id}/"
    link = f"/review/routing/new?version={world.version.pk}"
    assert link in admin.get(address).content.decode()
    Prediction.objects.all().delete()
    assert link not in admin.get(address).content.decode()


def test_cancelling_and_resuming(admin: Client, world: World, queue: Queue) -> None:
    routing = routings.routing_start(version_id=world.version.pk, settings=settings_of())
    admin.post(f"/review/routing/{routing.pk}/cancel")
    routing.refresh_from_db()
    assert routing.status == Status.CANCELLED
    admin.post(f"/review/routing/{routing.pk}/resume")
    routing.refresh_from_db()
    assert routing.status == Status.QUEUED
    page = admin.post(f"/review/routing/{routing.pk}/resume", follow=True).content.decode()
    assert "nothing to resume" in page


def test_the_list_has_every_routing(admin: Client, world: World) -> None:
    assert "Nothing has been routed yet." in text_of(admin, "/review/routing/")
    routing = dry_run(world)
    page = text_of(admin, "/review/routing/")
    assert f"Routing {routing.pk} Dry run Round {world.version.round_id}, SFT" in page


def test_what_is_not_there_is_not_found(admin: Client) -> None:
    assert admin.get("/review/routing/7/").status_code == 404
    assert admin.post("/review/routing/7/confirm").status_code == 404


@pytest.mark.parametrize(
    ("role", "look", "manage"),
    [(Role.ANNOTATOR, 403, 403), (Role.REVIEWER, 200, 403), (Role.ADMIN, 200, 200)],
)
def test_reviewers_look_and_admins_decide(
    client: Client, world: World, queue: Queue, role: Role, look: int, manage: int
) -> None:
    routing = dry_run(world)
    client.force_login(user_with(role))
    for path in ("", f"{routing.pk}/", f"{routing.pk}/status"):
        assert client.get(f"/review/routing/{path}").status_code == look
    assert client.get("/review/routing/new").status_code == manage
    for act in ("confirm", "resume", "cancel"):
        status = client.post(f"/review/routing/{routing.pk}/{act}").status_code
        assert status == (302 if manage == 200 else 403)
    routing.refresh_from_db()
    assert (routing.state == RoutingState.CURRENT) == (manage == 200)


def test_the_page_takes_as_many_queries_whatever_the_pool(
    admin: Client, queue: Queue, db: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    routing = dry_run(World(pool=60))
    routings.routing_confirm(routing_id=routing.pk, by=user_with(Role.ADMIN))
    releasing.routing_release(routing_id=routing.pk)
    answer_audits(routing, "red")
    with django_assert_max_num_queries(17):
        admin.get(f"/review/routing/{routing.pk}/")
    with django_assert_max_num_queries(6):
        admin.get("/review/routing/")
