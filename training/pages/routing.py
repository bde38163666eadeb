"""The figures of a routing's page: facts, thresholds, curves, the first reviews, and how it goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labeling.models import Purpose
from training.accepted import ACCEPTED
from training.dashboards import percent
from training.drilldown import Votes, listings_address
from training.ml.policy import Why
from training.models import (
    Prediction,
    Route,
    RoutedQuestion,
    Routing,
    RoutingState,
    RoutingThreshold,
)
from training.pages.durations import duration_text
from training.routing.figures import Figures
from training.routing.settings import RoutingSettings
from training.selectors import routings as selectors
from training.selectors.routings import RouteProgress

FIRST = 20
"""Reviews that are shown of the order."""
SHOWN_ANSWERS = 3
GOING = {Route.REVIEW: "Reviews", Route.AUDIT: "Audits"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What would become, or becomes, of all questions."""

    figures: Figures
    queued: int
    """reviews that are put in order"""
    bound: float | None
    """the precision of what is accepted is at least that"""
    settings: RoutingSettings

    @property
    def accepted_percent(self) -> str:
        return percent(self.figures.coverage)

    @property
    def precision_percent(self) -> str:
        return percent(self.figures.precision or 0)

    @property
    def bound_percent(self) -> str:
        return percent(self.bound or 0)

    @property
    def target_percent(self) -> str:
        return short_percent(self.settings.target.precision)

    @property
    def confidence_percent(self) -> str:
        return short_percent(self.settings.target.confidence)

    @property
    def audit_percent(self) -> str:
        return f"{100 * self.settings.routing.audit_share:g}"

    @property
    def weights(self) -> list[str]:
        """Those that are not 1, such as "kurta color 2"."""
        weights = self.settings.routing.attribute_weights
        return [f"{vertical} {attribute} {weight:g}" for (vertical, attribute), weight in weights.items()]

    @property
    def days(self) -> int:
        """That the reviews in order take."""
        return -(-self.queued // self.settings.routing.per_day)

    @property
    def review_time(self) -> str:
        """Of the reviews in order."""
        return duration_text(self._review_seconds)

    @property
    def audit_time(self) -> str:
        return duration_text(self._audit_seconds)

    @property
    def work_time(self) -> str:
        """Of both."""
        return duration_text(self._review_seconds + self._audit_seconds)

    @property
    def _review_seconds(self) -> float:
        return self.queued * self.settings.routing.review_seconds

    @property
    def _audit_seconds(self) -> float:
        return self.figures.audited * self.settings.routing.audit_seconds

    @property
    def later(self) -> int:
        """Reviews that a later routing puts in order."""
        return self.figures.reviewed - self.queued


@dataclass(frozen=True, slots=True)
class ThresholdRow:
    """An attribute: from where on its answers are accepted, and why not sooner."""

    row: RoutingThreshold
    figures: Figures
    routing: Routing

    @property
    def label(self) -> str:
        return self.row.attribute.label

    @property
    def accepted_address(self) -> str:
        """Of the accepted answers; unless this routing counts, of all that reach the threshold."""
        version = self.routing.version
        if self.routing.state == RoutingState.CURRENT:
            return self._address(route=ACCEPTED)
        least = self.row.threshold
        votes = None if least is None else Votes(version.round_id, version.iteration, agreement=(least, 1))
        return self._address(votes) if votes else ""

    @property
    def reviewed_address(self) -> str:
        """Of the questions in review; empty unless this routing counts."""
        return self._address(route=Route.REVIEW.value) if self.routing.state == RoutingState.CURRENT else ""

    def _address(self, votes: Votes | None = None, *, route: str = "") -> str:
        attribute = self.row.attribute
        return listings_address(
            votes, vertical=attribute.vertical.code, attribute=attribute.code, route=route
        )

    @property
    def threshold_percent(self) -> str:
        return "" if self.row.threshold is None else short_percent(self.row.threshold)

    @property
    def expected_percent(self) -> str:
        return percent(self.row.expected)

    @property
    def bound_percent(self) -> str:
        return "" if self.row.bound is None else percent(self.row.bound)

    @property
    def shares_bound(self) -> bool:
        """It was tested together with others, and so is the bound that of all of them."""
        return "/" not in self.row.unit

    @property
    def coverage_percent(self) -> str:
        return percent(self.figures.coverage)

    @property
    def state(self) -> str:
        """What stands between it and acceptance, as a person says it; empty where nothing does."""
        if self.row.threshold is not None:
            return ""
        if self.row.more is not None and self.row.why == Why.NO_EVIDENCE.value:
            return f"needs {self.row.more:,} more audited answers before it can be judged"
        if self.row.more is not None:
            return f"needs {self.row.more:,} more audited answers"
        return {
            Why.BELOW_TARGET.value: "not precise enough at any agreement: teach it more",
            Why.NO_EVIDENCE.value: "nobody has judged it yet",
        }.get(self.row.why, self.row.why)


@dataclass(frozen=True, slots=True)
class VerticalThresholds:
    """A vertical with its attributes."""

    label: str
    figures: Figures
    rows: tuple[ThresholdRow, ...]

    @property
    def coverage_percent(self) -> str:
        return percent(self.figures.coverage)


@dataclass(frozen=True, slots=True)
class FirstReview:
    """A review of the order, and why it stands there."""

    question: RoutedQuestion
    prediction: Prediction | None

    @property
    def why(self) -> str:
        """Such as "4 of 8 say red, 3 say blue"."""
        if self.prediction is None:
            return "its prediction is gone"
        counts = self.prediction.counts
        order = sorted(counts, key=lambda answer: (-counts[answer], answer))[:SHOWN_ANSWERS]
        if not order:
            return f"none of {self.prediction.chains} chains ended in an answer"
        first = f"{counts[order[0]]} of {self.prediction.chains} chains say {order[0]}"
        return ", ".join([first, *(f"{counts[answer]} say {answer}" for answer in order[1:])])

    @property
    def value(self) -> str:
        return f"{self.question.value:.2f}"


@dataclass(frozen=True, slots=True)
class Going:
    """How far people are with a route."""

    label: str
    progress: RouteProgress


def status_of(routing: Routing) -> dict[str, Any]:
    """Everything that changes while the dry run runs."""
    return {"routing": routing, "progress": selectors.routing_progress(routing)}


def facts_of(routing: Routing) -> Facts | None:
    """What the dry run found; None before its end."""
    summary: Mapping[str, Any] = routing.summary
    if not summary:
        return None
    return Facts(
        figures=Figures.from_json(summary["whole"]),
        queued=summary["queued"],
        bound=summary["bound"],
        settings=RoutingSettings.from_json(routing.params),
    )


def thresholds_by_vertical(routing: Routing) -> list[VerticalThresholds]:
    """The thresholds, vertical by vertical."""
    by_vertical: dict[str, list[RoutingThreshold]] = {}
    for row in selectors.thresholds_of(routing_id=routing.pk):
        by_vertical.setdefault(row.attribute.vertical.code, []).append(row)
    figures = routing.summary.get("verticals", {})
    return [
        VerticalThresholds(
            label=rows[0].attribute.vertical.label,
            figures=Figures.from_json(figures[code]) if code in figures else Figures(),
            rows=tuple(ThresholdRow(row, Figures.from_json(row.figures), routing) for row in rows),
        )
        for code, rows in by_vertical.items()
    ]


def first_reviews(routing: Routing) -> list[FirstReview]:
    """The first of the order."""
    return [FirstReview(*one) for one in selectors.first_reviews(routing_id=routing.pk, count=FIRST)]


def going_of(routing: Routing) -> list[Going]:
    """How far people are with reviews and audits."""
    found = selectors.route_progress(routing_id=routing.pk)
    return [Going(GOING[route], found[route]) for route in Route]


def usual_settings() -> RoutingSettings:
    """The settings of a first routing, with the time that people have taken so far where it is known."""
    settings = RoutingSettings()
    review = selectors.seconds_per_answer(purpose=Purpose.REVIEW) or settings.routing.review_seconds
    audit = selectors.seconds_per_answer(purpose=Purpose.AUDIT) or settings.routing.audit_seconds
    row = settings.to_json()
    row["routing"] |= {"review_seconds": review, "audit_seconds": audit}
    return RoutingSettings.from_json(row)


def short_percent(share: float) -> str:
    """A share in percent with as many decimals as it needs: 0.875 is "87.5", 0.95 is "95"."""
    return f"{100 * share:.1f}".removesuffix(".0")
