"""The training benchmark holds our trainers against TRL's over the same rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.ml import cli
from training.ml.bench import training
from training.ml.bench.training import Watch, answered, pairs_of, tiny_setting


def test_a_rate_leaves_the_first_step_out() -> None:
    assert Watch([0.0, 10.0, 11.0, 12.0]).rate(16) == pytest.approx(16.0)


def test_pairs_prefer_the_answer_to_another_value(tmp_path: Path) -> None:
    setting = tiny_setting(tmp_path, steps=1)
    for question, pair in zip(setting.questions, pairs_of(setting.questions), strict=True):
        assert pair.question_id == question.question_id
        assert pair.chosen.endswith(f"Answer: {question.answer}")
        assert not pair.rejected.endswith(f"Answer: {question.answer}")
    assert [one.answer for one in answered(setting.questions)] == [
        one.answer for one in answered(setting.questions)
    ]


def test_losses_are_those_of_the_stock_trainers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(training, "QUICK_STEPS", 3)
    assert cli.main(["bench-training", "--quick"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["steps"] == 3
    assert found["loss_gap"] < 1e-4
    assert found["ratio_trl_sft"] > 0 and found["ratio_trl_dpo"] > 0
