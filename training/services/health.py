"""Writes of weekly figures: a run computes a week, and alerts follow from the newest one."""

import logging
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.models import Attribute, Status, Vertical
from catalog.services.ledger import (
    SILENT_AFTER,
    Claim,
    closed_on_failure,
    held,
    pulse,
    silent_work_return,
    work_claim,
    work_done,
    work_hint,
)
from training.health.gathering import champion_now, week_compared
from training.health.weeks import last_week
from training.ml.drift import Figure, figures_of
from training.models import HealthRun, ModelVersion, WeeklyFigure
from training.selectors.health import level_strictest
from training.services.alerts import alerts_judge

logger = logging.getLogger(__name__)

HEALTH_RUN = "training.tasks.health_run"
AGAIN_AFTER = timedelta(hours=20)
"""A week that is over is computed once a day: answers and predictions come late."""
Key = tuple[int, str, int | None]
"""(vertical, kind, attribute)"""


def health_queue(*, week: date, tell: bool = True) -> HealthRun:
    """Have a week's figures computed, unless it is to be already; returns the run.

    Workers are told, unless the caller claims it.
    """
    try:
        with transaction.atomic():
            run = HealthRun.objects.create(week=week)
            if tell:
                transaction.on_commit(lambda: _send(run.pk), robust=True)
    except IntegrityError:  # training_healthrun_one_a_week
        waiting = HealthRun.objects.filter(week=week, status__in=[Status.QUEUED, Status.RUNNING]).first()
        if waiting is None:
            raise
        run = waiting
    return run


def health_claim(*, run_id: int, worker: str) -> Claim | None:
    """Take a queued run; None when it is not queued (any more)."""
    return work_claim(HealthRun, pk=run_id, worker=worker)


def health_run(claim: Claim) -> None:
    """Compute the week of the claimed run, keep its figures, and judge them if no newer week is known."""
    week = HealthRun.objects.values_list("week", flat=True).get(pk=claim.pk)
    with closed_on_failure(claim, remedy="compute the week again"):
        with pulse(claim):
            champion = champion_now()
            compared = list(week_compared(week, champion))
            figures = figures_of(compared, seed=week.toordinal(), level=level_strictest())
        with held(claim):
            figures_keep(week=week, figures=figures, champion=champion)
            if not WeeklyFigure.objects.filter(week__gt=week).exists():
                alerts_judge(week=week)
            work_done(claim=claim)
        logger.info("health of the week of %s: %s figures", week, len(figures))


def health_sweep(*, silent_for: timedelta = SILENT_AFTER) -> None:
    """Queue the newest week that is over, where it is due, and what lost its worker or was forgotten."""
    silent_work_return(HealthRun, silent_for=silent_for)
    for run_id in HealthRun.objects.filter(status=Status.QUEUED).values_list("pk", flat=True):
        _send(run_id)
    week = last_week(timezone.now())
    if not HealthRun.objects.filter(week=week, created__gt=timezone.now() - AGAIN_AFTER).exists():
        health_queue(week=week)


@transaction.atomic
def figures_keep(
    *, week: date, figures: Sequence[Figure], champion: ModelVersion | None
) -> Mapping[Key, WeeklyFigure]:
    """Store a week's figures in place of earlier ones; those that alerts point at keep their row."""
    verticals = dict(Vertical.objects.values_list("code", "pk"))
    attributes = {
        (vertical, code): pk
        for vertical, code, pk in Attribute.objects.values_list("vertical__code", "code", "pk")
    }
    earlier: dict[Key, WeeklyFigure] = {
        (row.vertical_id, row.kind, row.attribute_id): row for row in WeeklyFigure.objects.filter(week=week)
    }
    kept: dict[Key, WeeklyFigure] = {}
    for figure in figures:
        attribute_id = attributes[figure.vertical, figure.attribute] if figure.attribute else None
        key = (verticals[figure.vertical], figure.kind.value, attribute_id)
        row = earlier.pop(key, None) or WeeklyFigure(
            week=week, vertical_id=key[0], kind=key[1], attribute_id=attribute_id
        )
        row.version = champion
        for name, value in _fields(figure).items():
            setattr(row, name, value)
        row.save()
        kept[key] = row
    WeeklyFigure.objects.filter(pk__in=[row.pk for row in earlier.values()]).delete()
    return kept


def _fields(figure: Figure) -> dict[str, Any]:
    return {
        "value": figure.value,
        "count": figure.count,
        "reference": figure.reference,
        "reference_count": figure.reference_count,
        "effect": figure.effect,
        "low": figure.low,
        "high": figure.high,
        "p_value": figure.p,
        "adjusted": figure.adjusted,
        "parts": [[part.value, part.share, part.before] for part in figure.parts],
    }


def _send(run_id: int) -> None:
    work_hint(task=HEALTH_RUN, pk=run_id, queue="default")
