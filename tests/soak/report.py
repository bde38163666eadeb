"""What a soak found, held against what it must find."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.soak.people import Seen
from tests.soak.shop import NEVER, PREDICT, REFUSED
from training.ml.times import time_figures
from training.predicting.queue import WAIT_SECONDS

TARGETS_MS = {"lease": 50.0, "answer": 50.0, "finish": 50.0, "page": 200.0, PREDICT: 1000 * WAIT_SECONDS}
"""At the 95th percentile, by the first word of a kind (docs/experiments.md); of predictions the promise."""


@dataclass(frozen=True, slots=True)
class Back:
    """Seconds from a kill."""

    site: float
    """until it worked again"""
    predictions: float | None
    """until one was answered after that; None: none was"""


@dataclass(frozen=True, slots=True)
class Soaked:
    """What was seen, by all clients together."""

    calm: Seen
    killed: Mapping[str, Seen]
    """{process: what was seen from its kill to the next one}"""
    back: Mapping[str, Back]
    end: Mapping[str, Any]
    """as tests/soak/world.py tells it"""
    restarts: Mapping[str, int]
    exit_codes: Mapping[str, int]

    @property
    def acknowledged(self) -> set[str]:
        """Keys of all answers that the site said it keeps."""
        return self.calm.acknowledged.union(*(seen.acknowledged for seen in self.killed.values()))

    @property
    def lost(self) -> list[str]:
        """Those that it did not keep."""
        return sorted(self.acknowledged - {key.rpartition(":")[2] for key in self.end["answers"]})

    @property
    def errors_while_killed(self) -> Counter[str]:
        """{what went wrong: times}, whichever process was killed"""
        return sum((seen.errors for seen in self.killed.values()), Counter())

    def figures(self) -> dict[str, dict[str, float]]:
        """{kind of request: its milliseconds}, before anything was killed."""
        grouped: dict[str, list[float]] = {}
        for kind, times in sorted(self.calm.times.items()):
            grouped.setdefault(kind.split()[0], []).extend(times)
        return {kind: time_figures(times, counted="requests") for kind, times in grouped.items()}

    def met(self, *, rows: int) -> dict[str, bool]:
        """What must be, and whether it is. `rows` are those of the import."""
        stops = [what for what in self.errors_while_killed if what.startswith("stopped") or " was " in what]
        figures = self.figures()
        return {
            "nothing_failed": not self.calm.errors,
            "nothing_lost": not self.lost and bool(self.calm.acknowledged),
            "round_done": self.end["round"] == "done",
            "import_done": self.end["import"] == "done" and self.end["listings"] == rows,
            "nobody_stopped": not stops,
            "stopped_well": not any(self.exit_codes.values()),
            "predicted": PREDICT in figures and _predicted_well(self.killed),
            "predicted_again": all(one.predictions is not None for one in self.back.values()),
            "p95": all(one["p95_ms"] <= TARGETS_MS[kind] for kind, one in figures.items()),
        }


def report(soaked: Soaked, *, minutes: float, people: int, rows: int) -> int:
    """Print a line for each kind of request, and last one of JSON; the exit code."""
    figures, met = soaked.figures(), soaked.met(rows=rows)
    for kind, one in figures.items():
        print(f"{kind:<8}" + "".join(f"{name} {value:>9.1f}   " for name, value in one.items()))
    summary = {
        "minutes": minutes,
        "people": people,
        "figures": figures,
        "errors": dict(soaked.calm.errors),
        "errors_while_killed": dict(soaked.errors_while_killed),
        "predictions_while_killed": {name: _predictions(seen) for name, seen in soaked.killed.items()},
        "acknowledged": len(soaked.acknowledged),
        "lost": soaked.lost,
        "back_seconds": {name: round(one.site, 1) for name, one in soaked.back.items()},
        "predicted_again_seconds": {
            name: None if one.predictions is None else round(one.predictions, 1)
            for name, one in soaked.back.items()
        },
        "restarts": dict(soaked.restarts),
        "exit_codes": dict(soaked.exit_codes),
        "end": {name: value for name, value in soaked.end.items() if name != "answers"},
        "met": met,
    }
    print(json.dumps(summary))
    return 0 if all(met.values()) else 1


def _predictions(seen: Seen) -> dict[str, int]:
    """{what came of them: times}"""
    failed = {what: times for what, times in seen.errors.items() if what.startswith(PREDICT)}
    return {f"{PREDICT} 200": seen.count(PREDICT), **failed}


def _predicted_well(killed: Mapping[str, Seen]) -> bool:
    """Nobody waited too long or was told nonsense; without a model worker all were told when to ask again."""
    wrong = {what for seen in killed.values() for what in seen.errors} & NEVER
    refused = set(_predictions(killed["model"])) if "model" in killed else set()
    return not wrong and refused <= {f"{PREDICT} 200", REFUSED}
