"""What the loop is to reach, and whether a study's last line says that it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from training.ml.signed import signed_text

SEEDS = 5
"""Fewer are a first look."""
SFT_LOW, SFT_HIGH = 0.65, 0.80
"""Between them there is room, and something to stand on."""
GAIN = 10.6
"""Points: 75.1 to 85.7 % in the paper."""
OVER_SELF_TRAINING = 5.0
DOUBLINGS = (10, 20, 40, 80)
"""Pool listings of a vertical."""
GAP_CLOSED = 0.5

Line = Mapping[str, Any]


class Outcome(StrEnum):
    """What a target came to."""

    MET = "met"
    MISSED = "missed"
    OPEN = "not measured"


@dataclass(frozen=True, slots=True)
class Target:
    """Something that the loop is to reach."""

    name: str
    wanted: str
    found: str
    """Empty where it was not measured."""
    outcome: Outcome


def targets(line: Line) -> list[Target]:
    """Every target, held against the means over seeds; what the line does not have was not measured."""
    return [
        _least("Seeds", f"at least {SEEDS}", _count(line.get("seeds")), SEEDS, str),
        _sft(line.get("sft")),
        _least(
            "Gain over SFT",
            f"at least {GAIN:g} points, as in the paper",
            _number(line, "gain_points"),
            GAIN,
            lambda value: _points(line, "gain_points", value),
        ),
        _least(
            "Lead over self-training",
            f"at least {OVER_SELF_TRAINING:g} points",
            _number(line, "vs_self_training"),
            OVER_SELF_TRAINING,
            lambda value: _points(line, "vs_self_training", value),
        ),
        _verticals(line),
        _pool(line.get("pool")),
        _ceiling(line),
    ]


def _least(name: str, wanted: str, value: float | None, least: float, told: Callable[[float], str]) -> Target:
    if value is None:
        return Target(name, wanted, "", Outcome.OPEN)
    return Target(name, wanted, told(value), _outcome(value >= least))


def _sft(share: object) -> Target:
    wanted = f"between {100 * SFT_LOW:.0f} and {100 * SFT_HIGH:.0f} %, so that there is room"
    if not isinstance(share, int | float):
        return Target("SFT", wanted, "", Outcome.OPEN)
    return Target("SFT", wanted, f"{100 * share:.1f} %", _outcome(SFT_LOW <= share <= SFT_HIGH))


def _verticals(line: Line) -> Target:
    """One seed has no interval, and so no vertical that is below it."""
    wanted = "no vertical below its SFT by more than its interval"
    gains, worse = line.get("verticals"), line.get("verticals_worse")
    if not gains or worse is None or (_count(line.get("seeds")) or 0) < 2:
        return Target("Every vertical", wanted, "", Outcome.OPEN)
    found = f"below: {', '.join(map(str, worse))}" if worse else f"none of {len(gains)} is below"
    return Target("Every vertical", wanted, found, _outcome(not worse))


def _pool(gains: object) -> Target:
    """A fall that was seen is one, whatever sizes were not run."""
    wanted = f"more gain with every doubling, from {DOUBLINGS[0]} to {DOUBLINGS[-1]} listings of a vertical"
    known = gains if isinstance(gains, dict) else {}
    found = [(size, known[str(size)]) for size in DOUBLINGS if known.get(str(size)) is not None]
    told = ", ".join(f"{size}: {signed_text(gain)}" for size, gain in found)
    if any(after <= before for (_, before), (_, after) in pairwise(found)):
        return Target("The pool", wanted, told, Outcome.MISSED)
    return Target("The pool", wanted, told, Outcome.MET if len(found) == len(DOUBLINGS) else Outcome.OPEN)


def _ceiling(line: Line) -> Target:
    wanted = f"at least {100 * GAP_CLOSED:.0f} % of the way from SFT to the best that all labels give"
    closed = _number(line, "gap_closed")
    if closed is not None:
        return Target("The ceiling", wanted, f"{100 * closed:.0f} %", _outcome(closed >= GAP_CLOSED))
    was_run = line.get("below_ceiling") is not None
    return Target("The ceiling", wanted, "it is no higher than SFT" if was_run else "", Outcome.OPEN)


def _outcome(is_met: bool) -> Outcome:
    return Outcome.MET if is_met else Outcome.MISSED


def _count(rows: object) -> int | None:
    return len(rows) if isinstance(rows, Sequence) else None


def _number(line: Line, name: str) -> float | None:
    value = line.get(name)
    return value if isinstance(value, int | float) else None


def _points(line: Line, name: str, mean: float) -> str:
    ends = line.get(f"{name}_interval")
    if not ends or None in ends:
        return f"{signed_text(mean)} points"
    return f"{signed_text(mean)} points [{signed_text(ends[0])}, {signed_text(ends[1])}]"
