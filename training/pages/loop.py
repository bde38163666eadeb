"""The dashboard of the loop: what its parts are, for whoever asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from attrx_web.env import Prices
from catalog.models import Vertical
from training.models import Round, Routing
from training.pages.loop_costs import CostRow, cost_rows
from training.pages.loop_inside import Inside, inside_round
from training.pages.loop_rounds import Kind, RoundRow, pool_problem, round_rows, time_problem
from training.pages.loop_routing import RoutingRow, routing_rows
from training.pages.routing_curves import Curves, curves_of
from training.selectors import loop as selectors


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for; what is not there is taken for nothing."""

    vertical: str = ""
    """A vertical's code; empty: all."""
    kind: str = ""
    """The key of a kind of round; empty: that of the newest round."""
    round_id: int | None = None
    """The round that is looked into; None: the newest of the kind."""


@dataclass(frozen=True, slots=True)
class LoopPage:
    """Everything that the page shows."""

    verticals: Sequence[Vertical]
    vertical: Vertical | None
    kinds: Sequence[Kind]
    kind: Kind | None
    """None: no round is done."""
    rows: Sequence[RoundRow]
    """Of the kind, the newest first."""
    costs: Sequence[CostRow]
    inside: Inside | None
    routings: Sequence[RoutingRow]
    current: Routing | None
    curves: Curves | None
    """Of the current routing."""
    prices: Prices

    @property
    def pool_problem(self) -> str:
        return pool_problem(self.rows, self.kind) if self.kind else ""

    @property
    def time_problem(self) -> str:
        return time_problem(self.rows)

    @property
    def has_money(self) -> bool:
        """A price is given."""
        return self.prices.gpu is not None or self.prices.work is not None

    @property
    def has_cost_curve(self) -> bool:
        """The time for a thousand listings is known of two rounds at least."""
        return sum(bool(row.machine_minutes or row.people_minutes) for row in self.costs) > 1

    @property
    def is_uncounted(self) -> bool:
        """Some round is from before times were kept."""
        return any(row.machine is None or row.people is None for row in self.costs)


def loop_page(asked: Asked) -> LoopPage:
    """The page's figures, all from stored rows."""
    verticals = list(selectors.verticals())
    vertical = next((one for one in verticals if one.code == asked.vertical), None)
    every = selectors.done_rounds()
    kinds = list(dict.fromkeys(Kind.of(round_) for round_ in every))
    kind = next((one for one in kinds if one.key == asked.kind), kinds[0] if kinds else None)
    rounds = [round_ for round_ in every if Kind.of(round_) == kind]
    ids = [round_.pk for round_ in rounds]
    learned = selectors.learned(ids)
    times, of_vertical = selectors.human_times(ids, vertical)
    current = selectors.routing_current()
    return LoopPage(
        verticals=verticals,
        vertical=vertical,
        kinds=kinds,
        kind=kind,
        rows=round_rows(rounds, vertical, of_vertical, learned),
        costs=cost_rows(rounds, selectors.device_times(ids), times),
        inside=_inside(rounds, asked, vertical, times, learned),
        routings=routing_rows(list(selectors.routings_found()), vertical),
        current=current,
        curves=curves_of(current) if current else None,
        prices=settings.ATTRX_PRICES,
    )


def _inside(
    rounds: Sequence[Round],
    asked: Asked,
    vertical: Vertical | None,
    times: selectors.HumanTimes,
    learned: selectors.Iterations,
) -> Inside | None:
    if not rounds:
        return None
    shown = next((round_ for round_ in rounds if round_.pk == asked.round_id), rounds[0])
    return inside_round(shown, vertical, times.get(shown.pk, {}), learned.get(shown.pk, ()))
