"""The pages of health: every vertical in a row, one with its weeks, and the alerts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from catalog.models import Vertical
from training.health.messages import Message, message_of
from training.health.rules import DEFAULTS, Default, Judging
from training.ml.drift import Kind
from training.models import Alert, AlertRule, FigureKind, WeeklyFigure
from training.pages.healthcells import Cell
from training.selectors import health as selectors
from training.selectors.health import Place, judging, rules_by_place

SPARK = (96, 24)
"""Width and height of a small curve, in its own units."""
SPARK_EDGE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekCells:
    """A vertical's own figures in one week."""

    cells: Mapping[str, Cell]

    @property
    def agreement(self) -> Cell | None:
        return self.cells.get(FigureKind.AGREEMENT)

    @property
    def mix(self) -> Cell | None:
        """Of the attribute whose answers changed most."""
        return self.cells.get(FigureKind.VALUE_MIX)

    @property
    def photos(self) -> Cell | None:
        return self.cells.get(FigureKind.IMAGE_SHIFT)

    @property
    def audited(self) -> Cell | None:
        return self.cells.get(FigureKind.AUDITED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(WeekCells):
    """A vertical on the overview, in the newest week."""

    vertical: Vertical
    spark: str
    """Points of the agreement of the weeks, for a polyline; empty for less than two."""
    alerts: int

    @property
    def unseen(self) -> Cell | None:
        found = self.cells.get(FigureKind.UNSEEN)
        return found if found and found.figure.value else None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekRow(WeekCells):
    """The figures of a week, and which it is."""

    week: date


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """An attribute in the week that is shown."""

    label: str
    code: str
    agreement: Cell | None
    mix: Cell | None
    asked: Cell | None


@dataclass(frozen=True, slots=True)
class VerticalHealth:
    """A vertical: its weeks, and its attributes in one of them."""

    vertical: Vertical
    weeks: tuple[WeekRow, ...]
    """The oldest first."""
    week: date | None
    attributes: tuple[AttributeRow, ...]
    unseen: Cell | None
    alerts: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class OwnRule:
    """The rule of one vertical."""

    rule: AlertRule
    judged: Judging

    @property
    def percent(self) -> str:
        """Of weeks may have a false alarm."""
        return f"{100 * self.judged.level:g}"


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A kind's rule for all verticals, and those of single ones."""

    kind: str
    default: Default
    judged: Judging
    own: tuple[OwnRule, ...]

    @property
    def percent(self) -> str:
        """Of weeks may have a false alarm."""
        return f"{100 * self.judged.level:g}"


def overview() -> tuple[list[date], list[Line]]:
    """The weeks that are known, the newest first, and a line of each vertical."""
    weeks = selectors.weeks_known()
    rules, alerts = rules_by_place(), selectors.alerts_by_vertical()
    of: defaultdict[int, list[WeeklyFigure]] = defaultdict(list)
    for figure in selectors.figures_of_verticals(weeks):
        of[figure.vertical_id].append(figure)
    lines = [
        Line(
            vertical=vertical,
            cells=_cells([one for one in of[vertical.pk] if one.week == weeks[0]] if weeks else [], rules),
            spark=_spark(of[vertical.pk], weeks),
            alerts=alerts.get(vertical.pk, 0),
        )
        for vertical in selectors.verticals()
    ]
    return weeks, lines


def vertical_health(vertical: Vertical, wanted: date | None) -> VerticalHealth:
    """A vertical; its attributes in the week that is wanted, or the newest."""
    weeks = selectors.weeks_known()
    week = wanted if wanted in weeks else (weeks[0] if weeks else None)
    rules = rules_by_place()
    figures = selectors.figures_of_vertical(vertical, weeks)
    by_week = {one: [figure for figure in figures if figure.week == one] for one in reversed(weeks)}
    shown = _cells(by_week.get(week, []), rules) if week else {}
    return VerticalHealth(
        vertical=vertical,
        weeks=tuple(WeekRow(week=one, cells=_cells(found, rules)) for one, found in by_week.items() if found),
        week=week,
        attributes=_attributes([one for one in figures if one.week == week], rules),
        unseen=shown.get(FigureKind.UNSEEN) if shown else None,
        alerts=messages(selectors.alerts_open(vertical)),
    )


def messages(alerts: Iterable[Alert]) -> tuple[Message, ...]:
    """Alerts in words."""
    return tuple(message_of(alert) for alert in alerts)


def rule_rows() -> list[RuleRow]:
    """Every kind with its rules."""
    rules = selectors.rules()
    places: dict[Place, AlertRule] = {(rule.kind, rule.vertical_id): rule for rule in rules}
    return [
        RuleRow(
            kind.value,
            DEFAULTS[kind],
            judging(places, kind.value, 0),
            tuple(
                OwnRule(rule, judging(places, rule.kind, rule.vertical_id))
                for rule in rules
                if rule.kind == kind.value and rule.vertical_id
            ),
        )
        for kind in Kind
    ]


def _cells(figures: Sequence[WeeklyFigure], rules: Mapping[Place, AlertRule]) -> dict[str, Cell]:
    """{kind: the vertical's own figure, or of a mix the worst attribute's}."""
    cells: dict[str, Cell] = {}
    for figure in figures:
        cell = Cell(figure, judging(rules, figure.kind, figure.vertical_id))
        if figure.attribute_id is None:
            cells[figure.kind] = cell
        elif figure.kind == FigureKind.VALUE_MIX:
            worst = cells.get(figure.kind)
            if worst is None or (cell.matters, figure.value) > (worst.matters, worst.figure.value):
                cells[figure.kind] = cell
    return cells


def _attributes(
    figures: Sequence[WeeklyFigure], rules: Mapping[Place, AlertRule]
) -> tuple[AttributeRow, ...]:
    found: dict[int, dict[str, WeeklyFigure]] = {}
    for figure in figures:
        if figure.attribute_id is not None:
            found.setdefault(figure.attribute_id, {})[figure.kind] = figure

    def cell(figure: WeeklyFigure | None) -> Cell | None:
        return Cell(figure, judging(rules, figure.kind, figure.vertical_id)) if figure else None

    rows = []
    for kinds in found.values():
        attribute = next(iter(kinds.values())).attribute
        assert attribute is not None
        agreement, mix, asked = (
            cell(kinds.get(kind)) for kind in (FigureKind.AGREEMENT, FigureKind.VALUE_MIX, FigureKind.ASKED)
        )
        rows.append(
            (attribute.position, AttributeRow(attribute.label, attribute.code, agreement, mix, asked))
        )
    return tuple(row for _, row in sorted(rows, key=lambda pair: (pair[0], pair[1].code)))


def _spark(figures: Sequence[WeeklyFigure], weeks: Sequence[date]) -> str:
    """The agreement over the weeks, between its least and its most, which differ by 0.1 at least."""
    known = {
        one.week: one.value
        for one in figures
        if one.kind == FigureKind.AGREEMENT and one.attribute_id is None
    }
    if len(known) < 2:
        return ""
    middle, reach = (min(known.values()) + max(known.values())) / 2, max(known.values()) - min(known.values())
    reach = max(reach, 0.1)
    width, height = (side - 2 * SPARK_EDGE for side in SPARK)
    step = width / (len(weeks) - 1)
    return " ".join(
        f"{SPARK_EDGE + place * step:.1f},{SPARK_EDGE + height * (0.5 - (known[week] - middle) / reach):.1f}"
        for place, week in enumerate(reversed(weeks))
        if week in known
    )
