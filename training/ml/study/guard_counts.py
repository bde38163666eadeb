"""How often the guards spoke: counted over the runs of each arm, and read from a study's last line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from training.ml.study.guards import Guarded


@dataclass(frozen=True, slots=True)
class GuardRow:
    """How often the product's guards spoke, of an arm's seeds."""

    seeds: int
    worse: int
    """The last model is worse than SFT's, where photos tell the answer."""
    passed: int
    """The gate prefers the last model to SFT's."""
    passed_worse: int
    """Of those, how many have gained nothing, or nothing but luck: what must not be."""
    stopped: int
    """The stop rule ends the loop."""

    def __add__(self, other: GuardRow) -> GuardRow:
        return GuardRow(*(getattr(self, name) + getattr(other, name) for name in COUNTS))


COUNTS = tuple(one.name for one in fields(GuardRow))
NOBODY = GuardRow(0, 0, 0, 0, 0)


def guard_counts(told: Iterable[tuple[str, Guarded]]) -> dict[str, GuardRow]:
    """{arm: how often the guards spoke}

    Args:
        told: (arm, what they said) of each run.
    """
    found: defaultdict[str, GuardRow] = defaultdict(lambda: NOBODY)
    for arm, one in told:
        found[arm] += GuardRow(
            seeds=1,
            worse=one.worse,
            passed=one.passes,
            passed_worse=one.passes_wrongly,
            stopped=one.stopped_after is not None,
        )
    return dict(found)


def recorded_counts(line: Mapping[str, Any]) -> dict[str, GuardRow]:
    """The same from the line that a study printed last; empty where it was not asked, as of old."""
    return {arm: GuardRow(*(row[name] for name in COUNTS)) for arm, row in (line.get("guards") or {}).items()}
