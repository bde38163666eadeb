"""What is accepted unseen, in records: thresholds, the tests that speak for them, and the target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from training.ml.calibration import Calibration
from training.ml.errors import DataError
from training.ml.records import JsonRecord


@dataclass(frozen=True, slots=True)
class TargetParams(JsonRecord):
    """What accepted answers have to be, and how sure that must be."""

    precision: float = 0.95
    """Least share of the accepted answers that are right."""
    confidence: float = 0.95
    """Probability with which all that is accepted has that precision."""
    fit_share: float = 0.3
    """Share of the judged questions that orders; the others test."""
    fewest: int = 10
    """Judged questions below which an attribute is never accepted, whatever others show."""
    salt: str = "thresholds"
    """Another one divides the judged questions in another way."""

    def __post_init__(self) -> None:
        for name in ("precision", "confidence", "fit_share"):
            if not 0 < getattr(self, name) < 1:
                raise DataError(
                    f"{name} is {getattr(self, name)}: give a share between 0 and 1, such as 0.95"
                )


class Why(StrEnum):
    """What stands between an attribute and acceptance."""

    ACCEPTED = "accepted"
    NO_EVIDENCE = "too few of its own questions are judged"
    BELOW_TARGET = "not precise enough at any agreement"
    TOO_FEW = "too few judged questions to be sure"


@dataclass(frozen=True, slots=True)
class Threshold(JsonRecord):
    """From which agreement the answers of an attribute are accepted."""

    vertical: str
    attribute: str
    agreement: float | None
    """The least that is accepted; None: nothing is."""
    why: Why
    unit: str
    """Which test speaks for it, a Unit's name."""
    judged: int
    """Judged questions of the attribute."""
    above: int
    """Those of them from the threshold on; without one, with the highest agreement that was seen."""
    correct: int
    """Those of them whose majority is right."""
    expected: float
    """Calibrated precision of what is accepted, or would be at the highest agreement."""
    more: int | None
    """How many further audited answers of the unit, of whatever agreement, it would take if what was seen so
    far goes on; None where nothing is missing, or where more of them would not help."""


@dataclass(frozen=True, slots=True)
class Unit(JsonRecord):
    """Attributes that are tested together, because each alone has too few judged questions."""

    name: str
    """"vertical/attribute" of an attribute that speaks for itself, "vertical", or "" of the whole's rest."""
    tested: int
    """Judged questions that the last passed test saw; without one, the test that was likeliest to pass."""
    errors: int
    """Wrong ones among them."""
    effective: float
    """How many independent and equally weighted questions they are worth."""
    bound: float
    """The precision of what is accepted is at least that, at the confidence the unit was given."""
    passed: bool
    alpha: float
    """Its share of 1 - confidence."""
    more: int | None
    """As Threshold.more, of the unit as a whole."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What is accepted: a threshold for each attribute, and the evidence for it."""

    params: TargetParams
    calibration: Calibration
    """Learned from the judged questions that tested: those that ordered make what they chose look better."""
    thresholds: tuple[Threshold, ...]
    """By vertical and attribute, of every attribute that was judged or is in the pool."""
    units: tuple[Unit, ...]
    _cut: dict[tuple[str, str], float] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.thresholds:
            if one.agreement is not None:
                self._cut[one.vertical, one.attribute] = one.agreement

    def accepts(self, vertical: str, attribute: str, agreement: float) -> bool:
        """Whether the majority of such a question is accepted unseen."""
        cut = self._cut.get((vertical, attribute))
        return cut is not None and agreement >= cut - 1e-9

    def to_json(self) -> dict[str, Any]:
        row = asdict(self)
        del row["_cut"]
        return row

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Rebuild from to_json()."""
        return cls(
            params=TargetParams.from_json(row["params"]),
            calibration=Calibration.from_json(row["calibration"]),
            thresholds=tuple(Threshold(**{**one, "why": Why(one["why"])}) for one in row["thresholds"]),
            units=tuple(Unit.from_json(one) for one in row["units"]),
        )
