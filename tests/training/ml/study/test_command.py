"""The study from the command line: what it asks for, refuses, and prints last."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.ml.cli import main
from training.ml.params import ModelParams


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
