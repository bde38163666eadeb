"""A year of weekly figures and alerts for the large database."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.utils import timezone

from training.health.weeks import WEEK, last_week
from training.ml.metrics import wilson_interval
from training.models import Alert, FigureKind, WeeklyFigure
from training.scale.sizes import ATTRIBUTES, VALUES, VERTICALS, WEEKS, Sizes, attribute_of

OPEN = 9
"""Alerts that are open; ten times as many are over."""


def weeks_make(sizes: Sizes, version: int, *, using: str) -> None:
    """Figures of each kind for every vertical and week, and alerts."""
    newest = last_week(sizes.until)
    figures = [figure for place in range(WEEKS) for figure in _figures(sizes, version, newest - place * WEEK)]
    WeeklyFigure.objects.using(using).bulk_create(figures, batch_size=1000)
    Alert.objects.using(using).bulk_create(_alerts(newest))


def _figures(sizes: Sizes, version: int, week: date) -> Iterator[WeeklyFigure]:
    random = sizes.random(f"week {week}")
    for vertical in range(1, VERTICALS + 1):
        shared = {"week": week, "vertical_id": vertical, "version_id": version, "reference_count": 500}
        attributes = [None, *(attribute_of(vertical, place) for place in range(1, ATTRIBUTES + 1))]
        for attribute in attributes:
            value, before = 0.8 + random.normal(0, 0.01), 0.8
            p = None if attribute is None else float(random.random())
            yield _figure(
                shared, FigureKind.AGREEMENT, attribute, value, before, p, count=250, effect=before - value
            )
            if attribute is None:
                continue
            shares = random.dirichlet([4.0] * VALUES)
            parts = [[f"Value {place}", round(float(share), 4), 0.1] for place, share in enumerate(shares, 1)]
            yield _figure(
                shared,
                FigureKind.VALUE_MIX,
                attribute,
                0.05 * random.random(),
                0.0,
                p,
                count=250,
                parts=parts,
            )
            yield _figure(shared, FigureKind.ASKED, attribute, 0.0, 0.01, p, count=40)
        yield _figure(
            shared,
            FigureKind.IMAGE_SHIFT,
            None,
            0.004 * random.random(),
            0.0,
            float(random.random()),
            count=250,
        )
        right = int(random.integers(70, 95))
        low, high = wilson_interval(right, 100)
        yield _figure(shared, FigureKind.AUDITED, None, right / 100, 0.8, 0.5, count=100, low=low, high=high)
        yield _figure(shared, FigureKind.UNSEEN, None, 0.0, None, None, count=250)


def _figure(
    shared: dict[str, object],
    kind: FigureKind,
    attribute: int | None,
    value: float,
    reference: float | None,
    p: float | None,
    **fields: object,
) -> WeeklyFigure:
    return WeeklyFigure(
        **{"effect": value} | shared | fields,
        kind=kind,
        attribute_id=attribute,
        value=value,
        reference=reference,
        p_value=p,
        adjusted=None if p is None else 1.0,
    )


def _alerts(newest: date) -> Iterator[Alert]:
    kinds = list(FigureKind)
    for number in range(10 * OPEN):
        week = newest - (1 + number % (WEEKS - 1)) * WEEK
        over = timezone.now() - timedelta(days=number)
        kind, vertical = kinds[number % len(kinds)], 1 + number % VERTICALS
        yield Alert(kind=kind, vertical_id=vertical, week=week, last_week=week, resolved=over)
    for number in range(OPEN):
        attribute = attribute_of(1 + number, 1)
        yield Alert(
            kind=FigureKind.VALUE_MIX,
            vertical_id=1 + number,
            attribute_id=attribute,
            week=newest,
            last_week=newest,
        )
