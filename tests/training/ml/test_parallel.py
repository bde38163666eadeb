"""Two processes on the CPU train as one does whose batches are twice as large."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from training.ml.dpo import train_dpo
from training.ml.errors import DataError
from training.ml.newfolder import newest_checkpoint
from training.ml.parallel import TrainingDied, gpu_count, in_processes, on_all_gpus
from training.ml.params import DPOParams, ModelParams, OptimParams, SFTParams
from training.ml.presets import PRESETS
from training.ml.progress import silent
from training.ml.records import Pair, Question
from training.ml.sft import train_sft
from training.ml.steplog import last_steps


class StoppedError(Exception):
    """A person cancels."""


def sft(*, per_device: int) -> SFTParams:
    return SFTParams(optim=OptimParams(1e-2, 2, per_device, per_device))


@pytest.fixture
def four(questions: list[Question]) -> list[Question]:
    return [*questions, replace(questions[0], listing=replace(questions[0].listing, listing_id="bag-9"))]


def test_dpo_in_two_processes_finds_the_losses_of_one(
    qwen: ModelParams, four: list[Question], tmp_path: Path
) -> None:
    train_sft(four, sft(per_device=2), qwen, out=tmp_path / "sft", seed=0, progress=silent)
    pairs = [Pair(question.question_id, "red it is", "blue", 3, 1, 4) for question in four]

    def params(per_device: int) -> DPOParams:
        return DPOParams(optim=OptimParams(1e-2, 2, per_device, per_device))

    given: dict[str, Any] = {"adapter": tmp_path / "sft", "seed": 3}
    one = train_dpo(pairs, four, params(2), qwen, out=tmp_path / "one", progress=silent, **given)
    seen: list[tuple[int, int]] = []
    (tmp_path / "log").mkdir()
    two = in_processes(
        2,
        train_dpo,
        *(pairs, four, params(1), qwen),
        out=tmp_path / "two",
        progress=lambda done, total: seen.append((done, total)),
        log=tmp_path / "log" / "log.jsonl",
        checkpoints=tmp_path / "checkpoints",
        **given,
    )
    assert seen == [(step, 4) for step in range(5)]
    assert (two["pairs"], two["steps"]) == (one["pairs"], one["steps"]) == (4, 4)
    assert two["losses"] == pytest.approx(one["losses"], rel=1e-3)
    weights = [load_file(tmp_path / name / "adapter_model.safetensors") for name in ("one", "two")]
    assert weights[0].keys() == weights[1].keys()
    for name, tensor in weights[0].items():
        assert weights[1][name].numpy() == pytest.approx(tensor.numpy(), abs=1e-3), name
    assert json.loads((tmp_path / "two" / "manifest.json").read_text())["processes"] == 2
    assert [step.step for step in last_steps(tmp_path / "log" / "log.jsonl")] == [1, 2, 3, 4]


def test_sft_in_two_processes_learns_as_in_one(
    qwen: ModelParams, four: list[Question], tmp_path: Path
) -> None:
    """Not to the last digit: the mean over tokens is taken within each process."""
    one = train_sft(four, sft(per_device=2), qwen, out=tmp_path / "one", seed=3, progress=silent)
    two = in_processes(
        2, train_sft, four, sft(per_device=1), qwen, out=tmp_path / "two", seed=3, progress=silent
    )
    assert two["steps"] == one["steps"] == 4
    assert two["losses"] == pytest.approx(one["losses"], rel=0.1)
    assert two["loss_last"] < 0.9 * two["loss_first"]


def test_a_training_that_is_stopped_leaves_no_adapter(
    qwen: ModelParams, four: list[Question], tmp_path: Path
) -> None:
    def stop(done: int, total: int, /) -> None:
        if done == 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        in_processes(
            2, train_sft, four, sft(per_device=1), qwen, out=tmp_path / "adapter", seed=3, progress=stop
        )
    assert not (tmp_path / "adapter").exists()


def test_what_is_wrong_with_the_data_is_said_once(
    qwen: ModelParams, four: list[Question], tmp_path: Path
) -> None:
    gone = replace(four[0], listing=replace(four[0].listing, images=(tmp_path / "gone.jpg",)))
    with pytest.raises(DataError, match=r"gone\.jpg"):
        in_processes(
            2, train_sft, [gone, gone], sft(per_device=1), qwen, out=tmp_path / "new", seed=3, progress=silent
        )
    assert not (tmp_path / "new").exists()


def test_a_process_that_dies_ends_the_training(
    qwen: ModelParams, four: list[Question], tmp_path: Path
) -> None:
    """Processes cannot write where a file is in the way of the folder."""
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingDied, match="ended with 1"):
        in_processes(
            2,
            *(train_sft, four, sft(per_device=1), qwen),
            out=tmp_path / "file" / "adapter",
            seed=3,
            progress=silent,
        )


def test_only_gpus_that_are_there_and_asked_for_are_used() -> None:
    cpu = ModelParams(device="cpu")
    assert gpu_count(cpu) == 1
    assert gpu_count(replace(cpu, gpus=4)) == 1
    assert gpu_count(ModelParams(gpus=1)) == 1
    assert {name: preset.devices for name, preset in PRESETS.items()} == {
        "tiny": 1,
        "gpu24": 1,
        "gpu80": 1,
        "gpus": 4,
    }


def test_a_training_for_one_process_runs_in_this_one() -> None:
    def train(model: ModelParams, *, seed: int) -> dict[str, int]:
        return {"seed": seed}

    assert on_all_gpus(train)(ModelParams(device="cpu", gpus=2), seed=7) == {"seed": 7}


def test_a_checkpoint_of_another_number_of_processes_is_none(tmp_path: Path) -> None:
    for step, processes in ((2, "1"), (4, "2"), (6, "")):
        (tmp_path / f"checkpoint-{step}").mkdir()
        (tmp_path / f"checkpoint-{step}" / "whole").write_text(processes)
    assert newest_checkpoint(tmp_path) == tmp_path / "checkpoint-6", "older code wrote no number"
    assert newest_checkpoint(tmp_path, processes=2) == tmp_path / "checkpoint-4"
    assert newest_checkpoint(tmp_path, processes=4) is None
