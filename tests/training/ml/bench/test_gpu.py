"""The GPU benchmark: its logic at a tiny size on the CPU, and what it says where there is no GPU."""

from __future__ import annotations

import pytest
import torch

from tests.training.ml.bench.mini import MINI
from training.ml import cli
from training.ml.bench.gpu import GpuPlan, counted, measure
from training.ml.params import ModelParams, SampleParams


def test_every_figure_is_measured_at_a_tiny_size() -> None:
    plan = GpuPlan(
        MINI,
        ModelParams(device="cpu", dtype="float32", threads=1),
        listings=1,
        sample=SampleParams(chains=2, max_new_tokens=3),
        generate_batch=2,
        steps=3,
        batch=2,
        matrix=64,
    )
    found = measure(plan)
    peaks = {name for name in found if name.endswith("peak_gib")}
    assert {found[name] for name in peaks} == {None} and len(peaks) == 3
    assert found["greedy_equal"] is True
    assert all(found[name] > 0 for name in found.keys() - peaks)


def test_operations_are_those_of_the_matrix_products() -> None:
    left, right = torch.ones(3, 5), torch.ones(5, 7)
    assert counted(lambda: left @ right) == 2 * 3 * 5 * 7


def test_without_a_gpu_the_remedy_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert cli.main(["bench-gpu"]) == 2
    assert "there is no CUDA GPU here" in capsys.readouterr().err
