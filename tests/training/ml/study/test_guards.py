"""The guards of the product judge what an arm of the study came to."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.fakes import FakeStages
from training.ml.params import CollapseParams, tiny_params
from training.ml.progress import silent
from training.ml.records import Attribute, Chain, Listing, Question
from training.ml.run import LoopRun, Stage
from training.ml.shards import shard_file, write_shard
from training.ml.splits import Splits
from training.ml.study.arm_run import ArmRun, Material, Step
from training.ml.study.arm_summary import summarise
from training.ml.study.arms import ARMS, COLLAPSE, LOOP
from training.ml.study.guard_counts import recorded_counts
from training.ml.study.guards import AtChance, Guarded, gold_answers, guarded

HEEL = Attribute("heel", "Shape of the heel", ("flat", "wedge", "block"))
SCHEMA = {"sandal": {"heel": HEEL}}
PARAMS = replace(tiny_params(iterations=2), patience=2, collapse=CollapseParams(window=1))

Says = Callable[[int], str | None]
"""What a model answers to the gold question with this number; all are flat."""
Ended = tuple[LoopRun, Any]
"""A run, and the results of its stages."""


def gold(count: int = 60) -> tuple[Listing, ...]:
    return tuple(
        Listing(f"g{number}", "sandal", (Path("1.jpg"),), answers={"heel": "flat"}) for number in range(count)
    )


def ended(
    folder: Path,
    says: dict[int, Says],
    agreement: dict[int, float] | None = None,
    *,
    unsure: tuple[int, ...] = (),
) -> Ended:
    """A run with the evaluations of these models, and the results of its stages.

    Args:
        unsure: iterations of which every other sampled chain says nothing.
    """
    run = LoopRun(SCHEMA, Splits(seed=(), gold=gold(), pool=()), PARAMS, folder)
    right = {
        iteration: sum(say(number) == "flat" for number in range(60)) / 60 for iteration, say in says.items()
    }
    stages = FakeStages(right=right, agreement=agreement or {})
    results = {}
    for iteration, say in says.items():
        for stage in (Stage(iteration, "pairs"), Stage(iteration, "evaluate"))[not iteration :]:
            results[stage] = stages(run, stage, progress=silent)
        evaluate = Stage(iteration, "evaluate")
        questions = [Question(listing, HEEL) for listing in run.splits.gold]
        chains = [
            Chain(one.question_id, index, f"Answer: {said}", said, -1.0)
            for number, one in enumerate(questions)
            for index in (-1, 0, 1)
            for said in [None if index == 1 and iteration in unsure else say(number)]
        ]
        there = shard_file(run, evaluate, 0)
        write_shard(there, Chain, chains).replace(there)
    return run, results


def flat_below(count: int) -> Says:
    return lambda number: "flat" if number < count else "wedge"


def test_the_gate_passes_what_is_right_more_often_and_nothing_else(tmp_path: Path) -> None:
    start, _ = ended(tmp_path / "first", {0: flat_below(20)})
    better = judged(ended(tmp_path / "better", {0: flat_below(20), 1: flat_below(50)}), start)
    assert better == Guarded(passes=True, wins=30, losses=0, stopped_after=None, why="")
    worse = judged(ended(tmp_path / "worse", {0: flat_below(20), 1: flat_below(5)}), start)
    assert worse and worse.worse and not worse.passes and (worse.wins, worse.losses) == (0, 15)


def judged(run: Ended, start: LoopRun, at_chance: dict[str, str] | None = None) -> Guarded | None:
    return guarded(run[0], start, run[1], at_chance=at_chance or {})


def test_the_iteration_after_which_the_loop_stops_is_told_with_the_rules_words(tmp_path: Path) -> None:
    says = {0: flat_below(30), 1: flat_below(30), 2: flat_below(28)}
    run = ended(tmp_path, says, {0: 0.5, 1: 0.8, 2: 0.9})
    found = judged(run, run[0])
    assert found and found.stopped_after == 1 and "collapse" in found.why


def test_an_answer_that_cannot_be_read_is_none_and_wrong(tmp_path: Path) -> None:
    start, _ = ended(tmp_path / "first", {0: flat_below(40)})
    run, results = ended(tmp_path / "mute", {0: flat_below(40), 1: lambda number: None})
    answers = gold_answers(run, Stage(1, "evaluate"))
    assert answers and set(answers.answers.values()) == {None}
    found = judged((run, results), start)
    assert found and found.losses == 40


def test_without_the_chains_of_an_evaluation_nothing_is_said(tmp_path: Path) -> None:
    run, results = ended(tmp_path, {0: flat_below(3), 1: flat_below(4)})
    shard_file(run, Stage(1, "evaluate"), 0).unlink()
    assert judged((run, results), run) is None


def test_a_poisoned_seed_set_has_no_right_label_and_its_own_sft() -> None:
    [arm] = [one for one in ARMS if one.poisoned]
    splits = Splits(seed=gold(3), gold=gold(), pool=gold(2))
    seed = Material(SCHEMA, splits, {}, 1).of(arm, pool=None).seed
    assert [listing.answers["heel"] for listing in seed] == ["wedge"] * 3
    assert arm.own_sft(PARAMS) and not next(one for one in ARMS if one.name == LOOP).own_sft(PARAMS)


def test_what_is_won_by_chance_alone_is_a_pass_that_must_not_be(tmp_path: Path) -> None:
    run = ended(tmp_path, {0: flat_below(20), 1: flat_below(50)}, unsure=(0,))
    found = judged(run, run[0], {"sandal": "heel"})
    assert found and found.passes and not found.worse and found.passes_wrongly
    assert found.at_chance == AtChance(60, 20, 50, 0.5, 1.0)
    other = judged(run, run[0], {"sandal": "strap"})
    assert other and other.at_chance is None and not other.passes_wrongly


def test_bad_luck_makes_no_model_worse_and_good_luck_none_better() -> None:
    unlucky = Guarded(False, 3, 9, None, "", AtChance(20, 12, 4, 0.5, 0.9))
    assert (unlucky.gained, unlucky.worse) == (2, False)
    lucky = Guarded(True, 20, 9, None, "", AtChance(20, 2, 18, 0.5, 0.9))
    assert (lucky.gained, lucky.worse, lucky.passes_wrongly) == (-5, True, True)


def test_how_often_the_guards_spoke_is_counted_by_arm() -> None:
    first = ArmRun("first", 1, 0, 60, 0.3, [], 1.0)
    assert len([arm for arm in ARMS if arm.group == COLLAPSE]) == 4
    step = _step(0.5)
    runs = [
        ArmRun(LOOP, 1, 0, 60, 0.3, [step], 1.0, Guarded(True, 9, 1, None, "")),
        ArmRun("too_fast", 1, 0, 60, 0.3, [step], 1.0, Guarded(False, 1, 9, 1, "collapse")),
        ArmRun("poisoned", 1, 0, 60, 0.3, [step], 1.0, Guarded(True, 1, 9, None, "")),
    ]
    arms = [arm for arm in ARMS if arm.name in (LOOP, "too_fast", "poisoned")]
    rows = summarise([replace(first, steps=[step])], runs, arms).guards
    told = {arm: (row.worse, row.passed, row.passed_worse, row.stopped) for arm, row in rows.items()}
    assert told == {LOOP: (0, 1, 0, 0), "too_fast": (1, 0, 0, 1), "poisoned": (1, 1, 1, 0)}
    line = summarise([replace(first, steps=[step])], runs, arms).line()
    assert recorded_counts(json.loads(json.dumps(line))) == rows
    assert recorded_counts({}) == {}


def test_guards_are_read_as_they_were_written() -> None:
    run = ArmRun(LOOP, 1, 0, 60, 0.3, [], 1.0, Guarded(False, 1, 9, 1, "collapse"))
    assert ArmRun.from_json(run.to_json()) == run
    chance = replace(run, guards=Guarded(True, 9, 1, None, "", AtChance(20, 5, 6, 0.5, 0.9)), own_gold=True)
    assert ArmRun.from_json(chance.to_json()) == chance
    old = {key: value for key, value in run.to_json().items() if key != "guards"}
    assert ArmRun.from_json(old) == replace(run, guards=None)


def _step(greedy: float) -> Step:
    return Step("sft", greedy, greedy, 0.5, {"sandal": greedy})
