"""The live accuracy on a routing's page."""

from dataclasses import dataclass

from training.dashboards import percent
from training.ml.live import LiveAccuracy, live_accuracy
from training.models import ModelVersion
from training.routing.evidence import audited_of, reviewed_of
from training.selectors.routings import vertical_labels


@dataclass(frozen=True, slots=True)
class LiveRow:
    """How accurate the version is on the pool, of one vertical or of all."""

    label: str
    one: LiveAccuracy

    @property
    def accuracy(self) -> str:
        return percent(self.one.accuracy)

    @property
    def low(self) -> str:
        return percent(self.one.low)

    @property
    def high(self) -> str:
        return percent(self.one.high)

    @property
    def naive(self) -> str:
        return "" if self.one.naive is None else percent(self.one.naive)


def live_rows(version: ModelVersion) -> list[LiveRow]:
    """A row for each vertical that was audited, and last the whole."""
    found = live_accuracy(audited_of(version), reviewed_of(version))
    labels = vertical_labels()
    return [LiveRow(labels.get(one.vertical, one.vertical) or "All verticals", one) for one in found]
