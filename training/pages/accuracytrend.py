"""Accuracy from round to round: each round's first model and its best, and the champion of the time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from training.ml.strategies import plan_of
from training.models import ZERO_SHOT, AliasChange, Method, Metric, ModelVersion, Round
from training.pages.accuracycells import Cell, accuracy_cell
from training.selectors.accuracy import Slice


@dataclass(frozen=True, slots=True)
class TrendRow:
    """A round on the page's slice."""

    round_id: int
    strategy: str
    first: Cell | None
    """Its first trained model's."""
    best: Cell
    """Its best model's, the earliest of equals."""
    champion: Cell | None
    """The champion's when the next round began, or now; none where that, or its figures, are not known."""
    made_champion: bool
    """Whether one of its models became the champion."""


def trend(
    slice_: Slice, rounds: Sequence[Round], metrics: Sequence[Metric], changes: Sequence[AliasChange]
) -> tuple[TrendRow, ...]:
    """The rounds, the oldest first.

    Args:
        metrics: accuracies of the rounds' models on the slice.
        changes: how the champion changed, the oldest first.
    """
    by_round: defaultdict[int, dict[int, Metric]] = defaultdict(dict)
    for metric in metrics:
        if metric.method == Method.GREEDY:
            by_round[metric.round_id][metric.iteration] = metric
    made = {one.to_version.round_id for one in changes if one.to_version}
    in_order = sorted(rounds, key=lambda one: one.pk)
    ends = [*(one.created for one in in_order[1:]), None]
    rows = []
    for round_, end in zip(in_order, ends, strict=True):
        found = by_round.get(round_.pk)
        trained = {one: metric for one, metric in (found or {}).items() if one > ZERO_SHOT} or found
        if not trained:
            continue
        best = max(trained.values(), key=lambda one: (one.value, -one.iteration))
        version = _champion_at(end, changes)
        champion = by_round[version.round_id].get(version.iteration) if version else None
        rows.append(
            TrendRow(
                round_id=round_.pk,
                strategy=plan_of(round_.params).label,
                first=accuracy_cell(trained[0], slice_.codes) if 0 in trained else None,
                best=accuracy_cell(best, slice_.codes),
                champion=accuracy_cell(champion, slice_.codes) if champion else None,
                made_champion=round_.pk in made,
            )
        )
    return tuple(rows)


def _champion_at(end: datetime | None, changes: Sequence[AliasChange]) -> ModelVersion | None:
    """The champion at that time, or now."""
    before = [one for one in changes if end is None or one.created <= end]
    return before[-1].to_version if before else None
