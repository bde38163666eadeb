"""Reads of stored weekly figures, alerts and rules: pages compute nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from django.db.models import Count, Min, Q, QuerySet

from catalog.models import Status, Vertical
from training.health.rules import DEFAULTS, Judging
from training.ml.drift import LEVEL, Kind
from training.models import Alert, AlertRule, Delivery, FigureKind, HealthRun, WeeklyFigure

WEEKS_SHOWN = 12
RELATED = ("vertical", "attribute", "version")
"""What a figure's words and addresses need."""

Place = tuple[str, int | None]
"""(kind, vertical or None for all)"""


def alerts_new_count() -> int:
    """Open alerts that nobody deals with yet: one look into a small index."""
    return Alert.objects.filter(resolved=None, acknowledged=None).count()


def alerts_open_count() -> int:
    """Open alerts."""
    return Alert.objects.filter(resolved=None).count()


def alerts_open(vertical: Vertical | None = None) -> QuerySet[Alert]:
    """Open alerts, those that nobody deals with first, then the newest."""
    rows = Alert.objects.filter(resolved=None, **({"vertical": vertical} if vertical else {}))
    return _shown(rows).order_by("acknowledged", "-week", "-pk")


def alerts_resolved() -> QuerySet[Alert]:
    """Alerts whose figure is back, the newest first."""
    return _shown(Alert.objects.exclude(resolved=None)).order_by("-resolved", "-pk")


def alerts_by_vertical() -> Mapping[int, int]:
    """{vertical: open alerts}."""
    rows = Alert.objects.filter(resolved=None).order_by()
    return dict(rows.values_list("vertical").annotate(Count("pk")))


def weeks_known() -> list[date]:
    """Mondays of the newest weeks with figures, the newest first."""
    rows = WeeklyFigure.objects.order_by("-week").values_list("week", flat=True)
    return list(rows.distinct()[:WEEKS_SHOWN])


def figures_of_verticals(weeks: Sequence[date]) -> list[WeeklyFigure]:
    """The verticals' own figures of these weeks, and the value mixes of the newest; without mixes' parts."""
    if not weeks:
        return []
    wanted = Q(attribute=None) | Q(week=weeks[0], kind=FigureKind.VALUE_MIX)
    rows = WeeklyFigure.objects.filter(wanted, week__in=weeks).select_related(*RELATED)
    return list(rows.defer("parts", "version__manifest").order_by("week"))


def figures_of_vertical(vertical: Vertical, weeks: Sequence[date]) -> list[WeeklyFigure]:
    """All figures of a vertical in these weeks, the oldest first."""
    rows = WeeklyFigure.objects.filter(vertical=vertical, week__in=weeks).select_related(*RELATED)
    rows = rows.defer("version__manifest").prefetch_related("attribute__values")
    return list(rows.order_by("week", "kind", "attribute__position", "attribute__code"))


def verticals() -> list[Vertical]:
    """Every vertical in its order."""
    return list(Vertical.objects.order_by("position", "code"))


def vertical_coded(code: str) -> Vertical | None:
    """The vertical with this code."""
    return Vertical.objects.filter(code=code).first()


def rules() -> list[AlertRule]:
    """Every rule, that of all verticals before those of one."""
    rows = AlertRule.objects.select_related("vertical", "changed_by")
    return sorted(rows, key=lambda rule: (rule.vertical is not None, rule.vertical_id or 0))


def rules_by_place() -> Mapping[Place, AlertRule]:
    """Every rule."""
    return {(rule.kind, rule.vertical_id): rule for rule in AlertRule.objects.all()}


def level_strictest() -> float:
    """The rarest false alarms that a rule asks for: p-values must be able to reach it."""
    rows = AlertRule.objects.filter(active=True)
    strictest: float | None = rows.aggregate(level=Min("level"))["level"]
    return LEVEL if strictest is None else min(LEVEL, strictest)


def judging(rules: Mapping[Place, AlertRule], kind: str, vertical_id: int) -> Judging:
    """How a kind of figure of a vertical is judged: by its own rule, that of all, or the default."""
    rule = rules.get((kind, vertical_id)) or rules.get((kind, None))
    if rule is None:
        return Judging(DEFAULTS[Kind(kind)].least)
    return Judging(rule.least, rule.level, rule.active, by_mail=rule.by_mail, by_webhook=rule.by_webhook)


def run_newest() -> HealthRun | None:
    """The newest computation, whether it worked or not."""
    return HealthRun.objects.order_by("-created", "-pk").first()


def deliveries_failed() -> QuerySet[Delivery]:
    """Messages that did not arrive, the newest first."""
    rows = Delivery.objects.exclude(problem="").exclude(status="done")
    return rows.select_related("alert__vertical", "alert__attribute").order_by("-created", "-pk")


def week_summary(week: date) -> str:
    """How many figures of each kind a week has, in words."""
    kinds = Counter(WeeklyFigure.objects.filter(week=week).values_list("kind", flat=True))
    labels = dict(FigureKind.choices)
    return ", ".join(f"{count} {labels[kind].lower()}" for kind, count in sorted(kinds.items())) or "nothing"


def _shown(rows: QuerySet[Alert]) -> QuerySet[Alert]:
    return rows.select_related("vertical", "attribute", "figure", "acknowledged_by")


def deliveries_given_up() -> list[int]:
    """The messages that were tried often enough, oldest first."""
    return list(Delivery.objects.filter(status=Status.FAILED).order_by("pk").values_list("pk", flat=True))
