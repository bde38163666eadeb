"""Tables of health, rounds, comparisons and routings as CSV: what the pages show, as numbers."""

import csv
import io

import pytest
from django.contrib.auth.models import User
from django.test import Client

from attrx_web.roles import Role
from catalog.models import Status
from tests.factories import user_with
from tests.training.health.filled import fill
from tests.training.registry import round_over, version_with
from tests.training.rounds import metric, round_in, stage_of
from tests.training.routed import World, answer_audits, dry_run
from training.models import Method, Round
from training.services.releasing import routing_release
from training.services.routings import routing_confirm

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(user_with(Role.ADMIN))
    return client


def rows(client: Client, address: str, table: str = "", **asked: str) -> list[dict[str, str]]:
    answer = client.get(address, {"format": "csv"} | ({"table": table} if table else {}) | asked)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


class TestHealth:
    def test_every_vertical_has_its_newest_week(self, client: Client) -> None:
        fill("kurta")
        fill("lamp")
        kurta, lamp = rows(client, "/health/")
        assert (kurta["vertical"], lamp["vertical"]) == ("Kurta", "Lamp")
        assert (kurta["agreement"], kurta["agreement_before"], kurta["value_mix"]) == ("0.785", "0.8", "0.34")
        assert (kurta["value_mix_attribute"], kurta["open_alerts"]) == ("Color", "1")

    def test_a_vertical_has_its_weeks_and_attributes(self, client: Client) -> None:
        newest = str(fill().week)
        weeks = rows(client, "/health/vertical/kurta/")
        assert len(weeks) == 8
        assert (weeks[-1]["week"], weeks[-1]["agreement"]) == (newest, "0.785")
        (color,) = rows(client, "/health/vertical/kurta/", "attributes")
        assert (color["week"], color["attribute"], color["value_mix_is_alarm"]) == (newest, "Color", "true")
        assert (color["no_fitting_value"], color["answered"], color["no_fitting_value_p"]) == (
            "1",
            "30",
            "1.0",
        )

    def test_a_site_without_weeks_has_a_table_without_rows(self, client: Client) -> None:
        assert rows(client, "/health/") == []


class TestRounds:
    @pytest.fixture
    def measured(self) -> Round:
        round_ = round_in(Status.DONE)
        for iteration, correct in ((-1, 31), (0, 62)):
            for method, more in ((Method.GREEDY, 0), (Method.MAJORITY, 5)):
                metric(round_, iteration, correct=correct + more, method=method)
        return round_

    def test_models_have_accuracies_with_their_intervals(self, client: Client, measured: Round) -> None:
        zero_shot, sft = rows(client, f"/rounds/{measured.pk}/")
        assert (zero_shot["model"], sft["model"]) == ("Zero-shot", "SFT")
        assert float(sft["accuracy"]) == 0.62
        assert float(sft["accuracy_low"]) < 0.62 < float(sft["accuracy_high"])
        assert float(sft["head_room"]) == pytest.approx(0.05)
        assert sft["questions"] == "100"

    def test_the_newest_rounds_page_has_the_same_tables(self, client: Client, measured: Round) -> None:
        assert rows(client, "/", "figures") == rows(client, f"/rounds/{measured.pk}/", "figures")
        (whole,) = rows(client, "/", "figures")
        assert (whole["SFT"], whole["vertical"]) == ("0.62", "")

    def test_what_is_drawn_can_be_had_as_well(self, client: Client, measured: Round) -> None:
        stage_of(measured, Status.DONE, "vote", 1, result={"agreements": [0, 0, 4, 6]})
        found = rows(client, f"/rounds/{measured.pk}/", "agreements")
        assert [(row["chains_that_agree"], row["chains"], row["SFT"]) for row in found][-1] == ("3", "3", "6")
        assert rows(client, f"/rounds/{measured.pk}/", "steps") == []


def test_two_models_side_by_side(client: Client) -> None:
    sizes = {"bag": 12, "cap": 12}
    older = version_with(round_over(sizes), {"bag": 6, "cap": 12})
    newer = version_with(round_over(sizes), {"bag": 12, "cap": 6})
    found = rows(client, "/rounds/compare", a=f"version-{newer.pk}", b=f"version-{older.pk}")
    assert [(row["vertical"], row["attribute"], row["difference"]) for row in found] == [
        ("bag", "", "0.5"),
        ("bag", "colour", "0.5"),
        ("cap", "", "-0.5"),
        ("cap", "colour", "-0.5"),
        ("", "", "0.0"),
    ]
    assert (found[0]["only_a_right"], found[0]["only_b_right"], found[0]["p"]) == ("6", "0", "0.03125")


def test_a_routing_has_thresholds_and_both_curves(client: Client) -> None:
    routing = dry_run(World())
    address = f"/review/routing/{routing.pk}/"
    thresholds = rows(client, address)
    assert len(thresholds) == routing.thresholds.count()
    first = thresholds[0]
    assert int(first["right_above"]) <= int(first["judged_above"]) <= int(first["judged"])
    assert first["is_pooled"] in ("true", "false")
    tradeoff = rows(client, address, "tradeoff")
    shares = [float(row["coverage"]) for row in tradeoff]
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1)
    assert all(0 <= float(row["expected"]) <= 1 for row in rows(client, address, "reliability"))
    assert rows(client, address, "live") == []


def test_a_routing_that_counts_has_its_live_accuracy(client: Client) -> None:
    routing = dry_run(World())
    routing_confirm(routing_id=routing.pk, by=User.objects.get())
    routing_release(routing_id=routing.pk)
    audited = answer_audits(routing, "red")
    *_, whole = rows(client, f"/review/routing/{routing.pk}/", "live")
    assert (whole["audited"], whole["reviewed"]) == (str(audited), "0")
    assert float(whole["accuracy_low"]) <= float(whole["accuracy"]) <= float(whole["accuracy_high"])
