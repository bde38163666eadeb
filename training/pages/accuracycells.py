"""Cells of the pages of accuracy: a figure, its interval, and the listings behind it."""

from dataclasses import dataclass

from training.dashboards import percent
from training.drilldown import Gold, Judged, Model, listings_address
from training.ml.figures import labels_to_halve, share_of
from training.models import Metric, RoundFigure

LITTLE = 0.2
"""An interval that is wider says little: 20 percentage points."""

Codes = tuple[str, str]
"""Of a vertical and an attribute; empty for all."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A share in a table."""

    value: float
    low: float | None
    high: float | None
    count: int
    """What stands behind it, such as gold questions."""
    hits: int | None = None
    address: str = ""
    """Of the listings behind it; empty where they are not one list."""

    @property
    def percent(self) -> str:
        return percent(self.value)

    @property
    def data(self) -> str:
        """The figure for charts and readers of the page, in percent."""
        return _data(self.value)

    @property
    def data_low(self) -> str:
        return "" if self.low is None else _data(self.low)

    @property
    def data_high(self) -> str:
        return "" if self.high is None else _data(self.high)

    @property
    def interval_text(self) -> str:
        return "" if self.low is None or self.high is None else f"{100 * self.low:.0f}–{100 * self.high:.0f}"

    @property
    def to_halve(self) -> int | None:
        """How many more labelled gold questions would halve the interval; None where it is no plain share."""
        return None if self.hits is None else labels_to_halve(self.hits, self.count)

    @property
    def is_little(self) -> bool:
        """Whether there is too little gold to say much."""
        return self.low is not None and self.high is not None and self.high - self.low > LITTLE


def accuracy_cell(metric: Metric, codes: Codes) -> Cell:
    """An accuracy, with the questions that were answered."""
    behind = Gold(metric.round_id, metric.iteration)
    return Cell(
        metric.value, metric.low, metric.high, metric.questions, metric.correct, address(behind, codes)
    )


def unparseable_cell(metric: Metric, codes: Codes) -> Cell:
    """The share of answers that were nothing allowed."""
    found = share_of(metric.unparseable, metric.questions)
    behind = Gold(metric.round_id, metric.iteration, Judged.UNPARSEABLE)
    where = address(behind, codes) if metric.unparseable else ""
    return Cell(found.value, found.low, found.high, found.count, found.hits, where)


def figure_cell(figure: RoundFigure, where: str = "") -> Cell:
    """A stored figure."""
    return Cell(figure.value, figure.low, figure.high, figure.count, figure.hits, where)


def address(behind: Gold, codes: Codes) -> str:
    """The listings behind answers about a vertical, an attribute, or everything."""
    return listings_address(behind, vertical=codes[0], attribute=codes[1])


def answered(
    model: Model, codes: Codes, *, truth: str = "", said: str = "", judged: Judged | None = None
) -> str:
    """The listings about which people said one thing and the model another."""
    behind = Gold(model.round_id, model.iteration, judged, truth=truth, said=said)
    return address(behind, codes)


def _data(share: float) -> str:
    return f"{100 * share:.6f}"
