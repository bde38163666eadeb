"""One arm of the study on one seed: its stages, and what its models say on gold at every step."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from training.ml.loop import stages
from training.ml.metrics import Accuracy, gold_accuracy
from training.ml.params import LoopParams
from training.ml.progress import Progress
from training.ml.prompts import named_photo
from training.ml.records import Chain, Listing, Question, Schema
from training.ml.run import LoopRun, Stage
from training.ml.runner import StageRunner
from training.ml.shards import greedy_and_sampled, shard_files, shards_of
from training.ml.splits import Splits
from training.ml.strategies import PLANS
from training.ml.study.arms import FIRST, Arm, same_start
from training.ml.study.guards import Guarded, guarded
from training.ml.study.mislabelled import at_chance, attributes_at_chance, poisoned

ZERO_SHOT, SFT = "zero_shot", "sft"
SHARED = (Stage(0, "zero_shot"), Stage(0, "sft"), Stage(0, "evaluate"))
"""The stages that all arms of a seed have in common."""

Watch = Callable[[str], Progress]
"""The progress of a stage with this label."""


@dataclass(frozen=True, slots=True)
class Material:
    """What a seed gives to all of its arms."""

    schema: Schema
    splits: Splits
    answered: Mapping[str, Listing]
    """{listing id: the listing with its answers}, of the pool too: for the ceilings alone."""
    seed: int
    """What is left to chance is drawn by it."""

    def of(self, arm: Arm, *, pool: int | None) -> Splits:
        """The splits of an arm; smaller pools are the beginnings of larger ones."""
        size = arm.pool if arm.pool is not None else pool
        kept = self.splits.pool if size is None else _first(self.splits.pool, size)
        if arm.poisoned:
            return replace(self.splits, seed=poisoned(self.splits.seed, self.schema), pool=kept)
        if arm.at_chance:
            return replace(at_chance(self.splits, self.schema, self.seed), pool=kept)
        if not arm.all_labels and not arm.verdicts:
            return replace(self.splits, pool=kept)
        labelled = tuple(self.answered[one.listing_id] for one in kept)
        if arm.verdicts:
            return replace(self.splits, pool=kept, reviewed=labelled)
        return replace(self.splits, seed=(*self.splits.seed, *labelled), pool=kept)

    def at_chance(self, arm: Arm) -> Mapping[str, str]:
        """{vertical: code of the attribute that chance labels}; empty for most arms."""
        return attributes_at_chance(self.schema, self.seed) if arm.at_chance else {}


@dataclass(frozen=True, slots=True)
class Reading:
    """Whether chains look where the answer is, and say what they see there; shares of sampled gold chains."""

    right: float
    names_evidence: float
    """The photo that the chain names shows the attribute."""
    right_there: float | None
    """Of those; None: there are none."""
    right_elsewhere: float | None
    """Of the others."""


@dataclass(frozen=True, slots=True)
class Step:
    """One model of an arm, on the gold questions."""

    name: str
    """zero_shot, sft, or the number of the iteration."""
    greedy: float
    majority: float
    agreement: float
    verticals: dict[str, float]
    """{vertical: greedy accuracy}"""
    learned_from: int | None = None
    """Pairs, or chains, that the iteration was trained on."""
    reading: Reading | None = None
    """None where nobody knows which photos show the attribute."""

    @property
    def head_room(self) -> float:
        """What the majority knows better than the greedy answer."""
        return self.majority - self.greedy


@dataclass(frozen=True, slots=True)
class ArmRun:
    """What an arm came to on one seed."""

    arm: str
    seed: int
    pool: int
    """Listings, of all verticals."""
    questions: int
    """Gold."""
    majority_class: float
    """Accuracy of always giving each question's most frequent answer."""
    steps: list[Step]
    seconds: float
    """Of the stages that it did not share."""
    guards: Guarded | None = None
    """What the gate and the stop rule say; None of zero-shot and SFT, and where answers were not kept."""
    own_gold: bool = False
    """Its gold labels are its own (Arm.own_gold)."""

    @property
    def last(self) -> Step:
        return self.steps[-1]

    def start(self, first: ArmRun) -> Step:
        """What its steps are held against: SFT of the same seed, asked the same."""
        return self.steps[0] if self.own_gold else first.last

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> ArmRun:
        """What to_json gave."""
        steps = [
            Step(**{**step, "reading": Reading(**step["reading"]) if step["reading"] else None})
            for step in row["steps"]
        ]
        guards = Guarded.from_json(row["guards"]) if row.get("guards") else None
        return cls(**{**row, "steps": steps, "guards": guards})


def run_first(
    material: Material, defaults: LoopParams, *, seed_folder: Path, runner: StageRunner, watch: Watch
) -> ArmRun:
    """Zero-shot and SFT, which the arms share; an earlier run's stages are kept."""
    run = _first_run(material, defaults, seed_folder)
    results = {stage: runner(run, stage, progress=watch(stage.key)) for stage in SHARED}
    steps = [
        _step(run, Stage(0, "zero_shot"), results, name=ZERO_SHOT),
        _step(run, Stage(0, "evaluate"), results, name=SFT),
    ]
    return _arm_run(FIRST, defaults.seed, run, steps, results)


