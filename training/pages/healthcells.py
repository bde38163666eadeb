"""A stored weekly figure as pages show it."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.states import state_of
from training.drilldown import Votes, listings_address
from training.health.rules import Judging
from training.health.weeks import DAY, WEEK
from training.models import FigureKind, Route, WeeklyFigure


@dataclass(frozen=True, slots=True)
class MixPart:
    """An answer's shares of the week and before, in percent."""

    value: str
    share: float
    before: float
    address: str
    """Of the week's listings with this answer; empty where it is none of the attribute's."""


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
        attribute = self.figure.attribute
        codes = {value.label: value.code for value in attribute.values.all()} if attribute else {}
        return [
            MixPart(value, round(100 * share, 1), round(100 * before, 1), self._answering(value, codes))
            for value, share, before in self.figure.parts
        ]

    @property
    def address(self) -> str:
        """Of the listings that came in the week, those that agree least first; of audited ones, whenever."""
        match self.figure.kind:
            case FigureKind.AUDITED:
                return listings_address(vertical=self.figure.vertical.code, route=Route.AUDIT.value)
            case FigureKind.AGREEMENT:
                return self._of_week(self._votes(), lowest_first=True)
            case FigureKind.VALUE_MIX:
                return self._of_week(self._votes())
            case FigureKind.ASKED:
                return ""
        return self._of_week(None)

    def _of_week(self, votes: Votes | None, *, lowest_first: bool = False) -> str:
        figure = self.figure
        return listings_address(
            votes,
            vertical=figure.vertical.code,
            attribute=figure.attribute.code if figure.attribute else "",
            days=(figure.week, figure.week + WEEK - DAY),
            lowest_first=lowest_first,
        )

    def _votes(self, predicted: str = "") -> Votes | None:
        version = self.figure.version
        return Votes(version.round_id, version.iteration, predicted=predicted) if version else None

    def _answering(self, value: str, codes: Mapping[str, str]) -> str:
        state = state_of(value)
        answer = codes.get(value) or (f":{state.value}" if state else "")
        return self._of_week(self._votes(answer)) if answer and self.figure.version else ""

    @property
    def p_text(self) -> str:
        """The adjusted p-value."""
        adjusted = self.figure.adjusted
        if adjusted is None:
            return "not compared"
        return "p < 0.001" if adjusted < 0.001 else f"p = {adjusted:.3f}"
