"""The pages of people: their own for everybody, everybody's for admins, from stored rows."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from attrx_web.roles import Role
from labeling.models import PeopleCount, PersonFigures, Purpose, Turn
from labeling.services import people
from tests.factories import user_with
from tests.labeling.counted import count, verdict
from tests.labeling.workspace import label_all, listings, rule, tasks

pytestmark = pytest.mark.django_db

PEOPLE, ME = reverse("training:people"), reverse("training:people_me")
MOST_QUERIES = 15


def client_of(role: Role, name: str) -> Client:
    client = Client()
    client.force_login(user_with(role, name))
    return client


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().replace("&nbsp;", " ").split())


def rows(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.fixture
def team() -> tuple[User, User]:
    """Anna and rita answered the same gold listings; rita reviewed two listings more."""
    rule(Purpose.GOLD, overlap=2, agree=2)
    tasks(3)
    anna, rita = user_with(Role.ANNOTATOR, "anna"), user_with(Role.REVIEWER, "rita")
    label_all(anna, 3)
    label_all(rita, 2)
    label_all(rita, 1, colour="blue")
    accepted, changed = listings(2)
    verdict(rita, accepted, "red")
    verdict(rita, changed, "blue")
    count()
    return anna, rita


class TestWhoSeesWhat:
    def test_everybody_who_works_sees_their_own(self, team: tuple[User, User]) -> None:
        page = text(client_of(Role.ANNOTATOR, "anna"), ME)
        assert '<h1 class="page-title">anna</h1>' in page
        assert "rita" not in page

    @pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
    def test_only_admins_see_others(self, team: tuple[User, User], role: Role) -> None:
        client = client_of(role, f"a {role}")
        assert client.get(PEOPLE).headers["Location"] == ME
        for person in team:
            assert client.get(reverse("training:people_person", args=[person.pk])).status_code == 403
        assert client.get(PEOPLE, {"format": "csv"}).headers["Location"] == ME
        assert client.post(reverse("training:people_count")).status_code == 403

    def test_their_own_address_is_no_way_around(self, team: tuple[User, User]) -> None:
        anna, _ = team
        client = client_of(Role.ANNOTATOR, "anna")
        assert client.get(reverse("training:people_person", args=[anna.pk])).status_code == 403

    def test_admins_see_everybody(self, team: tuple[User, User]) -> None:
        client = client_of(Role.ADMIN, "chief")
        page = text(client, PEOPLE)
        assert all(f">{person.username}</a>" in page for person in team)
        assert "Nothing in this time: <a" in page and ">chief</a>." in page
        assert '<h1 class="page-title">rita</h1>' in text(
            client, reverse("training:people_person", args=[team[1].pk])
        )

    def test_visitors_sign_in_and_those_without_a_role_are_sent_away(self) -> None:
        assert Client().get(ME).status_code == 302
        client = Client()
        client.force_login(User.objects.create(username="stranger"))
        assert client.get(ME).status_code == 403

    def test_there_is_no_page_of_who_never_worked_here(self) -> None:
        stranger = User.objects.create(username="stranger")
        client = client_of(Role.ADMIN, "chief")
        assert client.get(reverse("training:people_person", args=[stranger.pk])).status_code == 404


class TestPages:
    def test_a_reviewer_is_told_their_verdicts_and_agreement(self, team: tuple[User, User]) -> None:
        page = text(client_of(Role.REVIEWER, "rita"), ME)
        assert '<span class="value">50 %</span> <span class="interval-text">1</span>' in page
        assert "83 %<span>of 6</span>" in page
        assert "Seed and gold" in page

    def test_today_is_counted_at_once(self, team: tuple[User, User]) -> None:
        tasks(1)
        label_all(team[0], 1)
        page = text(client_of(Role.ANNOTATOR, "anna"), ME)
        assert "<dt>Today</dt><dd>4<span>listings</span></dd>" in page

    def test_a_span_is_chosen_and_a_wrong_one_is_the_usual_one(self, team: tuple[User, User]) -> None:
        PersonFigures.objects.filter(span=7).update(listings=77)
        client = client_of(Role.ANNOTATOR, "anna")
        assert "<dd>77</dd>" in text(client, f"{ME}?span=7")
        for wrong in ("", "12", "-7", "everything"):
            page = text(client, f"{ME}?span={wrong}")
            assert '<a class="span" href="?span=30" aria-current="true">' in page

    def test_a_site_without_a_count_says_how_to_get_one(self) -> None:
        page = text(client_of(Role.ADMIN, "chief"), PEOPLE)
        assert "Nothing has been counted yet" in page and "manage.py people_count" in page
        mine = text(client_of(Role.ANNOTATOR, "anna"), ME)
        assert "You finished nothing in this time." in mine and "people_count" not in mine

    def test_a_count_that_failed_is_told(self) -> None:
        now = timezone.now()
        PeopleCount.objects.create(status="failed", error="OSError: full. Count again.", finished=now)
        assert "The last count failed. OSError: full." in text(client_of(Role.ADMIN, "chief"), PEOPLE)

    def test_count_now_queues_a_count_once(self) -> None:
        client = client_of(Role.ADMIN, "chief")
        for _ in range(2):
            client.post(reverse("training:people_count"))
        assert PeopleCount.objects.count() == 1
        assert people.count_claim(count_id=PeopleCount.objects.get().pk, worker="one")

    @pytest.mark.parametrize("span", ["7", "30", "all"])
    def test_any_number_of_people_takes_as_many_queries(self, team: tuple[User, User], span: str) -> None:
        client = client_of(Role.ADMIN, "chief")
        found = []
        for _ in range(2):
            for address in (PEOPLE, reverse("training:people_person", args=[team[1].pk]), ME):
                with CaptureQueriesContext(connection) as queries:
                    text(client, f"{address}?span={span}")
                found.append(len(queries))
            tasks(3)
            for name in ("ben", "carla", "dan"):
                label_all(user_with(Role.ANNOTATOR, name), 1)
            count()
        assert found[:3] == found[3:]
        assert max(found) <= MOST_QUERIES


class TestTables:
    def test_the_table_of_people_has_the_rows_of_the_page(self, team: tuple[User, User]) -> None:
        found = {row["person"]: row for row in rows(client_of(Role.ADMIN, "chief"), f"{PEOPLE}?format=csv")}
        assert set(found) == {"anna", "rita"}
        anna = found["anna"]
        assert (anna["listings"], anna["questions"], anna["compared"]) == ("3", "6", "6")
        assert float(anna["agreement"]) == pytest.approx(5 / 6)
        assert float(anna["median_seconds_a_question"]) == 2

    def test_other_tables_are_asked_for_by_name(self, team: tuple[User, User]) -> None:
        client = client_of(Role.ADMIN, "chief")
        (verdicts,) = rows(client, f"{PEOPLE}?format=csv&table=verdicts")
        assert (verdicts["accepted"], verdicts["another_value"], verdicts["verdicts"]) == ("1", "1", "2")
        (target,) = rows(client, f"{PEOPLE}?format=csv&table=targets")
        assert (target["vertical"], target["target"], target["seed_labelled"]) == ("Bag", "10", "0")
        days = rows(client, f"{PEOPLE}?format=csv&table=days&span=7")
        assert len(days) == 7
        assert days[-1]["listings"] == "8"
        assert client.get(f"{PEOPLE}?format=csv&table=months").status_code == 404

    def test_a_persons_tables_are_theirs(self, team: tuple[User, User]) -> None:
        client = client_of(Role.REVIEWER, "rita")
        bag, whole = rows(client, f"{ME}?format=csv")
        assert (bag["vertical"], whole["vertical"]) == ("Bag", "All")
        assert bag["listings"] == whole["listings"] == "5"
        found = rows(client, f"{ME}?format=csv&table=reliability")
        assert {row["attribute"] for row in found} == {"Colour", "Closing"}
        assert all(float(row["low"]) < float(row["reliability"]) < float(row["high"]) for row in found)

    def test_weeks_of_all_time_add_up_the_days(self, team: tuple[User, User]) -> None:
        Turn.objects.filter(person=team[0]).update(finished=timezone.now() - timedelta(days=8))
        count()
        weeks = rows(client_of(Role.ADMIN, "chief"), f"{PEOPLE}?format=csv&table=days&span=all")
        assert len(weeks) == 26
        assert [week["listings"] for week in weeks[-3:]].count("3") == 1
        assert sum(int(week["listings"]) for week in weeks) == 8
