"""Stored figures of a few weeks, of which the last is an alarm."""

from django.utils import timezone

from catalog.models import Attribute, Vertical
from tests.factories import AttributeFactory, VerticalFactory
from training.health.weeks import WEEK, last_week
from training.models import Alert, FigureKind, WeeklyFigure
from training.services.alerts import alerts_judge

WEEKS = 8


def fill(code: str = "kurta") -> Alert:
    """A vertical with all kinds of figures, and an open alert about the value mix of its color."""
    vertical = VerticalFactory.create(code=code, label=code.capitalize())
    return fill_weeks(vertical, AttributeFactory.create(vertical=vertical, code="color", label="Color"))


def fill_weeks(vertical: Vertical, color: Attribute) -> Alert:
    """The same for a vertical that is there."""
    newest = last_week(timezone.now())
    for place in range(WEEKS):
        week, is_last = newest - place * WEEK, place == 0
        shared = {"week": week, "vertical": vertical, "reference_count": 240}
        agreement = 0.785 if is_last else 0.8 + 0.004 * (place % 3)
        for attribute, p in ((None, None), (color, 0.4)):
            WeeklyFigure.objects.create(
                **shared,
                kind=FigureKind.AGREEMENT,
                attribute=attribute,
                value=agreement,
                reference=0.8,
                effect=0.8 - agreement,
                count=60,
                p_value=p,
                adjusted=p,
            )
        mix = 0.34 if is_last else 0.03
        WeeklyFigure.objects.create(
            **shared,
            kind=FigureKind.VALUE_MIX,
            attribute=color,
            value=mix,
            reference=0.0,
            effect=mix,
            count=60,
            p_value=1e-5 if is_last else 0.3,
            adjusted=0.0043 if is_last else 1.0,
            parts=[["red", 0.7 if is_last else 0.5, 0.5], ["blue", 0.3 if is_last else 0.5, 0.5]],
        )
        WeeklyFigure.objects.create(
            **shared,
            kind=FigureKind.ASKED,
            attribute=color,
            value=1,
            reference=0.01,
            effect=1,
            count=30,
            p_value=0.5,
            adjusted=1.0,
        )
        WeeklyFigure.objects.create(
            **shared,
            kind=FigureKind.IMAGE_SHIFT,
            value=0.001 + 0.0005 * place,
            reference=0.0,
            effect=0.001,
            count=60,
            p_value=0.4,
            adjusted=1.0,
        )
        WeeklyFigure.objects.create(
            **shared,
            kind=FigureKind.AUDITED,
            value=0.84,
            reference=0.86,
            effect=0.02,
            count=120,
            low=0.76,
            high=0.9,
            p_value=0.3,
            adjusted=1.0,
        )
    [alert] = [one for one in alerts_judge(week=newest) if one.vertical == vertical]
    return alert
