"""Folders of studies that have ended; what arms come to follows rules, in place of trainings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

from tests.fakes import FakeStages
from training.ml.params import tiny_params
from training.ml.progress import silent
from training.ml.study.arm_run import ArmRun, Material, Reading, Step
from training.ml.study.arms import ALL_LABELS, FIRST, GROUPS, LOOP, VERDICTS, Arm, chosen_arms
from training.ml.study.guards import AtChance, Guarded
from training.ml.study.learns import Sizes, Study, run_study

VERTICALS = ("handbag", "kurta", "lamp", "suitcase")
SFT = 0.70
FINAL = {
    **{LOOP: 0.83, "self_training": 0.71, "majority_sft": 0.76, ALL_LABELS: 0.90, VERDICTS: 0.87},
    **{"too_fast": 0.31, "repeated": 0.43, "poisoned": 0.60, "at_chance": 0.65},
}
"""{arm: where its last step ends, before chance}; others end where the loop does."""


def study_folder(
    out: Path,
    *,
    seeds: Sequence[int] = (11, 12, 13, 14, 15),
    groups: Sequence[str] = GROUPS,
    iterations: int = 3,
    final: float = FINAL[LOOP],
) -> Path:
    """What a study leaves: its arms are written down as done, so that it only sums them up."""
    arms = chosen_arms(groups)
    for seed in seeds:
        for run in (_first(seed), *(_run(arm, seed, iterations, final) for arm in arms)):
            done = out / f"seed-{seed}" / "done" / f"{run.arm}.json"
            done.parent.mkdir(parents=True, exist_ok=True)
            done.write_text(json.dumps(run.to_json()))
    params = tiny_params(iterations=iterations)
    study = Study(arms, seeds, Sizes(), params, _no_material)
    run_study(study, out, runner=FakeStages(), watch=lambda label: silent, tell=lambda line: None)
    source = {"verticals": list(VERTICALS), "sizes": {"labelled": 10, "gold": 20, "pool": 40}}
    (out / "run.json").write_text(json.dumps({"study": "learns", "params": params.to_json(), **source}))
    return out


def _first(seed: int) -> ArmRun:
    steps = [_step("zero_shot", 0.3, Random(f"zero-shot {seed}")), _sft(seed)]
    return ArmRun(FIRST, seed, pool=160, questions=320, majority_class=0.4, steps=steps, seconds=60)


def _run(arm: Arm, seed: int, iterations: int, final: float) -> ArmRun:
    chance = Random(f"{arm.name} {seed}")
    end = FINAL.get(arm.name, final) if arm.name != LOOP else final
    if arm.pool is not None:
        end = SFT + (final - SFT) * min(1.0, arm.pool / 80)
    names = ["sft"] if arm.strategy == "sft" else ["sft", *map(str, range(1, iterations + 1))]
    count = len(names) - 1
    steps = [
        _sft(seed)
        if name == "sft" and not arm.own_labels
        else _step(name, SFT + (end - SFT) * (place / count if count else 1), chance, learned=place * 100)
        for place, name in enumerate(names)
    ]
    return ArmRun(
        arm=arm.name,
        seed=seed,
        pool=160,
        questions=320,
        majority_class=0.4,
        steps=steps,
        seconds=600,
        own_gold=arm.own_gold,
        guards=_guarded(arm, steps),
    )


def _sft(seed: int) -> Step:
    """The same of every arm that learns from the same labels."""
    return _step("sft", SFT, Random(f"first {seed}"))


def _guarded(arm: Arm, steps: Sequence[Step]) -> Guarded:
    """A gain of 5 points passes; what loses 15 is stopped after its first iteration."""
    gained = steps[-1].greedy - steps[0].greedy
    wins, losses = (round(320 * share) for share in (max(gained, 0.0), max(-gained, 0.0)))
    is_stopped = gained < -0.15
    return Guarded(
        passes=gained > 0.05,
        wins=wins,
        losses=losses,
        stopped_after=1 if is_stopped else None,
        why="collapse" if is_stopped else "",
        at_chance=AtChance(80, 20, 20, 0.5, 0.9) if arm.at_chance else None,
    )


def _step(name: str, greedy: float, chance: Random, *, learned: int = 0) -> Step:
    found = greedy + chance.uniform(-0.02, 0.02)
    return Step(
        name=name,
        greedy=found,
        majority=found + chance.uniform(0.02, 0.06),
        agreement=0.6,
        verticals={vertical: found + chance.uniform(-0.05, 0.05) for vertical in VERTICALS},
        learned_from=learned or None,
        reading=Reading(right=found, names_evidence=0.8, right_there=found, right_elsewhere=None),
    )


def _no_material(seed: int) -> Material:
    raise AssertionError(f"every arm of seed {seed} is done: nothing is to be read")
