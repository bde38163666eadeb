"""The page of the loop: what it says, to whom, in how many queries, and its tables as CSV."""

import csv
import re
from decimal import Decimal
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from attrx_web.env import Prices
from attrx_web.roles import Role
from catalog.models import Listing, Vertical
from labeling.models import Turn
from tests.factories import TaskFactory, VerticalFactory, user_with
from tests.fakes import FakeStages
from tests.training.loops import loop_round, routing
from training import jobs, services

pytestmark = pytest.mark.django_db


@pytest.fixture
def kurta() -> Vertical:
    return VerticalFactory.create(code="kurta", label="Kurta")


@pytest.fixture
def reviewer() -> User:
    return user_with(Role.REVIEWER)


def shown(client: Client, user: User, address: str = "/loop/") -> str:
    """The page's text without its tags."""
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    words = re.sub(r"<[^>]+>", " ", answer.content.decode().replace("&nbsp;", " ").replace("&#x27;", "'"))
    return re.sub(r"\s+", " ", words)


def test_everything_is_on_the_page(client: Client, kurta: Vertical, reviewer: User) -> None:
    loop_round(kurta, pool=1000)
    round_ = loop_round(kurta, pool=4000, after=75, teaching=900)
    routing(round_, kurta)
    words = shown(client, reviewer)
    for said in (
        "Accuracy by pool size",
        "75.0 %",
        "Mean agreement by vertical",
        "Iteration 1, DPO",
        "18 of 20 listings",
        "Not counted are",
        "95.1 %",
        "2.3 points",
    ):
        assert said in words
    assert "ATTRX_GPU_PRICE" not in words.replace("are ATTRX_GPU_PRICE and", "")


@pytest.mark.usefixtures("catalogue")
def test_a_round_that_ran_has_its_figures_without_further_ado(client: Client, reviewer: User) -> None:
    seed = Listing.objects.get(external_id="kurta-seed-0")
    task = TaskFactory.create(listing=seed)
    Turn.objects.create(
        task=task, number=1, vertical=seed.vertical, person=reviewer, finished=timezone.now(), seconds=90
    )
    round_ = services.round_start(iterations=1)
    claim = services.round_claim(round_id=round_.pk, worker="process 1 on laptop")
    assert claim is not None
    jobs.run_round(claim, run_stage=FakeStages(right={0: 0.5, 1: 0.75}, pairs=3))
    words = shown(client, reviewer)
    # 8 gold questions, 6 of them right after the iteration and 4 before, 4 pool listings of 2 questions
    # each, of whose 4 chains 3 agree; 90 s at one of 2 seed listings.
    wilson = "41–93, Iteration 1"
    assert f"75.0 % 95 % interval {wilson} 50.0 % +25.0 4 1 min 30 s 1 of 2 listings not known 3" in words
    assert "SFT 75.0 %" in words
    assert "3 of 4 100.0 % 8" in words
    assert "Iteration 1 8 3 3 37.5 0" in words
    assert "Iteration 1, DPO 0.5 s 2 min 5 s" in words


def test_many_rounds_take_as_few_queries_as_one(
    client: Client, kurta: Vertical, reviewer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        newest = loop_round(kurta, pool=1000 + number)
    routing(newest, kurta)
    client.force_login(reviewer)
    for address in ("/loop/", "/loop/?vertical=kurta"):
        with django_assert_num_queries(14):
            assert client.get(address).status_code == 200


def test_without_rounds_the_page_says_what_it_will_show(client: Client, reviewer: User) -> None:
    words = shown(client, reviewer)
    assert "No round is done yet" in words
    assert "An admin can start one" in words
    assert "No routing has been tried yet" in words


def test_an_admin_is_led_to_what_is_missing(client: Client, kurta: Vertical) -> None:
    loop_round(kurta)
    client.force_login(user_with(Role.ADMIN))
    page = client.get("/loop/").content.decode()
    assert 'href="/rounds/new"' in page
    assert "ATTRX_GPU_PRICE</code>" in page


def test_what_an_address_asks_for_in_vain_is_taken_for_nothing(
    client: Client, kurta: Vertical, reviewer: User
) -> None:
    loop_round(kurta)
    assert "All verticals" in shown(client, reviewer, "/loop/?vertical=no&kind=no&round=x")


def test_annotators_are_kept_out(client: Client) -> None:
    client.force_login(user_with(Role.ANNOTATOR))
    assert client.get("/loop/").status_code == 403


def test_visitors_sign_in_first(client: Client) -> None:
    assert client.get("/loop/").status_code == 302


@pytest.fixture
def measured(kurta: Vertical, settings: Settings) -> None:
    settings.ATTRX_PRICES = Prices(Decimal("2.50"), None, "USD")
    round_ = loop_round(kurta, pool=2000, after=75)
    routing(round_, kurta)


def rows_of(client: Client, reviewer: User, table: str) -> list[dict[str, str]]:
    client.force_login(reviewer)
    answer = client.get(f"/loop/?format=csv&table={table}")
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))


def test_rounds_as_csv(client: Client, reviewer: User, measured: None) -> None:
    [row] = rows_of(client, reviewer, "rounds")
    assert (row["pool_listings"], row["teaching_seconds"], row["measuring_seconds"]) == (
        "2000",
        "600.0",
        "1200.0",
    )
    assert (row["first_accuracy"], row["best_accuracy"], row["used"]) == ("0.6", "0.75", "30")


def test_agreement_as_csv(client: Client, reviewer: User, measured: None) -> None:
    rows = rows_of(client, reviewer, "agreement")
    assert [(row["model"], row["agreeing"], row["questions"]) for row in rows][-1] == ("SFT", "4", "60")


def test_learned_as_csv(client: Client, reviewer: User, measured: None) -> None:
    [row] = rows_of(client, reviewer, "learned")
    assert list(row.values()) == ["1", "100", "pairs", "40", "30", "7", "5"]


def test_stages_as_csv(client: Client, reviewer: User, measured: None) -> None:
    rows = rows_of(client, reviewer, "stages")
    assert [row["seconds"] for row in rows] == ["120.0", "3600.0", "600.0", "1200.0"]


def test_costs_as_csv(client: Client, reviewer: User, measured: None) -> None:
    [row] = rows_of(client, reviewer, "costs")
    assert (row["gpu_seconds"], row["seed_seconds"], row["reviewed_seconds"]) == ("3600.0", "600.0", "")
    assert (row["cost"], row["cost_per_thousand"], row["currency"]) == ("2.5", "1.25", "USD")


def test_routings_as_csv(client: Client, reviewer: User, measured: None) -> None:
    [row] = rows_of(client, reviewer, "routings")
    assert (row["coverage"], row["expected_precision"], row["at_least"]) == ("0.6", "0.95", "0.9512")


def test_a_table_that_is_not_there_is_refused(client: Client, reviewer: User) -> None:
    client.force_login(reviewer)
    assert client.get("/loop/?format=csv&table=nonsense").status_code == 404
