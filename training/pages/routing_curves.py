"""The curves of a routing, in rows: its charts are drawn from tables that are on the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from training.dashboards import percent
from training.ml.reliability import Bin
from training.models import Routing
from training.routing.figures import Point


@dataclass(frozen=True, slots=True)
class BinRow:
    """Judged questions of like probability."""

    bin: Bin

    @property
    def range(self) -> str:
        return f"{100 * self.bin.low:.0f}–{100 * self.bin.high:.0f}"

    @property
    def expected(self) -> str:
        return percent(self.bin.expected)

    @property
    def precision(self) -> str:
        return percent(self.bin.precision or 0)

    @property
    def low(self) -> str:
        return percent(min(self.bin.interval[0], self.bin.precision or 0))

    @property
    def high(self) -> str:
        return percent(max(self.bin.interval[1], self.bin.precision or 0))


@dataclass(frozen=True, slots=True)
class PointRow:
    """A point of the curve of precision by coverage, in percent."""

    point: Point

    @property
    def coverage(self) -> str:
        return percent(self.point.coverage)

    @property
    def precision(self) -> str:
        return percent(self.point.precision)


@dataclass(frozen=True, slots=True)
class Curves:
    """What is drawn."""

    reliability: tuple[BinRow, ...]
    """the filled bins"""
    error: str
    """expected calibration error, in percentage points"""
    tradeoff: tuple[PointRow, ...]


def curves_of(routing: Routing) -> Curves | None:
    """The curves that the dry run left; None before its end."""
    found: Mapping[str, Any] = routing.calibration
    if not found:
        return None
    bins = (Bin.from_json(row) for row in found["reliability"])
    return Curves(
        reliability=tuple(BinRow(one) for one in bins if one.questions),
        error=percent(found["error"]),
        tradeoff=tuple(PointRow(Point(**row)) for row in found["tradeoff"]),
    )
