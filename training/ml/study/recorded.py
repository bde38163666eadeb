"""A finished study's folder, read for whoever stores it: fields that nobody here knows are left alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from training.ml.errors import DataError
from training.ml.runfolder import RUN_FILE
from training.ml.study.arms import ARMS, FIRST, LOOP, MAIN
from training.ml.study.guard_counts import COUNTS

STUDY_FILE = "study.json"
FIRST_TEXT = "before the pool: what all arms of a seed share"
LONGEST_NAME = 200
_GROUPS = {arm.name: arm.group for arm in ARMS}


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """One model of an arm on gold; shares of questions, but for `learned_from`."""

    name: str
    greedy: float
    majority: float
    agreement: float | None
    learned_from: int | None
    names_evidence: float | None
    verticals: Mapping[str, float]
    """{vertical: greedy accuracy}"""

    @property
    def head_room(self) -> float:
        """What the majority knows better than the greedy answer."""
        return self.majority - self.greedy


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """An arm on one seed."""

    arm: str
    seed: int
    pool: int
    """Listings, of all verticals."""
    questions: int
    """Gold."""
    majority_class: float
    seconds: float
    steps: tuple[RecordedStep, ...]
    own_gold: bool = False
    """Its gold labels are its own: nothing but its own SFT compares."""

    @property
    def last(self) -> RecordedStep:
        return self.steps[-1]

    def start(self, first: RecordedRun) -> RecordedStep:
        """What its steps are held against: SFT of the same seed, asked the same."""
        return self.steps[0] if self.own_gold else first.last


@dataclass(frozen=True, slots=True)
class RecordedArm:
    """What was compared."""

    name: str
    group: str
    """What it is compared in."""
    text: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a study came to."""

    document: Mapping[str, Any]
    """study.json, whole."""
    source: Mapping[str, Any]
    """What run.json says of its listings; empty without one."""
    arms: tuple[RecordedArm, ...]
    """What all share first, then the loop."""
    runs: tuple[RecordedRun, ...]

    @property
    def line(self) -> dict[str, Any]:
        """What the study printed last."""
        return {name: value for name, value in self.document["summary"].items() if name != "steps"}


def read_study(folder: Path) -> Recorded:
    """Read what `study` left in its folder.

    Raises:
        DataError: where it has not ended, or was not written by it: naming the field, and what to do.
    """
    path = folder / STUDY_FILE
    if not path.is_file():
        raise DataError(
            f"{folder} has no {STUDY_FILE}: its study has not ended, or it is no study's folder; "
            "run `study --out` on it until it ends"
        )
    document = _Fields(_loaded(path), str(path))
    for name in ("params", "sizes", "summary"):
        document.part(name)
    _check_guards(_Fields(document.part("summary"), f"{path}: summary"))
    texts = {document.name("arms", name): str(text) for name, text in document.part("arms").items()}
    if LOOP not in texts:
        raise DataError(f"{path}: arms has no {LOOP!r}, the loop that all others are held against")
    runs = tuple(_run(row) for row in document.rows("runs"))
    _check(path, runs, {FIRST, *texts})
    source = _loaded(folder / RUN_FILE) if (folder / RUN_FILE).is_file() else {}
    return Recorded(
        document=document.row,
        source={name: value for name, value in source.items() if name not in ("params", "study")},
        arms=(
            RecordedArm(FIRST, FIRST, FIRST_TEXT),
            *(RecordedArm(name, _group(name), text) for name, text in texts.items()),
        ),
        runs=runs,
    )


def _check_guards(summary: _Fields) -> None:
    """Those of releases that did not ask the guards are not there."""
    if not summary.has("guards"):
        return
    guards = _Fields(summary.part("guards"), f"{summary.where}.guards")
    for arm in guards.row:
        counts = _Fields(guards.part(arm), f"{guards.where}.{arm}")
        for name in COUNTS:
            counts.whole(name)


def _group(name: str) -> str:
    """Of an arm that this release does not know, what stands before its value."""
    return _GROUPS.get(name) or name.rpartition("-")[0] or MAIN


