"""The curves over rounds: how accurate they are by what they learned from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from catalog.models import Vertical
from catalog.splits import Split
from training.base_model import is_hub_id
from training.dashboards import Figure, model_label
from training.drilldown import Gold, Judged, listings_address
from training.ml.params import Strategy
from training.ml.signed import signed_text
from training.ml.strategies import PLANS, plan_of
from training.models import LabelUse, Metric, Round
from training.pages.durations import duration_text
from training.selectors import loop as selectors
from training.selectors.loop import Labelled, Learned

TAUGHT = (LabelUse.SEED, LabelUse.REVIEWED)
"""Labels that a round learns from; the others measure it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Rounds that can be held against one another: of one strategy on one base model."""

    strategy: Strategy
    base: str

    @property
    def key(self) -> str:
        """As addresses name it: they tell nobody where a model lies."""
        return f"{self.strategy}-{sha256(self.base.encode()).hexdigest()[:8]}"

    @property
    def label(self) -> str:
        name = self.base if is_hub_id(self.base) else Path(self.base).name
        return f"{PLANS[self.strategy].label}, {name}"

    @classmethod
    def of(cls, round_: Round) -> "Kind":
        """The round's."""
        return cls(round_.params.get("strategy", "sft_dpo"), round_.params["model"]["base"])


@dataclass(frozen=True, slots=True)
class RoundRow:
    """A round: what it learned from, and what came of it."""

    round_id: int
    created: datetime
    pool: int | None
    """Listings; None where it is not known."""
    taught: Labelled | None
    """What people spent on the labels that it learned from; None where nobody counted."""
    measured: Labelled | None
    """Likewise, that it is measured by."""
    first: Figure | None
    best: Figure | None
    best_label: str
    mistakes: str
    """The address of the gold listings that the best model is wrong about."""
    first_mistakes: str
    """Likewise of the first model."""
    pairs_used: int | None
    """All iterations together; None where no iteration made pairs."""

    @property
    def is_drawn(self) -> bool:
        """There is an accuracy to draw."""
        return self.best is not None

    @property
    def taught_minutes(self) -> str:
        """As a number to draw; empty where none of the time is known."""
        if self.taught is None or not self.taught.timed:
            return ""
        return f"{self.taught.seconds / 60:.2f}"

    @property
    def taught_text(self) -> str:
        return _time_text(self.taught)

    @property
    def measured_text(self) -> str:
        return _time_text(self.measured)

    @property
    def gain_text(self) -> str:
        """What the iterations brought, in percentage points; empty where there was none."""
        if self.first is None or self.best is None or self.pairs_used is None:
            return ""
        return signed_text(100 * (self.best.value - self.first.value))


def round_rows(
    rounds: Sequence[Round],
    vertical: Vertical | None,
    times: Mapping[int, Mapping[LabelUse, Labelled]],
    learned: Mapping[int, Sequence[Learned]],
) -> list[RoundRow]:
    """A row for each round, in their order."""
    metrics: defaultdict[int, list[Metric]] = defaultdict(list)
    for metric in selectors.gold_figures([round_.pk for round_ in rounds], vertical):
        metrics[metric.round_id].append(metric)
    return [
        _row(round_, vertical, metrics[round_.pk], times.get(round_.pk), learned.get(round_.pk, ()))
        for round_ in rounds
    ]


def _row(
    round_: Round,
    vertical: Vertical | None,
    metrics: Sequence[Metric],
    times: Mapping[LabelUse, Labelled] | None,
    learned: Sequence[Learned],
) -> RoundRow:
    # The best model is the one that was offered, which the whole gold set decides, not the vertical's.
    whole = [metric for metric in metrics if metric.vertical_id is None]
    best = max(whole, key=lambda metric: metric.value, default=None)
    shown = {
        metric.iteration: metric for metric in metrics if metric.vertical_id == (vertical and vertical.pk)
    }
    iteration = best.iteration if best else 0
    return RoundRow(
        round_id=round_.pk,
        created=round_.created,
        pool=round_.counts.get(Split.POOL.value),
        taught=None if times is None else added(times, TAUGHT),
        measured=None if times is None else added(times, (LabelUse.GOLD,)),
        first=_figure(shown.get(0)),
        best=_figure(shown.get(iteration)),
        best_label=model_label(iteration, plan_of(round_.params).first_label),
        mistakes=_mistakes(round_, iteration, vertical),
        first_mistakes=_mistakes(round_, 0, vertical),
        pairs_used=sum(one.used for one in learned) if learned else None,
    )


def _mistakes(round_: Round, iteration: int, vertical: Vertical | None) -> str:
    behind = Gold(round_.pk, iteration, judged=Judged.WRONG)
    return listings_address(behind, vertical=vertical.code if vertical else "")


def added(times: Mapping[LabelUse, Labelled], uses: Iterable[LabelUse]) -> Labelled:
    """What labels of these uses took together."""
    return sum((times[use] for use in uses if use in times), Labelled())


def pool_problem(rows: Sequence[RoundRow], kind: Kind) -> str:
    """Why there is no curve over pool sizes, and what would give one; empty where there is one."""
    if not PLANS[kind.strategy].learns_from_pool:
        return "Rounds of this kind do not learn from the pool: start one with another strategy."
    drawn = [row for row in rows if row.is_drawn and row.pool]
    sizes = {row.pool for row in drawn}
    if len(sizes) > 1:
        return ""
    if not drawn:
        return "No round like this has been measured with a pool yet: start one."
    same = f"{_rounds(len(drawn))} had {drawn[0].pool:,} listings in the pool."
    return f"{same} Import more listings, or move some out of the pool, and start another round."


def time_problem(rows: Sequence[RoundRow]) -> str:
    """Why there is no curve over people's time, and what would give one; empty where there is one."""
    drawn = [row for row in rows if row.is_drawn]
    timed = [row for row in drawn if row.taught_minutes]
    if len({row.taught_minutes for row in timed}) > 1:
        return ""
    if not drawn:
        return "No round like this has been measured yet: start one."
    if any(row.taught is None for row in drawn) and not timed:
        return (
            "These rounds are from before people's time was kept: "
            "manage.py metrics_compute counts it from the turns that are there."
        )
    if not timed:
        return (
            "Nobody's time is known for the labels that these rounds learned from, as they were imported: "
            "label or review some listings in the app, and start another round."
        )
    same = f"{_rounds(len(timed))} learned from labels that took people {timed[0].taught_text}."
    return f"{same} Review or label some more, and start another round."


def _rounds(count: int) -> str:
    return "The only round like this" if count == 1 else f"All {count} rounds like this"


def _time_text(spent: Labelled | None) -> str:
    return "" if spent is None or not spent.timed else duration_text(spent.seconds)


def _figure(metric: Metric | None) -> Figure | None:
    if metric is None:
        return None
    return Figure(metric.value, metric.low, metric.high, metric.questions)
