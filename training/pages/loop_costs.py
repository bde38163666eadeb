"""What rounds cost: time of devices and of people, in all and for a thousand listings, and in money."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.conf import settings

from attrx_web.env import Prices
from catalog.splits import Split
from training.models import CPU, LabelUse, Round
from training.pages.durations import duration_text
from training.pages.loop_rounds import added
from training.selectors.loop import Labelled, Spent

THOUSAND = 1000
HOUR = 3600
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Machine:
    """Device seconds."""

    gpu: float = 0.0
    cpu: float = 0.0
    unknown: float = 0.0
    """Of rounds from before workers wrote down what they computed on."""

    @classmethod
    def of(cls, spent: Iterable[Spent]) -> "Machine":
        """Added up by what kind of device it was."""
        sums = {"gpu": 0.0, "cpu": 0.0, "unknown": 0.0}
        for device, seconds in spent:
            sums["cpu" if device == CPU else "gpu" if device else "unknown"] += seconds
        return cls(**sums)

    @property
    def seconds(self) -> float:
        return self.gpu + self.cpu + self.unknown

    @property
    def parts(self) -> str:
        """Of which devices: "GPU" where there is one kind, else such as "GPU 2 h, CPU 5 min"."""
        named = {"GPU": self.gpu, "CPU": self.cpu, "device unknown": self.unknown}
        parts = {name: seconds for name, seconds in named.items() if seconds}
        if len(parts) < 2:
            return "".join(parts)
        return ", ".join(f"{name} {duration_text(seconds)}" for name, seconds in parts.items())


@dataclass(frozen=True, slots=True)
class Money:
    """What the times cost at today's prices."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount.quantize(CENT, ROUND_HALF_UP):,} {self.currency}"


@dataclass(frozen=True, slots=True)
class CostRow:
    """What a round cost."""

    round_id: int
    pool: int
    """Listings; 0: not known, or none."""
    machine: Machine | None
    """None where nobody counted."""
    people: Labelled | None
    """On all the labels that it was frozen with; None where nobody counted."""
    uses: Mapping[LabelUse, Labelled]
    """The same, by what the labels are for."""
    prices: Prices

    @property
    def machine_text(self) -> str:
        return duration_text(self.machine.seconds) if self.machine else ""

    @property
    def people_text(self) -> str:
        return duration_text(self.people.seconds) if self.people and self.people.timed else ""

    @property
    def machine_per_thousand(self) -> str:
        return duration_text(self._per_thousand(self.machine.seconds)) if self.machine and self.pool else ""

    @property
    def machine_minutes(self) -> str:
        """For a thousand listings, as a number to draw."""
        return f"{self._per_thousand(self.machine.seconds) / 60:.3f}" if self.machine and self.pool else ""

    @property
    def people_per_thousand(self) -> str:
        known = self.people and self.people.timed and self.pool
        return duration_text(self._per_thousand(self.people.seconds)) if self.people and known else ""

    @property
    def people_minutes(self) -> str:
        """For a thousand listings, as a number to draw."""
        known = self.people and self.people.timed and self.pool
        return f"{self._per_thousand(self.people.seconds) / 60:.3f}" if self.people and known else ""

    @property
    def money(self) -> Money | None:
        """Of what has a price; None where nothing has."""
        gpu = _cost(self.machine.gpu if self.machine else None, self.prices.gpu)
        work = _cost(self.people.seconds if self.people else None, self.prices.work)
        parts = [part for part in (gpu, work) if part is not None]
        return Money(sum(parts, Decimal(0)), self.prices.currency) if parts else None

    @property
    def money_per_thousand(self) -> Money | None:
        money = self.money
        return Money(money.amount * THOUSAND / self.pool, money.currency) if money and self.pool else None

    def _per_thousand(self, seconds: float) -> float:
        return seconds * THOUSAND / self.pool


def cost_rows(
    rounds: Sequence[Round],
    machines: Mapping[int, Sequence[Spent]],
    times: Mapping[int, Mapping[LabelUse, Labelled]],
) -> list[CostRow]:
    """A row for each round, in their order."""
    return [
        CostRow(
            round_id=round_.pk,
            pool=round_.counts.get(Split.POOL.value, 0),
            machine=Machine.of(machines[round_.pk]) if round_.pk in machines else None,
            people=added(times[round_.pk], LabelUse) if round_.pk in times else None,
            uses=times.get(round_.pk, {}),
            prices=settings.ATTRX_PRICES,
        )
        for round_ in rounds
    ]


def _cost(seconds: float | None, price: Decimal | None) -> Decimal | None:
    """Of hours at a price; None where one of them is not known."""
    if seconds is None or price is None:
        return None
    return Decimal(seconds) * price / HOUR
