"""The study from the command line: what it asks for, refuses, and prints last."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import FakeStages
from training.ml.cli import build_parser, main
from training.ml.params import ModelParams
from training.ml.progress import Progress, silent
from training.ml.records import Chain
from training.ml.run import LoopRun, Stage
from training.ml.shards import Span, shard_file, write_shard
from training.ml.study.arm_run import ArmRun
from training.ml.study.command import SEEDS, study


def test_a_folder_that_cannot_be_used_and_a_group_that_is_not_there_are_refused(
    data_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "study")
    for asked, said in (
        (["--data", str(tmp_path / "nothing")], "no such file"),
        (["--data", str(data_folder), "--verticals", "cap"], "are for rendered catalogues"),
        (["--groups", "pools"], "there is no group 'pools'"),
        (["--quick", "--set", "sft.epochs=2"], "--set sft.epochs=2"),
    ):
        assert main(["study", *asked, "--out", out]) == 2
        assert said in capsys.readouterr().err
    assert not (tmp_path / "study").exists()


def test_a_small_study_prints_a_table_and_last_a_line_of_json_and_is_not_mixed_with_another(
    data_folder: Path, qwen: ModelParams, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = ["--labelled-per-vertical", "3", "--gold-share", "0.25", "--pool-per-vertical", "1"]
    changes = [
        *("model.threads=1", "sft.optim.epochs=1", "sample.chains=2", "sample.max_new_tokens=4"),
        "model.device=cpu",
    ]
    asked = ["study", "--data", str(data_folder), "--base", qwen.base, *sizes, "--seeds", "4", "5"]
    asked += ["--groups", "weight", "--iterations", "1", "--out", str(tmp_path / "study")]
    asked += [word for change in changes for word in ("--set", change)]
    assert main(asked) == 0
    shown = capsys.readouterr()
    line = json.loads(shown.out.splitlines()[-1])
    assert line["seeds"] == [4, 5]
    assert line["questions"] == 6
    assert line["gain_points"] == pytest.approx(100 * (line["final"] - line["sft"]), abs=0.02)
    assert line["vs_self_training"] is None
    assert "weight-margin" in shown.out
    assert "8 of 8: seed 5, weight-margin" in shown.err
    assert main([*asked, "--set", "dpo.beta=0.5"]) == 2
    assert "another params.dpo.beta" in capsys.readouterr().err


def evaluated(run: LoopRun, stage: Stage, *, progress: Progress) -> dict[str, Any]:
    """A runner without a model, that keeps the chains of evaluations; each is right about a half of gold."""
    stages = FakeStages()
    result = stages(run, stage, progress=progress)
    there = shard_file(run, stage, 0)
    if stage.name == "evaluate" and not there.is_file():
        count = len(run.questions(run.splits.gold, answered=True))
        write_shard(there, Chain, stages.shard(run, stage, Span(0, 0, count), progress=silent)).replace(there)
    return result


def test_the_arms_that_are_meant_to_fail_run_with_the_quick_study_and_are_judged(
    data_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "study"
    sizes = ["--labelled-per-vertical", "2", "--gold-share", "0.25", "--pool-per-vertical", "2"]
    asked = ["study", "--quick", "--groups", "collapse", "--data", str(data_folder), *sizes]
    study(build_parser().parse_args([*asked, "--out", str(out)]), runner=evaluated)
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {arm: row["seeds"] for arm, row in line["guards"].items()} == {
        name: 2 for name in ("dpo", "too_fast", "repeated", "poisoned", "at_chance")
    }
    loop = ArmRun.from_json(json.loads((out / f"seed-{SEEDS[1]}" / "done" / "dpo.json").read_text()))
    assert [step.name for step in loop.steps] == ["sft", "1", "2"], "a first look has two iterations"
    run = ArmRun.from_json(json.loads((out / f"seed-{SEEDS[0]}" / "done" / "at_chance.json").read_text()))
    assert run.own_gold and run.guards and run.guards.at_chance
    assert (run.guards.wins, run.guards.losses, run.guards.passes) == (0, 0, False), (
        "each model says the same"
    )
    assert (run.questions, run.guards.at_chance.questions) == (6, 4)
    assert run.guards.at_chance.agreement_after == 0.75
