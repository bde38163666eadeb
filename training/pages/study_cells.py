"""Means over seeds as pages of studies write them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from training.ml.signed import signed_text
from training.models import StudyFigure, StudyMeasure

SIGNED = frozenset({StudyMeasure.HEAD_ROOM, StudyMeasure.GAIN, StudyMeasure.AGAINST_LOOP})
"""Differences, in points; the others are accuracies, in percent."""
JUDGED = frozenset({StudyMeasure.GAIN, StudyMeasure.AGAINST_LOOP})
"""Those that a study is run for: an interval without 0 stands out."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A mean over seeds, with its 95 % interval where there are two seeds or more."""

    measure: StudyMeasure
    mean: float
    low: float | None
    high: float | None
    seeds: int

    @classmethod
    def of(cls, figure: StudyFigure) -> "Cell":
        return cls(StudyMeasure(figure.measure), figure.mean, figure.low, figure.high, figure.seeds)

    @property
    def is_percent(self) -> bool:
        return self.measure not in SIGNED

    @property
    def text(self) -> str:
        return f"{self._told(self.mean)}{' %' if self.is_percent else ''}"

    @property
    def interval_text(self) -> str:
        """Empty where there is none."""
        if self.low is None or self.high is None:
            return ""
        return f"{self._told(self.low)} to {self._told(self.high)}"

    @property
    def stands_out(self) -> bool:
        """It is better or worse than what it is held against by more than chance."""
        if self.measure not in JUDGED or self.low is None or self.high is None:
            return False
        return self.low > 0 or self.high < 0

    @property
    def value(self) -> str:
        """For charts."""
        return f"{self.mean:.2f}"

    @property
    def low_value(self) -> str:
        return "" if self.low is None else f"{self.low:.2f}"

    @property
    def high_value(self) -> str:
        return "" if self.high is None else f"{self.high:.2f}"

    def _told(self, value: float) -> str:
        return f"{value:.1f}" if self.is_percent else signed_text(value)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a study, by what they are about."""

    cells: Mapping[tuple[str, str, StudyMeasure], Cell] = field(default_factory=dict)
    """{(arm, step, measure): of all verticals}"""
    steps: Mapping[str, list[str]] = field(default_factory=dict)
    """{arm: its steps, in order}"""
    verticals: Mapping[str, Cell] = field(default_factory=dict)
    """{vertical: the loop's gain}"""

    @classmethod
    def of(cls, rows: Iterable[StudyFigure]) -> "Figures":
        """Of rows in the order of their steps, with their arms."""
        cells: dict[tuple[str, str, StudyMeasure], Cell] = {}
        steps: defaultdict[str, dict[str, None]] = defaultdict(dict)
        verticals: dict[str, Cell] = {}
        for row in rows:
            if row.vertical:
                verticals[row.vertical] = Cell.of(row)
                continue
            cells[row.arm.name, row.step, StudyMeasure(row.measure)] = Cell.of(row)
            steps[row.arm.name][row.step] = None
        return cls(cells, {arm: list(names) for arm, names in steps.items()}, verticals)

    def at(self, arm: str, step: str, measure: StudyMeasure) -> Cell | None:
        """A figure of a step; None: there is none."""
        return self.cells.get((arm, step, measure))

    def last(self, arm: str, measure: StudyMeasure) -> Cell | None:
        """A figure of the arm's last step."""
        steps = self.steps.get(arm)
        return self.at(arm, steps[-1], measure) if steps else None
