"""`bench-gpu`: sampling, SFT and DPO of a random-weight Qwen2.5-VL-3B on one GPU."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from training.ml.bench.catalogue import bench_questions
from training.ml.bench.floor import settle
from training.ml.bench.generating import generate_texts
from training.ml.bench.models import QWEN_3B, Size, build_random
from training.ml.bench.sampling import greedy_equal, timed
from training.ml.bench.training import Watch, answered, pairs_of
from training.ml.dpo import train_dpo
from training.ml.errors import DataError
from training.ml.features import FeatureStore
from training.ml.params import DPOParams, ModelParams, OptimParams, SampleParams, SFTParams
from training.ml.sample import Sampler
from training.ml.sft import train_sft

Note = Callable[[Mapping[str, Any]], object]
"""Told figures as they are found."""


@dataclass(frozen=True, slots=True)
class GpuPlan:
    """How much is measured, and with what."""

    size: Size
    model: ModelParams
    """Its base is made for the benchmark."""
    listings: int
    sample: SampleParams
    generate_batch: int
    steps: int
    batch: int
    """Examples of a training step."""
    matrix: int
    """Side of the square matrices whose product is timed."""


def gpu_plan(*, quick: bool) -> GpuPlan:
    """Qwen2.5-VL-3B in bfloat16, three photos of 256 tokens a listing, eight chains of 48 tokens."""
    sample = SampleParams(chains=8, max_new_tokens=48, listings_per_batch=16, rows_per_batch=192)
    model = ModelParams(device="cuda", dtype="bfloat16")
    return GpuPlan(QWEN_3B, model, 4 if quick else 32, sample, 8, 4 if quick else 12, 8, 8192)


def bench_gpu(*, quick: bool) -> dict[str, Any]:
    """Figures of the GPU of this machine, its name among them.

    Raises:
        DataError: where there is none.
    """
    if not torch.cuda.is_available():
        raise DataError(
            "there is no CUDA GPU here, and nothing was measured: run it on a machine with one of 24 GB or "
            "more, or measure this one with bench-sampling and bench-training"
        )

    def tell(found: Mapping[str, Any]) -> None:
        print(json.dumps(found), file=sys.stderr, flush=True)

    return {"device": torch.cuda.get_device_name(), **measure(gpu_plan(quick=quick), tell)}


def measure(plan: GpuPlan, tell: Note = lambda found: None) -> dict[str, Any]:
    """All figures. Shares are of the matrix products a second that the device was seen to do.

    The operations of a stage are counted while it runs a second time, matrix products and attention alone.

    Args:
        tell: told figures as they are found, so that what ends too early has not measured for nothing.
    """
    figures: dict[str, Any] = {}

    def note(found: Mapping[str, Any]) -> None:
        figures.update(found)
        tell(found)

    dtype = getattr(torch, plan.model.dtype)
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        note({"parameters": build_random(plan.size, folder / "model", dtype=dtype, device=plan.model.device)})
        model = replace(plan.model, base=str(folder / "model"))
        rate = matrix_rate(torch.device(model.device), dtype, plan.matrix)
        note({"matrix_tflops": round(rate / 1e12, 3)})
        _sampling(plan, model, folder, rate, note)
        _training(plan, model, folder, rate, note)
    return figures


def matrix_rate(device: torch.device, dtype: torch.dtype, side: int, *, repeats: int = 10) -> float:
    """Floating-point operations a second of the product of two square matrices; the best of the repeats."""
    left, right = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    torch.mm(left, right)
    seconds = min(timed(device, torch.mm, left, right)[1] for _ in range(repeats))
    return 2 * side**3 / seconds


def counted(work: Callable[[], Any]) -> float:
    """Floating-point operations of the work's matrix products and attention."""
    with FlopCounterMode(display=False) as counter:
        work()
    return float(counter.get_total_flops())


def _sampling(plan: GpuPlan, model: ModelParams, folder: Path, rate: float, note: Note) -> None:
    questions = bench_questions(folder, listings=plan.listings, pixels=plan.size.pixels)
    sampler = Sampler(model)
    _forget(sampler.device)
    sampler.sample(questions[:5], plan.sample, seed=0)
    total = len(questions) * plan.sample.chains
    _, ours = timed(sampler.device, sampler.sample, questions, plan.sample, seed=1)
    note(
        {
            "chains_per_second": round(total / ours, 2),
            "sampling_peak_gib": _most(sampler.device),
        }
    )
    generate_texts(sampler, questions[:1], plan.sample, batch=1)
    theirs = timed(
        sampler.device, generate_texts, sampler, questions, plan.sample, batch=plan.generate_batch
    )[1]
    note(
        {
            "generate_chains_per_second": round(total / theirs, 2),
            "ratio_generate": round(theirs / ours, 3),
        }
    )
    operations = counted(lambda: sampler.sample(questions, plan.sample, seed=1))
    note(
        {
            "sampling_share_of_matrix_rate": round(operations / ours / rate, 4),
            "greedy_equal": greedy_equal(sampler, questions[:5], plan.sample, batch=5),
        }
    )


def _training(plan: GpuPlan, model: ModelParams, folder: Path, rate: float, note: Note) -> None:
    photos = folder / "training"
    photos.mkdir()
    wanted = plan.steps * plan.batch
    questions = answered(bench_questions(photos, listings=-(-wanted // 5), pixels=plan.size.pixels))[:wanted]
    pairs, features = pairs_of(questions), FeatureStore(folder / "features")
    optim = OptimParams(1e-4, 1, plan.batch, plan.batch)
    device = torch.device(model.device)

    def sft(out: str, watch: Watch) -> Any:
        where = folder / out
        return train_sft(
            questions, SFTParams(optim=optim), model, out=where, seed=0, progress=watch, features=features
        )

    def dpo(out: str, watch: Watch) -> Any:
        where, start = folder / out, folder / "sft"
        return train_dpo(
            pairs,
            questions,
            DPOParams(optim=optim),
            model,
            adapter=start,
            out=where,
            seed=0,
            progress=watch,
            features=features,
        )

    for name, unit, train in (("sft", "examples", sft), ("dpo", "pairs", dpo)):
        _forget(device)
        watch = Watch()
        train(name, watch)
        speed = watch.rate(plan.batch)
        note({f"{name}_{unit}_per_second": round(speed, 2), f"{name}_peak_gib": _most(device)})
        operations = counted(lambda name=name, train=train: train(f"{name}-counted", Watch()))  # type: ignore[misc]
        note({f"{name}_share_of_matrix_rate": round(operations / wanted * speed / rate, 4)})


def _forget(device: torch.device) -> None:
    """Count the most memory from here on."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)


def _most(device: torch.device) -> float | None:
    """GiB of the GPU that were in use at most; None on a CPU, where the process has more in memory."""
    if device.type != "cuda":
        return None
    settle(device)
    return round(torch.cuda.max_memory_allocated(device) / 2**30, 2)
