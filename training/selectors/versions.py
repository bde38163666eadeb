"""Reads of model versions and of the aliases that point at them."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Q, QuerySet

from catalog.models import Status
from catalog.paging import LARGEST
from training.dashboards import Figure, figure_of, model_label
from training.drilldown import Model
from training.ml.gate import GateOutcome
from training.ml.strategies import plan_of
from training.models import (
    ZERO_SHOT,
    Alias,
    AliasChange,
    AliasName,
    ChangeKind,
    GateCheck,
    Method,
    Metric,
    ModelVersion,
    Round,
)

RECENT_ROUNDS = 20
"""Whose models are offered to choose from."""


@dataclass(frozen=True, slots=True)
class VerticalFigure:
    """A version's gold accuracy on one vertical, beside the champion's, each on the gold set of its round."""

    label: str
    figure: Figure
    champion: Figure | None


@dataclass(frozen=True, slots=True)
class NamedModel:
    """A model that a round asked, for people to choose."""

    model: Model
    label: str
    """Such as "Round 12, Iteration 1"."""
    version_id: int | None
    """None of the base model."""


def versions() -> QuerySet[ModelVersion]:
    """Every version, newest first, with its round, without the frozen inputs, and its parent."""
    return (
        ModelVersion.objects.select_related("round", "parent")
        .defer("round__inputs", "parent__manifest")
        .order_by("-created", "-pk")
    )


def version_with(*, version_id: int) -> ModelVersion | None:
    """The version with this number."""
    return versions().filter(pk=version_id).first()


def models_recent(*wanted: str) -> list[NamedModel]:
    """The models of the newest rounds, newest first, and of the rounds that these texts name, in one query.

    Args:
        wanted: texts such as "12.1", or anything else, which names nothing.
    """
    named = [int(one) for one in (text.partition(".")[0] for text in wanted) if one.isdecimal()]
    newest = Round.objects.order_by("-pk").values("pk")[:RECENT_ROUNDS]
    rounds = Round.objects.filter(Q(pk__in=newest) | Q(pk__in=[pk for pk in named if pk <= LARGEST]))
    rows = rounds.order_by("-pk", "-versions__iteration").values_list(
        "pk", "params", "versions__iteration", "versions__pk"
    )
    models = []
    for round_id, found in groupby(rows, lambda row: row[0]):
        for _, params, iteration, version_id in found:
            if version_id is not None:
                label = model_label(iteration, plan_of(params).first_label)
                models.append(
                    NamedModel(Model(round_id, iteration), f"Round {round_id}, {label}", version_id)
                )
        models.append(NamedModel(Model(round_id, ZERO_SHOT), f"Round {round_id}, Zero-shot", None))
    return models


def alias_holders() -> dict[AliasName, int]:
    """{alias: the version that it points at}"""
    return {AliasName(name): pk for name, pk in Alias.objects.values_list("name", "version_id")}


def version_figures(*, versions: Iterable[ModelVersion]) -> dict[int, Figure]:
    """{version: greedy accuracy on all gold questions} of those that were evaluated, in one query."""
    by_key = {(one.round_id, one.iteration): one.pk for one in versions}
    metrics = Metric.objects.filter(
        round_id__in={round_id for round_id, _ in by_key}, method=Method.GREEDY, vertical=None
    )
    return {
        by_key[one.round_id, one.iteration]: figure_of(one)
        for one in metrics
        if (one.round_id, one.iteration) in by_key
    }


def vertical_figures(*, version: ModelVersion, champion: ModelVersion | None) -> list[VerticalFigure]:
    """The version's greedy gold accuracy per vertical, beside the champion's where it is another one."""
    mine = _by_vertical(version)
    its = _by_vertical(champion) if champion and champion.pk != version.pk else {}
    return [
        VerticalFigure(
            metric.vertical.label if metric.vertical else "",
            figure_of(metric),
            figure_of(its[pk]) if pk in its else None,
        )
        for pk, metric in mine.items()
    ]


def latest_check(*, version_id: int, champion_id: int) -> GateCheck | None:
    """The newest word of the gate on the version against this champion."""
    return GateCheck.objects.filter(version_id=version_id, champion_id=champion_id).first()


def outcome_of(check: GateCheck) -> GateOutcome:
    """What the check found."""
    return GateOutcome.from_json(check.outcome)


def alias_history() -> QuerySet[AliasChange]:
    """Every change of an alias, newest first."""
    return AliasChange.objects.select_related("by", "from_version", "to_version", "gate_check").defer(
        "from_version__manifest", "to_version__manifest", "gate_check__outcome"
    )


def previous_champion_id() -> int | None:
    """The version that the champion of now followed: what a rollback returns to.

    A rollback takes the champion's rise back, so that the one after it goes a step further into the past.
    """
    line: list[int] = []
    changes = AliasChange.objects.filter(alias=AliasName.CHAMPION).order_by("created", "pk")
    for kind, version_id in changes.values_list("kind", "to_version_id"):
        if kind == ChangeKind.ROLLED_BACK:
            line.pop()
        elif version_id is not None:
            line.append(version_id)
    return line[-2] if len(line) > 1 else None


def needed_ids() -> set[int]:
    """The versions whose files something needs.

    They are those that an alias points at or a rollback would return to, those of rounds that may go on, and
    those that such a round goes on from.
    """
    rounds = Round.objects.exclude(status=Status.DONE)
    starts = [path for path in rounds.values_list("inputs__adapter__path", flat=True) if path]
    needed = Q(aliases__isnull=False) | Q(round__in=rounds) | Q(children__round__in=rounds)
    needed |= Q(adapter_path__in=starts)
    ids = set(ModelVersion.objects.filter(needed).values_list("pk", flat=True))
    return ids | {pk for pk in [previous_champion_id()] if pk is not None}


def removable(*, keep: int) -> list[ModelVersion]:
    """The versions beyond the newest `keep` with files that nothing needs, oldest first."""
    with_files = versions().filter(files_removed=None)
    beyond = with_files[keep:]
    needed = needed_ids()
    return [one for one in reversed(beyond) if one.pk not in needed]


def removed() -> QuerySet[ModelVersion]:
    """The versions whose files were given up."""
    return versions().exclude(files_removed=None)


def _by_vertical(version: ModelVersion) -> dict[int | None, Metric]:
    metrics = (
        Metric.objects.filter(
            round_id=version.round_id,
            iteration=version.iteration,
            method=Method.GREEDY,
            vertical__isnull=False,
            attribute=None,
        )
        .select_related("vertical")
        .order_by("vertical__position", "vertical__code")
    )
    return {one.vertical_id: one for one in metrics}
