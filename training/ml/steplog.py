"""The log of a training: a line for each optimiser step, to be read while it grows.

`log.jsonl` lies in the stage's folder. Whoever shows it reads its end alone: steps may be a million.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from training.ml.records import JsonRecord

LOG_FILE = "log.jsonl"
TAIL_BYTES = 32 * 1024
"""What `last_steps` reads at most: about 250 steps."""


@dataclass(frozen=True, slots=True)
class Step(JsonRecord):
    """What one optimiser step found."""

    step: int
    """From 1."""
    loss: float
    seconds: float
    """Since the training began, or went on."""
    device: str
    """cpu or cuda"""
    memory: int
    """Most bytes in use so far: the GPU's on cuda, the process's on the CPU."""
    margin: float | None = None
    """Mean reward difference of the pairs, nats times beta; None in SFT."""


class StepLog:
    """Writes log.jsonl, each line whole before anybody can read it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def begin(self, *, after: int) -> None:
        """Keep what is logged of the first `after` steps: a training that goes on repeats the others."""
        kept = [step for step in _steps(self._text()) if step.step <= after]
        self._path.write_text("".join(_line(step) for step in kept))

    def add(self, step: Step) -> None:
        """Append a step."""
        with self._path.open("a") as lines:
            lines.write(_line(step))

    def _text(self) -> str:
        return self._path.read_text() if self._path.is_file() else ""


def last_steps(path: Path) -> list[Step]:
    """The steps at the log's end, in order; none where there is no log."""
    try:
        with path.open("rb") as lines:
            size = lines.seek(0, 2)
            lines.seek(max(0, size - TAIL_BYTES))
            text = lines.read().decode(errors="replace")
    except FileNotFoundError:
        return []
    return _steps(text.partition("\n")[2] if size > TAIL_BYTES else text)


def worked_seconds(path: Path) -> float:
    """Seconds of all steps of the log, also where the training was killed and went on; 0 without a log."""
    if not path.is_file():
        return 0.0
    seconds = [0.0, *(step.seconds for step in _steps(path.read_text()))]
    return sum(now - before if now >= before else now for before, now in pairwise(seconds))


def _steps(text: str) -> list[Step]:
    """Every whole line; the last may still be growing."""
    return [
        Step.from_json(json.loads(line)) for line in text.splitlines(keepends=True) if line.endswith("\n")
    ]


def _line(step: Step) -> str:
    return json.dumps(step.to_json()) + "\n"
