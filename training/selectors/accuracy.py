"""Reads for the pages of accuracy: stored rows, no answers and no predictions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog.models import Attribute, Vertical
from training.drilldown import Model
from training.models import (
    Against,
    Alias,
    AliasChange,
    AliasName,
    Confusion,
    Difference,
    Method,
    Metric,
    Round,
    RoundFigure,
)

MOST_ROUNDS = 20
"""Newest rounds that one can choose from, and that trends show."""


@dataclass(frozen=True, slots=True)
class Slice:
    """What accuracies are about: everything, a vertical, or an attribute of it."""

    vertical: Vertical | None = None
    attribute: Attribute | None = None

    @property
    def codes(self) -> tuple[str, str]:
        """Of the vertical and the attribute; empty where it is about all."""
        return self.vertical.code if self.vertical else "", self.attribute.code if self.attribute else ""


def rounds_measured(*, with_ids: Collection[int] = ()) -> list[Round]:
    """The newest rounds with accuracies, and those named, newest first, without their inputs."""
    measured = Metric.objects.filter(round=OuterRef("pk"), method=Method.GREEDY, vertical=None)
    rounds = Round.objects.filter(Exists(measured)).only("pk", "params", "status", "created", "finished")
    newest = list(rounds.order_by("-pk")[:MOST_ROUNDS])
    missing = set(with_ids) - {one.pk for one in newest}
    return newest + list(rounds.filter(pk__in=missing).order_by("-pk")) if missing else newest


def champion() -> Model | None:
    """The model that the champion is."""
    row = Alias.objects.filter(name=AliasName.CHAMPION).values_list("version__round_id", "version__iteration")
    found = row.first()
    return Model(*found) if found else None


def champion_changes() -> list[AliasChange]:
    """How the champion changed, the oldest first."""
    changes = AliasChange.objects.filter(alias=AliasName.CHAMPION).select_related("to_version")
    return list(changes.defer("to_version__manifest").order_by("created", "pk"))


def accuracies(slice_: Slice, round_ids: Collection[int]) -> list[Metric]:
    """The accuracies of every model of these rounds on the slice, both methods, by round and iteration."""
    rows = Metric.objects.filter(round_id__in=round_ids, vertical=slice_.vertical, attribute=slice_.attribute)
    return list(rows.order_by("round_id", "iteration"))


def accuracies_within(slice_: Slice, round_id: int) -> list[Metric]:
    """The greedy accuracies of a round's models on the verticals, or on the attributes of the slice's one."""
    rows = Metric.objects.filter(round_id=round_id, method=Method.GREEDY)
    if slice_.vertical is None:
        rows = rows.filter(vertical__isnull=False, attribute=None).select_related("vertical")
        return list(rows.order_by("vertical__position", "vertical__code", "iteration"))
    rows = rows.filter(vertical=slice_.vertical, attribute__isnull=False).select_related("attribute")
    return list(rows.order_by("attribute__position", "attribute__code", "iteration"))


def figures(slice_: Slice, round_id: int, names: Sequence[str]) -> QuerySet[RoundFigure]:
    """The figures of the slice itself, and those of the attributes within a vertical."""
    rows = RoundFigure.objects.filter(round_id=round_id, name__in=names)
    if slice_.attribute:
        return rows.filter(attribute=slice_.attribute)
    if slice_.vertical:
        return rows.filter(vertical=slice_.vertical)
    return rows.filter(attribute=None)


def differences(slice_: Slice, round_id: int) -> list[Difference]:
    """The paired tests of a round's models on the slice, the newest model first."""
    rows = Difference.objects.filter(
        round_id=round_id, vertical=slice_.vertical, attribute=slice_.attribute
    ).select_related("other_round")
    order = {against: place for place, against in enumerate(Against)}
    found = rows.only(
        *("round_id", "iteration", "against", "other_round__params", "other_iteration", "questions"),
        *("right", "other_right", "alone", "other_alone", "p_value"),
    )
    return sorted(found, key=lambda one: (-one.iteration, order[Against(one.against)]))


def confusions(attribute: Attribute, model: Model) -> list[Confusion]:
    """How often the model took one answer for another, the most frequent first."""
    rows = Confusion.objects.filter(round_id=model.round_id, iteration=model.iteration, attribute=attribute)
    return list(rows.order_by("-count", "truth", "said"))


def slice_coded(vertical: str, attribute: str = "") -> Slice | None:
    """The vertical, or its attribute, with this code."""
    if not attribute:
        found = Vertical.objects.filter(code=vertical).first()
        return Slice(found) if found else None
    row = (
        Attribute.objects.filter(Q(vertical__code=vertical), code=attribute)
        .select_related("vertical")
        .first()
    )
    return Slice(row.vertical, row) if row else None
