"""The list of rounds, and what one could not use."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from training.dashboards import Figure, best_figures
from training.ml.strategies import plan_of
from training.models import Round, RoundStage
from training.pages.durations import duration_text
from training.photochecks import LeftOut, listings_left_out

MOST_SHOWN = 20
"""Listings that a round left out, on its page."""


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round in the list."""

    round: Round
    strategy: str
    first: Figure | None
    """Of the model before the first iteration."""
    best: Figure | None
    duration: str
    """Spent in stages; empty before the first one."""


def round_lines(rounds: Sequence[Round]) -> list[RoundLine]:
    """Each round with its figures, in three queries however many there are."""
    ids = [round_.pk for round_ in rounds]
    figures = best_figures(round_ids=ids)
    spent = _spent(ids)
    lines = []
    for round_ in rounds:
        first, best = figures.get(round_.pk, (None, None))
        strategy = plan_of(round_.params).label
        duration = duration_text(spent[round_.pk]) if round_.pk in spent else ""
        lines.append(RoundLine(round_, strategy, first, best, duration))
    return lines


@dataclass(frozen=True, slots=True)
class Unusable:
    """Listings of a round whose photos could not be used."""

    count: int
    shown: Sequence[LeftOut]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.shown)


def unusable_listings(round_: Round) -> Unusable:
    """The listings that the round left out when it began."""
    found = listings_left_out(round_.artifact_path)
    return Unusable(len(found), found[:MOST_SHOWN])


def _spent(round_ids: Sequence[int]) -> dict[int, float]:
    """{round: seconds in its stages}"""
    seconds: defaultdict[int, float] = defaultdict(float)
    stages = RoundStage.objects.filter(round_id__in=round_ids, started__isnull=False).order_by()
    for round_id, started, heartbeat, finished in stages.values_list(
        "round_id", "started", "heartbeat", "finished"
    ):
        until = finished or heartbeat
        if started and until:
            seconds[round_id] += (until - started).total_seconds()
    return dict(seconds)
