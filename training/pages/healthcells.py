"""A stored weekly figure as pages show it."""

from dataclasses import dataclass

from training.health.rules import Judging
from training.models import FigureKind, WeeklyFigure


@dataclass(frozen=True, slots=True)
class MixPart:
    """An answer's shares of the week and before, in percent."""

    value: str
    share: float
    before: float


@dataclass(frozen=True, slots=True)
class Cell:
    """A stored figure, and whether it is an alarm."""

    figure: WeeklyFigure
    judged: Judging

    @property
    def is_compared(self) -> bool:
        return self.figure.adjusted is not None

    @property
    def matters(self) -> bool:
        """Beyond the rule's threshold, and not by chance."""
        adjusted = self.figure.adjusted
        beyond = self.figure.effect >= self.judged.least
        if self.figure.kind == FigureKind.UNSEEN:
            return beyond
        return beyond and adjusted is not None and adjusted <= self.judged.level

    @property
    def percent(self) -> str:
        return f"{100 * self.figure.value:.1f}"

    @property
    def reference_percent(self) -> str:
        return "" if self.figure.reference is None else f"{100 * self.figure.reference:.1f}"

    @property
    def interval_text(self) -> str:
        low, high = self.figure.low, self.figure.high
        return "" if low is None or high is None else f"{100 * low:.0f}–{100 * high:.0f}"

    @property
    def parts(self) -> list[MixPart]:
        """Of a value mix: each answer's shares."""
        return [
            MixPart(value, round(100 * share, 1), round(100 * before, 1))
            for value, share, before in self.figure.parts
        ]

    @property
    def p_text(self) -> str:
        """The adjusted p-value."""
        adjusted = self.figure.adjusted
        if adjusted is None:
            return "not compared"
        return "p < 0.001" if adjusted < 0.001 else f"p = {adjusted:.3f}"