def _check(path: Path, runs: Sequence[RecordedRun], arms: Iterable[str]) -> None:
    """Runs can be paired: each arm once a seed, beside what the seed's arms share."""
    seen: set[tuple[str, int]] = set()
    for run in runs:
        if run.arm not in arms:
            raise DataError(f"{path}: a run is of the arm {run.arm!r}, which arms does not name")
        if (run.arm, run.seed) in seen:
            raise DataError(f"{path}: the arm {run.arm!r} has two runs of seed {run.seed}")
        seen.add((run.arm, run.seed))
    for arm, seed in sorted(seen):
        for needed in (FIRST, LOOP):
            if (needed, seed) not in seen:
                raise DataError(f"{path}: {arm!r} has a run of seed {seed}, and {needed!r} has none")
    if not seen:
        raise DataError(f"{path}: runs is empty")


def _run(fields: _Fields) -> RecordedRun:
    steps = tuple(_step(row) for row in fields.rows("steps"))
    if not steps:
        fields.fail("steps", "is empty")
    if len({step.name for step in steps}) < len(steps):
        fields.fail("steps", "names a step twice")
    return RecordedRun(
        arm=fields.text("arm"),
        seed=fields.whole("seed"),
        pool=fields.whole("pool"),
        questions=fields.whole("questions"),
        majority_class=fields.share("majority_class"),
        seconds=fields.number("seconds"),
        steps=steps,
        own_gold=fields.row.get("own_gold") is True,
    )


def _step(fields: _Fields) -> RecordedStep:
    verticals = fields.part("verticals") if fields.has("verticals") else {}
    of_vertical = _Fields(verticals, f"{fields.where}.verticals")
    reading = fields.part("reading") if fields.has("reading") else {}
    looks = _Fields(reading, f"{fields.where}.reading")
    return RecordedStep(
        name=fields.text("name"),
        greedy=fields.share("greedy"),
        majority=fields.share("majority"),
        agreement=fields.share("agreement") if fields.has("agreement") else None,
        learned_from=fields.whole("learned_from") if fields.has("learned_from") else None,
        names_evidence=looks.share("names_evidence") if looks.has("names_evidence") else None,
        verticals={fields.name("verticals", name): of_vertical.share(name) for name in verticals},
    )


@dataclass(frozen=True, slots=True)
class _Fields:
    """An object of the file, and where it stands."""

    row: Mapping[str, Any]
    where: str

    def fail(self, name: str, what: str) -> NoReturn:
        raise DataError(f"{self.where}: {name} {what}; record a folder that `study` wrote")

    def has(self, name: str) -> bool:
        return self.row.get(name) is not None

    def part(self, name: str) -> Mapping[str, Any]:
        value = self.row.get(name)
        return value if isinstance(value, dict) else self.fail(name, "is not an object")

    def rows(self, name: str) -> list[_Fields]:
        value = self.row.get(name)
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.fail(name, "is not a list of objects")
        return [_Fields(one, f"{self.where}: {name}[{place}]") for place, one in enumerate(value)]

    def text(self, name: str) -> str:
        return self.name(name, self.row.get(name))

    def name(self, of: str, value: object) -> str:
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME:
            self.fail(of, f"has {value!r}, and no name of 1 to {LONGEST_NAME} characters")
        return value

    def number(self, name: str) -> float:
        value = self.row.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            self.fail(name, f"is {value!r}, and not a number from 0 up")
        return value

    def whole(self, name: str) -> int:
        value = self.number(name)
        return int(value) if value == int(value) else self.fail(name, f"is {value!r}, and not whole")

    def share(self, name: str) -> float:
        value = self.number(name)
        return value if value <= 1 else self.fail(name, f"is {value!r}, and not a share from 0 to 1")


def _loaded(path: Path) -> dict[str, Any]:
    """The file's object. NaN and Infinity, which no database keeps as JSON, are refused."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"it has {constant}")

    try:
        found = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    except (ValueError, OSError) as error:
        raise DataError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(found, dict):
        raise DataError(f"{path} holds no object: record a folder that `study` wrote")
    return found
