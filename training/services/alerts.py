"""Writes of alerts, which open when a figure is an alarm and resolve when it is back, and of their rules."""

import logging
from collections.abc import Iterable, Mapping
from datetime import date

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from attrx_web.auditlog.actions import Action
from attrx_web.auditlog.actions import Kind as Logged
from attrx_web.auditlog.services import event_record
from catalog.models import Vertical
from training.health.rules import Judging
from training.ml.drift import Figure, Kind
from training.models import Alert, AlertRule, Channel, FigureKind, WeeklyFigure
from training.selectors.health import judging, rules_by_place
from training.services.deliveries import deliveries_queue

logger = logging.getLogger(__name__)


class RuleError(ValueError):
    """A rule that cannot be, in words for whoever wrote it."""


@transaction.atomic
def alerts_judge(*, week: date) -> list[Alert]:
    """Open, keep and resolve alerts by the week's figures; returns those that were opened.

    A figure that could not be compared changes nothing: its alert stays as it is.
    """
    rules = rules_by_place()
    # Whoever judges at the same time waits, and then finds what was opened.
    open_alerts = {
        (alert.kind, alert.vertical_id, alert.attribute_id): alert
        for alert in Alert.objects.select_for_update().filter(resolved=None).order_by("pk")
    }
    opened = []
    for row in WeeklyFigure.objects.filter(week=week).select_related("vertical", "attribute"):
        rule = judging(rules, row.kind, row.vertical_id)
        known = open_alerts.get((row.kind, row.vertical_id, row.attribute_id))
        if rule.is_alarm(_figure(row)):
            if known is None:
                opened.append(_open(row, rule))
            else:
                Alert.objects.filter(pk=known.pk).update(figure=row, last_week=max(week, known.last_week))
        elif known is not None and (row.adjusted is not None or row.kind == FigureKind.UNSEEN):
            _resolve(known, row)
    return opened


@transaction.atomic
def alert_acknowledge(*, alert_id: int, by: User) -> bool:
    """Note that somebody deals with an open alert. False when it is not open, or somebody does already."""
    rows = Alert.objects.filter(pk=alert_id, resolved=None, acknowledged=None)
    if not rows.update(acknowledged=timezone.now(), acknowledged_by=by):
        return False
    event_record(Action.ALERT_ACKNOWLEDGED, kind=Logged.ALERT, key=alert_id, name=f"alert {alert_id}", by=by)
    return True


@transaction.atomic
def rule_change(
    *,
    kind: str,
    vertical: Vertical | None,
    least: float,
    level: float,
    active: bool,
    by_mail: bool,
    by_webhook: bool,
    by: User,
) -> AlertRule:
    """Change the rule of a kind for a vertical, or for all. It holds from the next week that is judged on.

    Raises:
        RuleError: for numbers that cannot be.
    """
    if kind not in FigureKind.values:
        raise RuleError(f"there is no rule {kind!r}: choose one of {', '.join(FigureKind.values)}")
    if not 0 <= least <= 1_000_000:
        raise RuleError(f"{least:g} is no threshold: give a number from 0 on")
    if not 0.001 <= level <= 0.2:
        raise RuleError(f"{level:g} is no chance of a false alarm: give a share from 0.001 to 0.2")
    wanted = {
        "least": least,
        "level": level,
        "active": active,
        "by_mail": by_mail,
        "by_webhook": by_webhook,
    }
    before = AlertRule.objects.filter(kind=kind, vertical=vertical).values(*wanted).first()
    rule, _ = AlertRule.objects.update_or_create(
        kind=kind, vertical=vertical, defaults=wanted | {"changed_by": by}
    )
    _rule_record(rule, before=before, after=wanted, by=by)
    return rule


@transaction.atomic
def rule_drop(*, rule_id: int) -> bool:
    """Have a vertical follow the rule of all again. False when there is no such rule of a vertical."""
    rules = AlertRule.objects.select_related("vertical").exclude(vertical=None)
    rule = rules.select_for_update(of=("self",)).filter(pk=rule_id).first()
    if rule is None:
        return False
    rule.delete()
    _rule_record(rule, before={"own": True}, after={"own": False})
    return True


def _rule_record(
    rule: AlertRule,
    *,
    before: Mapping[str, object] | None,
    after: Mapping[str, object],
    by: User | None = None,
) -> None:
    event_record(
        Action.ALERT_RULE_CHANGED,
        kind=Logged.ALERT,
        key=rule.kind,
        name=str(rule),
        by=by,
        before=before,
        after=after,
    )


def _figure(row: WeeklyFigure) -> Figure:
    return Figure(
        vertical=row.vertical.code,
        kind=Kind(row.kind),
        attribute=row.attribute.code if row.attribute else "",
        value=row.value,
        count=row.count,
        reference=row.reference,
        adjusted=row.adjusted,
    )


def _open(row: WeeklyFigure, rule: Judging) -> Alert:
    alert = Alert.objects.create(
        kind=row.kind,
        vertical=row.vertical,
        attribute=row.attribute,
        figure=row,
        week=row.week,
        last_week=row.week,
    )
    logger.warning("alert %s: %s in the week of %s", alert.pk, alert, row.week)
    deliveries_queue(alert=alert, event="opened", channels=_channels(rule))
    return alert


def _resolve(alert: Alert, row: WeeklyFigure) -> None:
    if Alert.objects.filter(pk=alert.pk, resolved=None).update(resolved=timezone.now(), figure=row):
        logger.info("alert %s: %s is back", alert.pk, alert)
        told = alert.deliveries.filter(event="opened").values_list("channel", flat=True)
        deliveries_queue(alert=alert, event="resolved", channels=[Channel(one) for one in told])


def _channels(rule: Judging) -> Iterable[Channel]:
    if rule.by_mail:
        yield Channel.MAIL
    if rule.by_webhook:
        yield Channel.WEBHOOK
