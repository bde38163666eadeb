"""Accepted answers where people meet them: the listings browser, a listing's page, and exports."""

import csv
import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import QueryDict
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from attrx_web.roles import Role
from catalog.models import Listing
from tests.factories import LabelFactory, user_with
from tests.queues import Queue
from tests.training.rounds import prediction, version_of
from tests.training.routed import SURE, UNSURE, World, dry_run, settings_of
from training.accepted import Accepting
from training.filters import PredictedListingFilter
from training.listings import Browser
from training.models import Alias, Prediction, Route, Routing
from training.services import routings

OF_COLOR = "vertical=kurta&attribute=color&"


@pytest.fixture
def routing(world: World, queue: Queue) -> Routing:
    """The current routing: color is accepted, shape reviewed but for the last ones, a quarter is audited."""
    found = dry_run(world, settings_of(per_day=5, days=1))
    routings.routing_confirm(routing_id=found.pk, by=user_with(Role.ADMIN))
    return found


def kept(query: str) -> set[int]:
    shown = PredictedListingFilter(QueryDict(query))
    assert shown.problems() == []
    return set(shown.qs.values_list("pk", flat=True))


def ids(routing: Routing, route: Route) -> set[int]:
    return set(routing.questions.filter(route=route).values_list("listing_id", flat=True))


def test_listings_are_narrowed_by_what_becomes_of_their_answers(world: World, routing: Routing) -> None:
    audited, reviewed = ids(routing, Route.AUDIT), ids(routing, Route.REVIEW)
    accepted = {listing.pk for listing in world.listings} - audited
    assert audited and len(reviewed) == 5
    assert kept("route=accepted") == kept(OF_COLOR + "route=accepted") == accepted
    assert kept("route=audit") == audited
    assert kept("route=review") == reviewed
    assert kept("vertical=kurta&attribute=shape&route=accepted") == set()
    assert kept("vertical=kurta&attribute=shape&route=nothing&split=pool") == accepted - reviewed
    assert kept("route=nothing&split=pool") == set()


def test_a_persons_label_wins_over_an_accepted_answer(world: World, routing: Routing) -> None:
    accepted = kept(OF_COLOR + "route=accepted")
    labelled = Listing.objects.get(pk=min(accepted))
    LabelFactory.create(listing=labelled, attribute=world.color)
    assert kept(OF_COLOR + "route=accepted") == accepted - {labelled.pk}


def test_a_superseded_or_unconfirmed_routing_accepts_nothing(world: World, routing: Routing) -> None:
    assert kept("route=accepted")
    stricter = dry_run(world, settings_of(audit_share=1.0))
    assert kept("route=accepted")
    routings.routing_confirm(routing_id=stricter.pk, by=user_with(Role.ADMIN))
    assert kept("route=accepted") == set()


def test_without_a_routing_nothing_is_accepted(world: World) -> None:
    assert kept("route=accepted") == kept("route=nothing") == set()


def test_thresholds_hold_between_the_agreements_of_other_numbers_of_chains(
    world: World, routing: Routing
) -> None:
    some = Prediction.objects.filter(attribute=world.color, listing__in=kept("route=accepted")).first()
    assert some is not None
    Prediction.objects.filter(pk=some.pk).update(agreement=1 - 1e-12)
    assert some.listing_id in kept("route=accepted")
    Prediction.objects.filter(pk=some.pk).update(agreement=0.99)
    assert some.listing_id not in kept("route=accepted")


def test_the_listing_page_says_what_becomes_of_each_answer(
    client: Client, world: World, routing: Routing
) -> None:
    client.force_login(user_with(Role.REVIEWER))
    reviewed = Listing.objects.get(pk=min(ids(routing, Route.REVIEW)))
    page = client.get(f"/listings/{reviewed.external_id}/").content.decode()
    assert "Accepted at ≥ 100 %, expected precision 99 %" in page
    assert ">In review<" in page
    audited = Listing.objects.get(pk=min(ids(routing, Route.AUDIT)))
    page = client.get(f"/listings/{audited.external_id}/").content.decode()
    assert page.count(">Audited<") == 2 and "expected precision" not in page


def test_the_listing_page_names_the_version_where_another_one_is_the_champion(
    client: Client, world: World, routing: Routing
) -> None:
    client.force_login(user_with(Role.REVIEWER))
    listing = Listing.objects.get(pk=min(kept("route=accepted")))
    other = version_of(world.version.round, iteration=1)
    prediction(other, listing, world.color, "blue")
    Alias.objects.update(version=other)
    page = client.get(f"/listings/{listing.external_id}/").content.decode()
    assert f"expected precision 99 %: red, by version {world.version.pk}" in page


