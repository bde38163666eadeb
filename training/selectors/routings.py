"""Reads of routings: where they are, what they found, and how far people are with what they were asked."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from catalog.models import Attribute, Vertical
from catalog.selectors.progress import WorkProgress, silent_seconds
from catalog.selectors.scopes import scope_now, within
from labeling.models import Annotation, Purpose, Turn
from training.models import (
    Alias,
    ModelVersion,
    Prediction,
    Route,
    RoutedQuestion,
    Routing,
    RoutingThreshold,
)
from training.selectors.versions import versions

FEWEST_TIMED = 30
"""Answers below which it is not known yet how long one takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingProgress(WorkProgress):
    """Where a dry run is."""

    done: int
    total: int
    """predictions; 0: not known yet"""


@dataclass(frozen=True, slots=True)
class RouteProgress:
    """How far people are with the questions of a route."""

    questions: int
    asked: int
    answered: int
    withdrawn: int
    """taken back, or answered before they were asked"""

    @property
    def open(self) -> int:
        """Asked and not answered."""
        return self.asked - self.answered

    @property
    def waiting(self) -> int:
        """Not asked yet."""
        return self.questions - self.asked - self.withdrawn


def routings() -> QuerySet[Routing]:
    """Every routing, newest first, without its curves."""
    return Routing.objects.select_related("version", "created_by", "confirmed_by").defer(
        "calibration", "version__manifest"
    )


def routings_whole() -> QuerySet[Routing]:
    """Every routing with its curves, which are large: for the page of one."""
    return Routing.objects.select_related("version", "created_by", "confirmed_by")


def routing_progress(routing: Routing) -> RoutingProgress:
    """Where the dry run is."""
    return RoutingProgress(
        status=routing.status,
        silent_seconds=silent_seconds(routing),
        done=routing.done,
        total=routing.total,
    )


def routable_versions() -> list[ModelVersion]:
    """The versions with predictions, newest first."""
    predicted = Prediction.objects.filter(model_version=OuterRef("pk"))
    return list(versions().filter(Exists(predicted)).prefetch_related("aliases"))


def routable_version_id(*, round_id: int) -> int | None:
    """The version of the round to route: the one that an alias names, or else the newest with predictions."""
    rows = ModelVersion.objects.filter(round=round_id)
    named = rows.annotate(is_named=Exists(Alias.objects.filter(version=OuterRef("pk"))))
    versions = named.order_by("-is_named", "-iteration").values_list("pk", flat=True)
    # One by one: as a semi join PostgreSQL reads millions of predictions to find whether there are any.
    return next((pk for pk in versions if Prediction.objects.filter(model_version=pk).exists()), None)


def weighable_attributes() -> QuerySet[Attribute]:
    """The attributes that are asked, vertical by vertical."""
    order = ("vertical__position", "vertical__code", "position", "code")
    return Attribute.objects.filter(retired=False).select_related("vertical").order_by(*order)


def vertical_labels() -> dict[str, str]:
    """{code: label of a vertical}"""
    return dict(Vertical.objects.order_by().values_list("code", "label"))


def thresholds_of(*, routing_id: int) -> QuerySet[RoutingThreshold]:
    """The routing's thresholds in the order of verticals and attributes."""
    order = ("attribute__vertical__position", "attribute__vertical__code", "attribute__position")
    rows = RoutingThreshold.objects.filter(routing=routing_id).select_related("attribute__vertical")
    return rows.order_by(*order, "attribute__code")


def first_reviews(*, routing_id: int, count: int) -> list[tuple[RoutedQuestion, Prediction | None]]:
    """The first reviews in order, each with what was predicted."""
    seen = within(scope_now(), "listing__vertical")
    rows = RoutedQuestion.objects.filter(seen, routing=routing_id, route=Route.REVIEW).order_by("rank")
    questions = list(rows.select_related("listing__vertical", "attribute", "routing")[:count])
    if not questions:
        return []
    found = Prediction.objects.filter(
        model_version=questions[0].routing.version_id, listing__in=[one.listing_id for one in questions]
    )
    predictions = {(one.listing_id, one.attribute_id): one for one in found}
    return [(one, predictions.get((one.listing_id, one.attribute_id))) for one in questions]


def route_progress(*, routing_id: int) -> Mapping[Route, RouteProgress]:
    """{route: how far people are}."""
    said = Annotation.objects.filter(task=OuterRef("task"), attribute=OuterRef("attribute"), withdrawn=None)
    asked = Q(released__isnull=False, withdrawn=None)
    rows = (
        RoutedQuestion.objects.filter(routing=routing_id)
        .order_by()
        .values("route")
        .annotate(
            questions=Count("pk"),
            asked=Count("pk", filter=asked),
            answered=Count("pk", filter=asked & Q(Exists(said))),
            withdrawn=Count("pk", filter=Q(withdrawn__isnull=False)),
        )
    )
    found = {
        row["route"]: RouteProgress(row["questions"], row["asked"], row["answered"], row["withdrawn"])
        for row in rows
    }
    return {route: found.get(route.value, RouteProgress(0, 0, 0, 0)) for route in Route}


def seconds_per_answer(*, purpose: Purpose) -> float | None:
    """How long people took for an answer in tasks with this purpose; None where too few are known."""
    turns = Turn.objects.filter(purpose=purpose, seconds__gt=0).exclude(finished=None)
    given = Annotation.objects.filter(task__in=turns.values("task"), withdrawn=None).count()
    seconds = turns.aggregate(seconds=Sum("seconds"))["seconds"]
    return seconds / given if seconds and given >= FEWEST_TIMED else None
