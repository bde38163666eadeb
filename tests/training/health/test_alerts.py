"""Alerts open once, stay, and resolve by themselves; rules of a vertical go before those of all."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from attrx_web.roles import Role
from catalog.models import Vertical
from tests.factories import AttributeFactory, VerticalFactory, user_with
from training.health.weeks import WEEK, last_week
from training.models import Alert, AlertRule, FigureKind, WeeklyFigure
from training.services.alerts import (
    RuleError,
    alert_acknowledge,
    alerts_judge,
    rule_change,
    rule_drop,
)

pytestmark = pytest.mark.django_db

NOW = last_week(timezone.now())


@pytest.fixture
def vertical() -> Vertical:
    return VerticalFactory.create(code="kurta", label="Kurta")


def figure(
    vertical: Vertical, weeks_ago: int = 0, *, value: float = 0.3, adjusted: float | None = 0.001
) -> WeeklyFigure:
    """The value mix of an attribute."""
    attribute = vertical.attributes.first() or AttributeFactory.create(vertical=vertical, code="color")
    return WeeklyFigure.objects.create(
        week=NOW - weeks_ago * WEEK,
        vertical=vertical,
        attribute=attribute,
        kind=FigureKind.VALUE_MIX,
        value=value,
        effect=value,
        count=60,
        p_value=None if adjusted is None else adjusted / 10,
        adjusted=adjusted,
    )


def judge(row: WeeklyFigure) -> list[Alert]:
    return alerts_judge(week=row.week)


class TestJudging:
    def test_an_alarm_opens_an_alert_with_its_figure(self, vertical: Vertical) -> None:
        row = figure(vertical)
        [alert] = judge(row)
        assert (alert.figure, alert.week, alert.resolved) == (row, NOW, None)

    @pytest.mark.parametrize(("value", "adjusted"), [(0.05, 0.001), (0.3, 0.02), (0.3, None)])
    def test_what_is_small_or_by_chance_or_not_compared_opens_none(
        self, vertical: Vertical, value: float, adjusted: float | None
    ) -> None:
        assert judge(figure(vertical, value=value, adjusted=adjusted)) == []

    def test_the_next_week_that_is_an_alarm_keeps_the_one_alert(self, vertical: Vertical) -> None:
        judge(figure(vertical, 1))
        assert judge(figure(vertical)) == []
        alert = Alert.objects.get()
        assert (alert.week, alert.last_week) == (NOW - WEEK, NOW)

    def test_judging_the_same_week_again_doubles_nothing(self, vertical: Vertical) -> None:
        row = figure(vertical)
        judge(row)
        assert judge(row) == []
        assert Alert.objects.count() == 1

    def test_a_figure_that_is_back_resolves_the_alert(self, vertical: Vertical) -> None:
        judge(figure(vertical, 1))
        back = figure(vertical, value=0.02, adjusted=1.0)
        judge(back)
        alert = Alert.objects.get()
        assert alert.resolved is not None
        assert (alert.figure, alert.last_week) == (back, NOW - WEEK)

    def test_a_week_with_too_little_to_compare_resolves_nothing(self, vertical: Vertical) -> None:
        judge(figure(vertical, 1))
        judge(figure(vertical, value=0.0, adjusted=None))
        assert Alert.objects.get().resolved is None

    def test_what_comes_again_after_it_was_resolved_is_a_new_alert(self, vertical: Vertical) -> None:
        judge(figure(vertical, 2))
        judge(figure(vertical, 1, value=0.0, adjusted=1.0))
        assert len(judge(figure(vertical))) == 1
        assert Alert.objects.count() == 2

    def test_the_database_keeps_two_open_alerts_of_one_thing_out(self, vertical: Vertical) -> None:
        [alert] = judge(figure(vertical))
        alert.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            alert.save()


class TestRules:
    def change(self, of: Vertical | None = None, **said: object) -> AlertRule:
        wanted = {"least": 0.1, "level": 0.01, "active": True, "by_mail": True, "by_webhook": True} | said
        by = user_with(Role.ADMIN, "ada")
        return rule_change(kind="value_mix", vertical=of, by=by, **wanted)  # type: ignore[arg-type]

    def test_there_is_a_rule_of_each_kind_from_the_start(self) -> None:
        assert set(AlertRule.objects.values_list("kind", flat=True)) == set(FigureKind.values)

    def test_alerts_are_judged_where_there_is_no_rule_at_all(self, vertical: Vertical) -> None:
        AlertRule.objects.all().delete()
        assert len(judge(figure(vertical))) == 1

    def test_the_rule_of_a_vertical_goes_before_that_of_all(self, vertical: Vertical) -> None:
        self.change(least=0.5)
        row = figure(vertical)
        assert judge(row) == []
        own = self.change(vertical, least=0.2)
        assert len(judge(row)) == 1
        assert rule_drop(rule_id=own.pk)
        judge(row)
        assert Alert.objects.get().resolved is not None

    def test_a_rule_that_is_off_resolves_what_is_open(self, vertical: Vertical) -> None:
        row = figure(vertical)
        judge(row)
        self.change(active=False)
        judge(row)
        assert Alert.objects.get().resolved is not None

    def test_the_rule_of_all_cannot_be_dropped(self) -> None:
        assert not rule_drop(rule_id=AlertRule.objects.get(kind="value_mix").pk)

    @pytest.mark.parametrize(
        ("said", "problem"),
        [({"least": -1.0}, "-1 is no threshold"), ({"level": 0.5}, "0.5 is no chance of a false alarm")],
    )
    def test_numbers_that_cannot_be_are_refused(self, said: dict[str, object], problem: str) -> None:
        with pytest.raises(RuleError, match=problem):
            self.change(None, **said)


def test_an_alert_is_acknowledged_once(vertical: Vertical) -> None:
    [alert] = judge(figure(vertical))
    ada = user_with(Role.REVIEWER, "ada")
    assert alert_acknowledge(alert_id=alert.pk, by=ada)
    assert not alert_acknowledge(alert_id=alert.pk, by=user_with(Role.REVIEWER, "bo"))
    alert.refresh_from_db()
    assert alert.acknowledged_by == ada
    assert alert.acknowledged is not None
    assert alert.acknowledged - alert.opened < timedelta(minutes=1)
