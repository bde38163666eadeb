"""Reads of model versions and of the aliases that point at them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from catalog.models import Status
from training.dashboards import Figure
from training.ml.gate import GateOutcome
from training.models import (
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


@dataclass(frozen=True, slots=True)
class VerticalFigure:
    """A version's gold accuracy on one vertical, beside the champion's, each on the gold set of its round."""

    label: str
    figure: Figure
    champion: Figure | None


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
        by_key[one.round_id, one.iteration]: _figure(one)
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
            _figure(metric),
            _figure(its[pk]) if pk in its else None,
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


def _figure(metric: Metric) -> Figure:
    return Figure(metric.value, metric.low, metric.high, metric.questions)
