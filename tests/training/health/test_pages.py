"""The pages of health show stored rows, to reviewers; rules are for admins."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from attrx_web.roles import Role
from tests.factories import AttributeFactory, VerticalFactory, user_with
from tests.training.health.filled import fill
from training.health.weeks import DAY, WEEK, last_week
from training.models import Alert, AlertRule, FigureKind, HealthRun, WeeklyFigure

pytestmark = pytest.mark.django_db


def client_of(role: Role) -> Client:
    client = Client()
    client.force_login(user_with(role))
    return client


def text(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(f"training:{name}", args=args), query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().replace("&nbsp;", " ").split())


class TestOverview:
    def test_a_vertical_has_its_figures_and_open_alerts(self) -> None:
        fill()
        page = text(client_of(Role.REVIEWER), "health")
        assert '<a href="/health/vertical/kurta/">Kurta</a>' in page
        assert "78.5 %" in page and "(80.0 %)" in page
        week = f"{last_week(timezone.now()):%Y-%m-%d}"
        came = f"created_from={week}&amp;created_to={last_week(timezone.now()) + 6 * DAY:%Y-%m-%d}"
        assert (
            '<span class="visually-hidden">alarm: </span></span><a class="figure-link" '
            f'href="/listings/?vertical=kurta&amp;attribute=color&amp;{came}"><span class="value">0.34</span>'
        ) in page
        assert f'href="/listings/?vertical=kurta&amp;sort=agreement&amp;{came}"' in page
        assert 'href="/listings/?vertical=kurta&amp;route=audit"' in page
        assert "polyline points=" in page
        assert '<span class="nav-count">1<span class="visually-hidden"> new alert</span></span>' in page

    def test_a_site_without_a_week_says_how_to_get_one(self) -> None:
        VerticalFactory.create()
        page = text(client_of(Role.ADMIN), "health")
        assert "No week has been computed yet" in page
        assert "manage.py health_compute --weeks 8" in page

    def test_more_verticals_and_weeks_take_no_more_queries(self) -> None:
        fill()
        client = client_of(Role.REVIEWER)
        client.get(reverse("training:health"))
        with CaptureQueriesContext(connection) as few:
            client.get(reverse("training:health"))
        for number in range(4):
            fill(code=f"vertical-{number}")
        with CaptureQueriesContext(connection) as many:
            client.get(reverse("training:health"))
        assert len(many) == len(few) <= 15

    def test_an_annotator_may_not_look(self) -> None:
        assert client_of(Role.ANNOTATOR).get(reverse("training:health")).status_code == 403


class TestVertical:
    def test_it_has_weeks_attributes_and_what_to_do(self) -> None:
        alert = fill()
        page = text(client_of(Role.ADMIN), "health_vertical", "kurta")
        assert page.count('<tr aria-current="true">') == 1
        assert "The population stability index is 0.34 on 60 listings." in page
        assert "Label more here" in page and "/label/seeds/kurta/" in page
        assert f"created_from={alert.last_week}" in page
        assert "Answers to Color" in page and '<rect class="mix-now" y="4" width="70.0%"' in page

    def test_an_earlier_week_is_shown_when_asked_for(self) -> None:
        alert = fill()
        earlier = (alert.week - WEEK).isoformat()
        page = text(client_of(Role.REVIEWER), "health_vertical", "kurta", week=earlier)
        assert f'<tr aria-current="true"> <th scope="row" data-label="{(alert.week - WEEK):%-d %b}">' in page

    @pytest.mark.parametrize("week", ["nonsense", "1999-01-04"])
    def test_a_week_that_is_not_known_is_the_newest(self, week: str) -> None:
        fill()
        assert "Attributes in the week" in text(
            client_of(Role.REVIEWER), "health_vertical", "kurta", week=week
        )

    def test_there_is_no_page_of_an_unknown_vertical(self) -> None:
        address = reverse("training:health_vertical", args=["nothing"])
        assert client_of(Role.REVIEWER).get(address).status_code == 404


class TestAlerts:
    def test_who_deals_with_an_alert_takes_it_off_the_badge(self) -> None:
        alert = fill()
        client = client_of(Role.REVIEWER)
        client.post(reverse("training:health_acknowledge", args=[alert.pk]))
        page = text(client, "health_alerts")
        assert "reviewer deals with it" in page
        assert "nav-count" not in page

    def test_a_missing_value_leads_to_the_guideline(self) -> None:
        alert = fill()
        asked = WeeklyFigure.objects.filter(week=alert.week, kind=FigureKind.ASKED)
        asked.update(value=7, count=60)
        Alert.objects.update(kind=FigureKind.ASKED, figure=asked.get())
        page = text(client_of(Role.ADMIN), "health_alerts")
        assert "For 7 of 60 listings people found no fitting value, before for 1.0%." in page
        assert 'href="/catalog/schema/vertical/kurta/attribute/color/">Look at this guideline</a>' in page

    def test_a_reviewer_is_led_to_no_page_of_admins(self) -> None:
        fill()
        client = client_of(Role.REVIEWER)
        page = text(client, "health_alerts")
        assert "Look at the listings" in page
        assert "Start a round" not in page and "Label more here" not in page

    def test_the_action_pages_are_there(self) -> None:
        fill()
        client = client_of(Role.ADMIN)
        page = client.get(reverse("training:health_alerts"))
        for message in page.context["open"]:
            for action in message.actions:
                assert client.get(action.address).status_code == 200, action.address


class TestRules:
    def said(self, **fields: object) -> dict[str, object]:
        return {"kind": "value_mix", "least": "0.2", "false_alarms": "2", "active": "on"} | fields

    def test_an_admin_changes_a_rule(self) -> None:
        client = client_of(Role.ADMIN)
        client.post(reverse("training:health_rule_change"), self.said())
        rule = AlertRule.objects.get(kind="value_mix")
        assert (rule.least, rule.level, rule.active, rule.by_mail) == (0.2, 0.02, True, False)
        assert 'name="least" required value="0.2"' in text(client, "health_rules")

    def test_a_vertical_gets_its_own_rule_and_gives_it_up(self) -> None:
        vertical = VerticalFactory.create(code="kurta", label="Kurta")
        client = client_of(Role.ADMIN)
        client.post(reverse("training:health_rule_change"), self.said(vertical="kurta"))
        own = AlertRule.objects.get(vertical=vertical)
        assert "As all others" in text(client, "health_rules")
        client.post(reverse("training:health_rule_drop", args=[own.pk]))
        assert not AlertRule.objects.filter(vertical=vertical).exists()

    @pytest.mark.parametrize(
        ("fields", "problem"),
        [
            ({"vertical": "nothing"}, "there is no vertical &#x27;nothing&#x27;"),
            ({"false_alarms": "50"}, "False alarms: Ensure this value is less than or equal to 20"),
            ({"least": ""}, "Least: This field is required."),
        ],
    )
    def test_a_rule_that_cannot_be_is_refused_in_words(self, fields: dict[str, str], problem: str) -> None:
        client = client_of(Role.ADMIN)
        answer = client.post(reverse("training:health_rule_change"), self.said(**fields), follow=True)
        assert problem in answer.content.decode()
        assert AlertRule.objects.get(kind="value_mix").least == 0.1

    def test_a_reviewer_may_not_change_rules(self) -> None:
        client = client_of(Role.REVIEWER)
        assert client.get(reverse("training:health_rules")).status_code == 403
        assert client.post(reverse("training:health_rule_change"), self.said()).status_code == 403


def test_an_admin_has_the_week_computed_now() -> None:
    AttributeFactory.create()
    client_of(Role.ADMIN).post(reverse("training:health_compute"))
    assert HealthRun.objects.count() == 1