def run_arm(
    arm: Arm,
    material: Material,
    defaults: LoopParams,
    *,
    pool: int | None,
    seed_folder: Path,
    runner: StageRunner,
    watch: Watch,
) -> ArmRun:
    """Every iteration of the arm, without a stop rule: what is last is not chosen by looking at gold.

    Args:
        pool: listings of each vertical, where the arm does not say.
    """
    params = arm.params(defaults)
    run = LoopRun(material.schema, material.of(arm, pool=pool), params, seed_folder / arm.name)
    first = _first_run(material, defaults, seed_folder)
    own_sft = arm.own_sft(defaults)
    if not own_sft:
        _take(first, run, [SHARED[1]])
        if same_start(params, defaults):
            _take(first, run, [SHARED[2]])
    todo = [stage for stage in stages(params) if stage.name != "zero_shot"]
    results = {stage: runner(run, stage, progress=watch(stage.key)) for stage in todo}
    steps = [
        _step(run, stage, results, name=str(stage.iteration or SFT))
        for stage in todo
        if stage.name == "evaluate"
    ]
    own = {stage: result for stage, result in results.items() if stage.iteration or own_sft}
    ended = _arm_run(arm.name, defaults.seed, run, steps, own)
    told = guarded(run, run if arm.own_gold else first, todo, at_chance=material.at_chance(arm))
    return replace(ended, guards=told, own_gold=arm.own_gold)


def _first_run(material: Material, defaults: LoopParams, seed_folder: Path) -> LoopRun:
    return LoopRun(material.schema, material.splits, defaults, seed_folder / FIRST)


def _take(first: LoopRun, run: LoopRun, taken: Iterable[Stage]) -> None:
    """Copy stages, with their shards, that this run has not got."""
    for stage in taken:
        for folder in (first.path(stage), first.folder / "shards" / stage.key):
            there = run.folder / folder.relative_to(first.folder)
            if folder.is_dir() and not there.is_dir():
                partial = there.with_name(f"{there.name}.partial")
                shutil.rmtree(partial, ignore_errors=True)
                shutil.copytree(folder, partial)
                partial.rename(there)


def _step(run: LoopRun, stage: Stage, results: Mapping[Stage, Mapping[str, Any]], *, name: str) -> Step:
    result = results[stage]
    material = PLANS[run.params.strategy].learns_from
    learned = results[replace(stage, name=material)] if stage.iteration else {}
    rows = [Accuracy.from_json(row) for row in result["greedy"]]
    return Step(
        name=name,
        greedy=gold_accuracy(result),
        majority=gold_accuracy(result, "majority"),
        agreement=result["mean_agreement"],
        verticals={row.vertical: row.value for row in rows if row.vertical and not row.attribute},
        learned_from=learned.get(material),
        reading=_reading(run, stage),
    )


def _reading(run: LoopRun, stage: Stage) -> Reading | None:
    questions = run.questions(run.splits.gold, answered=True)
    known = {one.question_id: one for one in questions if one.evidence}
    if not known or not shard_files(run, stage):
        return None
    drawn = (chain for shard in shards_of(run, stage, Chain) for chain in shard)
    return reading(greedy_and_sampled(drawn)[1], known)


def reading(chains: Iterable[Chain], known: Mapping[str, Question]) -> Reading | None:
    """Of the chains about these questions, whose evidence is known; None: there are none."""
    hits: defaultdict[bool, list[bool]] = defaultdict(list)
    for chain in chains:
        question = known.get(chain.question_id)
        if question is not None:
            hits[named_photo(chain.text) in question.evidence].append(chain.answer == question.answer)
    count = sum(map(len, hits.values()))
    if not count:
        return None
    return Reading(
        right=sum(map(sum, hits.values())) / count,
        names_evidence=len(hits[True]) / count,
        right_there=_share(hits[True]),
        right_elsewhere=_share(hits[False]),
    )


def _share(hits: list[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None


def _arm_run(
    name: str, seed: int, run: LoopRun, steps: list[Step], results: Mapping[Stage, Mapping[str, Any]]
) -> ArmRun:
    evaluated = run.result(Stage(0, "evaluate"))
    whole = Accuracy.from_json(evaluated["greedy"][-1])
    return ArmRun(
        arm=name,
        seed=seed,
        pool=len(run.splits.pool),
        questions=whole.questions,
        majority_class=whole.majority_class,
        steps=steps,
        seconds=round(sum(result["seconds"] for result in results.values()), 1),
    )


def kept(path: Path, make: Callable[[], ArmRun]) -> ArmRun:
    """What an earlier run wrote into `path`, or what `make` gives, which is written there."""
    if path.is_file():
        return ArmRun.from_json(json.loads(path.read_text()))
    found = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(found.to_json(), indent=1) + "\n")
    partial.replace(path)
    return found


def _first(pool: Iterable[Listing], size: int) -> tuple[Listing, ...]:
    """So many of each vertical."""
    counts: defaultdict[str, int] = defaultdict(int)
    taken = []
    for listing in pool:
        counts[listing.vertical] += 1
        if counts[listing.vertical] <= size:
            taken.append(listing)
    return tuple(taken)
