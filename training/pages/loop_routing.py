"""What routings accept, in rows: coverage and precision at the target, and how far the calibration is off."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.models import Vertical
from training.dashboards import model_label, percent
from training.models import Routing
from training.pages.routing import short_percent
from training.routing.figures import Figures
from training.routing.settings import RoutingSettings


@dataclass(frozen=True, slots=True)
class RoutingRow:
    """A routing whose dry run is done."""

    routing: Routing
    figures: Figures
    """Of all questions, or of a vertical's."""
    settings: RoutingSettings
    bound: float | None
    """The precision of all that is accepted is at least that; None of a vertical."""
    error: float | None
    """Of its calibration."""

    @property
    def version_label(self) -> str:
        """Which model it routes: the round and iteration."""
        version = self.routing.version
        first = "start" if version.parent_id else "SFT"
        return f"Round {version.round_id}, {model_label(version.iteration, first)}"

    @property
    def target(self) -> str:
        return short_percent(self.settings.target.precision)

    @property
    def coverage(self) -> str:
        return percent(self.figures.coverage)

    @property
    def precision(self) -> str:
        """Expected of what is accepted; empty where nothing is."""
        return "" if self.figures.precision is None else percent(self.figures.precision)

    @property
    def bound_percent(self) -> str:
        return "" if self.bound is None else percent(self.bound)

    @property
    def error_points(self) -> str:
        """In percentage points."""
        return "" if self.error is None else percent(self.error)


def routing_rows(routings: Iterable[Routing], vertical: Vertical | None) -> list[RoutingRow]:
    """A row for each routing, in their order; one that has nothing of the vertical is left out."""
    return [row for routing in routings if routing.summary and (row := _row(routing, vertical))]


def _row(routing: Routing, vertical: Vertical | None) -> RoutingRow | None:
    summary = routing.summary
    found = summary["verticals"].get(vertical.code) if vertical else summary["whole"]
    if found is None:
        return None
    return RoutingRow(
        routing=routing,
        figures=Figures.from_json(found),
        settings=RoutingSettings.from_json(routing.params),
        bound=None if vertical else summary["bound"],
        error=getattr(routing, "error_found", None),
    )