def exported(*options: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    call_command("catalog_export", "predictions", *options, "--out", "out.csv")
    with open("out.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def here(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))


def test_exported_predictions_say_what_becomes_of_them(
    world: World, routing: Routing, here: None, capsys: pytest.CaptureFixture[str]
) -> None:
    listing = Listing.objects.get(pk=min(kept(OF_COLOR + "route=accepted")))
    LabelFactory.create(listing=listing, attribute=world.color)
    rows = exported(capsys=capsys)
    by_route: dict[str, int] = {}
    for row in rows:
        by_route[row["route"]] = by_route.get(row["route"], 0) + 1
    whole = routing.summary["whole"]
    assert by_route == {
        "accepted": whole["accepted"] - 1,
        "labelled": 1,
        "review": 5,
        "audit": whole["audited"],
        "": whole["reviewed"] - 5,
    }
    accepted = next(row for row in rows if row["route"] == "accepted")
    assert float(accepted["expected_precision"]) == pytest.approx(0.99, abs=0.005)
    assert next(row for row in rows if row["route"] == "review")["expected_precision"] == ""


def test_only_accepted_answers_are_exported_where_asked_for(
    world: World, routing: Routing, here: None, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = exported("--accepted", capsys=capsys)
    assert len(rows) == routing.summary["whole"]["accepted"]
    assert {(row["attribute"], row["route"]) for row in rows} == {("color", "accepted")}


def test_the_export_page_offers_accepted_answers(client: Client, world: World, routing: Routing) -> None:
    client.force_login(user_with(Role.REVIEWER))
    query = "what=predictions&format=csv&accepted=on"
    page = client.get(f"/export/?{query}").content.decode()
    assert "catalog_export predictions --format csv --accepted" in page
    response = client.get(f"/export/file?{query}")
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    assert len(list(csv.DictReader(io.StringIO(text)))) == routing.summary["whole"]["accepted"]


@pytest.mark.parametrize(
    ("what", "options", "problem"),
    [
        ("labels", (), "accepted answers are rows of predictions"),
        ("predictions", ("--format", "label-studio"), "export these as csv, jsonl or parquet"),
        ("predictions", ("--model-version", "0"), "not those of 0: leave the model version out"),
    ],
)
def test_accepted_answers_that_cannot_be_had_are_refused(
    world: World, routing: Routing, what: str, options: tuple[str, ...], problem: str
) -> None:
    with pytest.raises(CommandError, match=problem) as refused:
        call_command("catalog_export", what, "--accepted", *options)
    assert refused.value.returncode == 2


def test_nothing_is_exported_as_accepted_without_a_routing(world: World) -> None:
    with pytest.raises(CommandError, match="no routing counts yet, so nothing is accepted"):
        call_command("catalog_export", "predictions", "--accepted")


def test_accepted_answers_of_an_attribute_are_found_by_an_index(db: None) -> None:
    world = World(pool=1500, gold=0)
    few = [listing.pk for listing in world.listings[:15]]
    Prediction.objects.filter(attribute=world.color).exclude(listing__in=few).update(agreement=UNSURE)
    accepting = Accepting(1, world.version.pk, {world.color.pk: SURE}, {world.color.pk: 0.99})
    answers = accepting.answers(world.color.pk).order_by()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert answers.count() == 15
    assert "training_prediction_by_vote" in answers.explain()


def test_the_filter_takes_few_queries(
    world: World, routing: Routing, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(9):
        kept(OF_COLOR + "route=accepted")


def test_accepted_listings_are_walked_by_agreement_in_both_directions(world: World, routing: Routing) -> None:
    browser = Browser({"vertical": "kurta", "attribute": "color", "route": "accepted", "sort": "agreement"})
    accepted = kept(OF_COLOR + "route=accepted")
    page = browser.page()
    assert {listing.pk for listing in page.rows} == accepted and browser.count() == len(accepted)
    first = page.rows[0]
    before, after = browser.neighbours(first.pk)
    assert before is None and after is not None and after.pk in accepted


def test_acceptance_and_the_other_filters_of_predictions_ask_for_one_answer(
    world: World, routing: Routing
) -> None:
    accepted = kept(OF_COLOR + "route=accepted")
    assert kept(OF_COLOR + "route=accepted&predicted=red&agreement_from=50") == accepted
    assert kept(OF_COLOR + "route=accepted&predicted=blue") == set()
    assert kept(OF_COLOR + "route=accepted&agreement_to=99") == set()
