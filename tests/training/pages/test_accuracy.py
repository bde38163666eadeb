"""The pages of accuracy: who may see them, what they lead to, and what they read."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from attrx_web.roles import Role
from catalog.models import Attribute, Status, Vertical
from tests.factories import AttributeFactory, VerticalFactory, user_with
from tests.training.golden import round_by_chance, varied_catalogue
from tests.training.pages.tables import tables_of
from tests.training.registry import round_over, version_with
from tests.training.rounds import champion_of, metric, round_in
from training.figures import figures_record
from training.models import GoldAnswer, ModelVersion, Round

pytestmark = pytest.mark.django_db

MOST_QUERIES = 15
PAGES = [
    ("accuracy", ()),
    ("accuracy_vertical", ("kurta",)),
    ("accuracy_attribute", ("kurta", "color")),
]


def client_of(role: Role) -> Client:
    client = Client()
    client.force_login(user_with(role))
    return client


def text(client: Client, name: str, *codes: str, **query: str | int) -> str:
    answer = client.get(reverse(f"training:{name}", args=codes), query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().replace("&nbsp;", " ").split())


@pytest.fixture
def reviewer(db: None) -> Client:
    return client_of(Role.REVIEWER)


@pytest.fixture
def kurta(db: None) -> Attribute:
    return AttributeFactory.create(vertical=VerticalFactory.create(code="kurta", label="Kurta"), code="color")


def measured(attribute: Attribute, right: int = 30, questions: int = 40) -> Round:
    """A round with an SFT that was asked about one attribute."""
    round_ = round_in(Status.DONE)
    for vertical, of in ((None, None), (attribute.vertical, None), (attribute.vertical, attribute)):
        metric(round_, 0, correct=right, questions=questions, vertical=vertical, attribute=of)
    return round_


@pytest.mark.parametrize(("name", "codes"), PAGES)
class TestEveryPage:
    def test_an_annotator_may_not_look(self, kurta: Attribute, name: str, codes: tuple[str, ...]) -> None:
        assert client_of(Role.ANNOTATOR).get(reverse(f"training:{name}", args=codes)).status_code == 403

    def test_without_a_measured_round_it_says_how_to_get_one(
        self, kurta: Attribute, reviewer: Client, name: str, codes: tuple[str, ...]
    ) -> None:
        assert "No model was measured on gold yet." in text(reviewer, name, *codes)

    @pytest.mark.parametrize("asked", ["999", "nonsense", "-1"])
    def test_a_round_that_was_not_measured_is_not_found(
        self, kurta: Attribute, reviewer: Client, name: str, codes: tuple[str, ...], asked: str
    ) -> None:
        answer = reviewer.get(reverse(f"training:{name}", args=codes), {"round": asked})
        assert answer.status_code == 404

    @pytest.mark.usefixtures("base_model", "queue")
    def test_it_takes_few_queries(
        self,
        reviewer: Client,
        name: str,
        codes: tuple[str, ...],
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        varied_catalogue(1)
        round_by_chance(1, iterations=1)
        round_by_chance(2, iterations=1, strategy="self_training")
        with django_assert_max_num_queries(MOST_QUERIES):
            text(reviewer, name, *codes)

    def test_it_has_the_tabs_of_the_dashboards(
        self, kurta: Attribute, reviewer: Client, name: str, codes: tuple[str, ...]
    ) -> None:
        page = text(reviewer, name, *codes)
        assert '<a class="tab" href="/accuracy/" aria-current="page">Accuracy</a>' in page
        assert '<a class="tab" href="/health/">Health</a>' in page


@pytest.mark.parametrize(("role", "address"), [(Role.REVIEWER, "/accuracy/"), (Role.ANNOTATOR, "/people/")])
def test_dashboards_open_where_the_visitor_may_look(db: None, role: Role, address: str) -> None:
    page = client_of(role).get("/label/").content.decode()
    assert f'<a href="{address}">Dashboards</a>' in page


@pytest.mark.parametrize(
    "address",
    ["/accuracy/vertical/sofa/", "/accuracy/attribute/kurta/size/", "/accuracy/attribute/sofa/color/"],
)
def test_what_the_schema_does_not_have_is_not_found(kurta: Attribute, reviewer: Client, address: str) -> None:
    assert reviewer.get(address).status_code == 404


class TestRound:
    def test_the_champions_is_shown_unless_one_is_chosen(self, kurta: Attribute, reviewer: Client) -> None:
        older, newer = measured(kurta), measured(kurta)
        assert f"Round {newer.pk}</a>, SFT, then DPO" in text(reviewer, "accuracy")
        champion_of(older)
        assert f"Round {older.pk}</a>, SFT, then DPO" in text(reviewer, "accuracy")
        assert f"Round {newer.pk}</a>, SFT, then DPO" in text(reviewer, "accuracy", round=newer.pk)

    def test_an_old_one_can_be_asked_for(self, kurta: Attribute, reviewer: Client) -> None:
        rounds = [measured(kurta) for _ in range(22)]
        page = text(reviewer, "accuracy", round=rounds[0].pk)
        assert f'<option value="{rounds[0].pk}" selected>' in page
        assert f'<option value="{rounds[1].pk}"' not in page

    def test_one_that_was_not_asked_about_the_vertical_says_so(
        self, kurta: Attribute, reviewer: Client
    ) -> None:
        round_ = measured(kurta)
        VerticalFactory.create(code="sofa")
        assert f"Round {round_.pk} has no gold questions here" in text(reviewer, "accuracy_vertical", "sofa")

    def test_one_from_before_figures_were_kept_says_what_to_do(
        self, kurta: Attribute, reviewer: Client
    ) -> None:
        round_ = measured(kurta)
        assert f"manage.py metrics_compute --round {round_.pk}" in text(reviewer, "accuracy")
        figures_record(round_id=round_.pk, iteration=0)
        assert "manage.py metrics_compute --round" not in text(reviewer, "accuracy")


class TestGold:
    def test_too_little_is_said_with_how_much_more_it_takes(self, kurta: Attribute, reviewer: Client) -> None:
        measured(kurta, right=9, questions=12)
        page = text(reviewer, "accuracy_attribute", "kurta", "color")
        assert (
            "12 gold questions. <strong>That is little gold:</strong> SFT may be anywhere in 47–91 %" in page
        )
        assert '<span data-halve="45">45 more labels</span> would halve the interval' in page
        assert "little gold</span></td>" in text(reviewer, "accuracy")

    def test_enough_is_not_complained_about(self, kurta: Attribute, reviewer: Client) -> None:
        measured(kurta, right=900, questions=1200)
        assert "That is little gold" not in text(reviewer, "accuracy")
        assert "little gold</span></td>" not in text(reviewer, "accuracy")


class TestDrilling:
    def test_an_accuracy_opens_the_answers_behind_it(self, kurta: Attribute, reviewer: Client) -> None:
        round_ = measured(kurta)
        rows = tables_of(text(reviewer, "accuracy_attribute", "kurta", "color"))["models"]
        assert rows[0][1].links == [
            f"/listings/?vertical=kurta&attribute=color&answered={round_.pk}.0&retired=all"
        ]

    @pytest.mark.usefixtures("base_model", "queue")
    @pytest.mark.parametrize("attribute", ["color", "uses"])
    def test_every_count_opens_as_many_listings(self, reviewer: Client, attribute: str) -> None:
        varied_catalogue(3)
        round_by_chance(3, iterations=1)
        tables = tables_of(text(reviewer, "accuracy_attribute", "kurta", attribute, model=0))
        # Of a value: recall opens those that have it, precision those of which it was said.
        counted = [
            (row[count].value, link)
            for row in tables["values"]
            for cell, count in ((row[2], 6), (row[3], 5))
            for link in cell.links
        ]
        counted += [
            (cell.value, link)
            for row in (*tables["heat"], *tables["mistakes"])
            for cell in row
            for link in cell.links
        ]
        assert len(counted) > 12
        for count, link in counted:
            query = link.partition("?")[2]
            shown = reviewer.get(f"{reverse('training:listing_count')}?{query}").content.decode()
            assert shown.strip() == f"<strong>{count:.0f}</strong>", link


class TestTests:
    def test_a_difference_that_chance_would_make_is_not_called_better(self, reviewer: Client) -> None:
        round_ = _two_models(first=10, second=12)
        page = text(reviewer, "accuracy", round=round_.pk)
        assert "May be chance" in page and "Better" not in page

    def test_one_that_it_would_not_is(self, reviewer: Client) -> None:
        round_ = _two_models(first=10, second=25)
        assert '<td class="is-better">Better</td>' in text(reviewer, "accuracy", round=round_.pk)

    def test_the_first_model_is_called_as_its_strategy_calls_it(self, reviewer: Client) -> None:
        round_ = _two_models(first=10, second=25)
        Round.objects.filter(pk=round_.pk).update(params=round_.params | {"strategy": "champion_dpo"})
        row = tables_of(text(reviewer, "accuracy", round=round_.pk))["tests"][0]
        assert (row[0].text, row[1].text) == ("Iteration 1", "Champion the iteration before")


def _two_models(*, first: int, second: int) -> Round:
    """A round of forty questions, so many of them right."""
    round_ = round_over({"bag": 40})
    for iteration, right in enumerate((first, second)):
        version_with(round_, {"bag": right}, iteration)
        figures_record(round_id=round_.pk, iteration=iteration)
    return round_


class TestTrend:
    def test_rounds_come_in_order_with_the_champion_of_the_time(
        self, kurta: Attribute, reviewer: Client
    ) -> None:
        first, second, third = (measured(kurta, right=right) for right in (20, 30, 25))
        champion = champion_of(first)
        champion.alias_changes.create(alias="champion", kind="began")
        rows = tables_of(text(reviewer, "accuracy"))["rounds"]
        assert [row[2].value for row in rows] == [50.0, 75.0, 62.5]
        assert [row[3].value for row in rows] == [None, None, 50.0]
        assert rows[0][0].text.startswith(f"Round {first.pk} champion")
        assert [row[0].links for row in rows] == [[f"?round={one.pk}"] for one in (first, second, third)]


class TestSheets:
    @pytest.mark.usefixtures("base_model", "queue")
    def test_every_table_is_to_be_had(self, reviewer: Client) -> None:
        varied_catalogue(4)
        round_by_chance(4, iterations=1)
        for table, first in {
            "models": "Zero-shot",
            "rounds": str(Round.objects.get().pk),
            "tests": "Iteration 1",
            "values": "red",
            "confusions": "red",
        }.items():
            answer = reviewer.get("/accuracy/attribute/kurta/color/", {"format": "csv", "table": table})
            rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
            assert rows[1][0] == first and all(len(row) == len(rows[0]) for row in rows)
        answer = reviewer.get("/accuracy/", {"format": "csv", "table": "parts"})
        assert answer.content.decode().splitlines()[1].startswith("Kurta,Zero-shot,0.")


def test_answers_that_were_never_kept_are_not_missed(kurta: Attribute, reviewer: Client) -> None:
    round_ = measured(kurta)
    assert not GoldAnswer.objects.exists() and not ModelVersion.objects.exists()
    figures_record(round_id=round_.pk, iteration=0)
    page = text(reviewer, "accuracy_attribute", "kurta", "color")
    assert "The answers of this model were not kept one by one." in page
    assert Vertical.objects.count() == 1
