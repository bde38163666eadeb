"""A training that was killed ends as one that was not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from training.ml import checkpoints
from training.ml.checkpoints import Checkpoints
from training.ml.dpo import train_dpo
from training.ml.newfolder import WHOLE
from training.ml.params import DPOParams, LoraParams, ModelParams, OptimParams, SFTParams
from training.ml.progress import Progress, silent
from training.ml.records import Pair, Question
from training.ml.sft import train_sft
from training.ml.steplog import last_steps

DROPOUT = LoraParams(rank=4, dropout=0.5)
"""Makes every step draw random numbers."""


class KilledError(Exception):
    """Stands for a kill -9: nothing is tidied up that the trainer would not have left."""


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint every step."""
    monkeypatch.setattr(Checkpoints.__init__, "__kwdefaults__", {"least_seconds": 0.0})
    monkeypatch.setattr(checkpoints, "SHARE_OF_TIME", 1e9)


def killed_at(step: int) -> Progress:
    def progress(done: int, total: int, /) -> None:
        if done == step:
            raise KilledError

    return progress


def killed_and_resumed(
    train: Callable[..., dict[str, Any]], folder: Path, *, step: int
) -> tuple[dict[str, Any], list[int]]:
    """The result of a training that is killed at this step and goes on, and the steps of the second try."""
    kept = folder / "checkpoints"
    (folder / "first").mkdir(parents=True)
    with pytest.raises(KilledError):
        train(
            out=folder / "adapter",
            progress=killed_at(step),
            checkpoints=kept,
            log=folder / "first" / "log.jsonl",
        )
    assert not (folder / "adapter").exists()
    steps: list[int] = []
    (folder / "second").mkdir()
    result = train(
        out=folder / "adapter",
        progress=lambda done, total: steps.append(done),
        checkpoints=kept,
        log=folder / "second" / "log.jsonl",
    )
    return result, steps


@pytest.mark.parametrize("step", [3, 5])
def test_a_killed_sft_goes_on_behind_its_last_checkpoint_to_the_same_adapter(
    qwen: ModelParams, questions: list[Question], tmp_path: Path, step: int
) -> None:
    """Two epochs of three steps: it is killed before and after the first epoch's end."""

    def train(**more: Any) -> dict[str, Any]:
        params = SFTParams(optim=OptimParams(1e-2, 2, 1, 1), lora=DROPOUT)
        return train_sft(questions, params, qwen, seed=3, **more)

    whole = train(out=tmp_path / "whole", progress=silent)
    result, steps = killed_and_resumed(train, tmp_path / "killed", step=step)
    assert steps == list(range(step - 1, 7)), "it says first how many are done"
    assert result == whole
    weights = [
        (tmp_path / name / "adapter_model.safetensors").read_bytes() for name in ("whole", "killed/adapter")
    ]
    assert weights[0] == weights[1]
    log = last_steps(tmp_path / "killed" / "second" / "log.jsonl")
    assert [one.step for one in log] == list(range(1, 7))


def test_a_killed_dpo_goes_on_with_the_reference_it_began_with(
    qwen: ModelParams, questions: list[Question], tmp_path: Path
) -> None:
    sft = SFTParams(optim=OptimParams(1e-2, 1, 3, 3), lora=DROPOUT)
    train_sft(questions, sft, qwen, out=tmp_path / "sft", seed=0, progress=silent)
    pairs = [Pair(question.question_id, "red it is", "blue", 3, 1, 4) for question in questions]

    def train(**more: Any) -> dict[str, Any]:
        params = DPOParams(optim=OptimParams(1e-2, 2, 1, 1))
        return train_dpo(pairs, questions, params, qwen, adapter=tmp_path / "sft", seed=3, **more)

    whole = train(out=tmp_path / "whole", progress=silent)
    result, steps = killed_and_resumed(train, tmp_path / "killed", step=4)
    assert steps == [3, 4, 5, 6]
    assert result == whole
    weights = [
        (tmp_path / name / "adapter_model.safetensors").read_bytes() for name in ("whole", "killed/adapter")
    ]
    assert weights[0] == weights[1]


def test_half_a_checkpoint_is_none(tmp_path: Path) -> None:
    for step in (2, 10, 30):
        (tmp_path / f"checkpoint-{step}").mkdir()
    for step in (2, 10):
        (tmp_path / f"checkpoint-{step}" / WHOLE).touch()
    assert Checkpoints(tmp_path, None).restore() == tmp_path / "checkpoint-10"
    assert Checkpoints(tmp_path / "nothing", None).restore() is None
