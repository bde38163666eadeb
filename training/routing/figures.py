"""What a dry run counts, as pages show it and as it is kept. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from training.ml.calibration import Calibration
from training.ml.evidence import Pool
from training.ml.routing import Route, Routed

POINTS = 40
"""Of the curve of precision by coverage."""


@dataclass(slots=True)
class Figures:
    """Questions by what becomes of them."""

    questions: int = 0
    labelled: int = 0
    """people have answered them already"""
    accepted: int = 0
    reviewed: int = 0
    """not sure enough, whether or not the budget reaches them"""
    audited: int = 0
    expected_correct: float = 0.0
    """accepted ones that are right, as calibrated"""

    def add(self, one: Routed, *, is_labelled: bool) -> None:
        """Count a question: an audited one is audited, whatever has been said about it."""
        self.questions += 1
        if one.route is Route.AUDIT:
            self.audited += 1
        elif is_labelled:
            self.labelled += 1
        elif one.route is Route.ACCEPT:
            self.accepted += 1
            self.expected_correct += one.probability
        else:
            self.reviewed += 1

    def __add__(self, other: "Figures") -> "Figures":
        mine, others = asdict(self), asdict(other)
        return Figures(**{name: mine[name] + others[name] for name in mine})

    @property
    def coverage(self) -> float:
        """The share that is accepted."""
        return self.accepted / self.questions if self.questions else 0.0

    @property
    def precision(self) -> float | None:
        """Expected of what is accepted; None where nothing is."""
        return self.expected_correct / self.accepted if self.accepted else None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Rebuild from to_json()."""
        return cls(**row)


def total(figures: Iterable[Figures]) -> Figures:
    """All of them together."""
    return sum(figures, Figures())


@dataclass(frozen=True, slots=True)
class Point:
    """If the likeliest answers were accepted up to this share of all."""

    coverage: float
    precision: float
    """expected of them"""


def tradeoff(calibration: Calibration, pool: Pool) -> list[Point]:
    """How precise acceptance would be, by how much is accepted: the likeliest answers first."""
    cells = sorted(
        (
            (calibration.probability(vertical, attribute, agreement), count)
            for (vertical, attribute), counts in pool.items()
            for agreement, count in counts.items()
        ),
        reverse=True,
    )
    every = sum(count for _, count in cells)
    points, accepted, correct = list[Point](), 0, 0.0
    for place, (probability, count) in enumerate(cells):
        accepted, correct = accepted + count, correct + count * probability
        is_last = place == len(cells) - 1
        if is_last or accepted / every >= (len(points) + 1) / POINTS:
            points.append(Point(accepted / every, correct / accepted))
    return points
