"""What a round will take, before it starts: arithmetic over its parameters and sizes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from training.ml.params import LoopParams, OptimParams
from training.ml.presets import PRESETS, Speed
from training.ml.strategies import PLANS, SAMPLE_SEED, repeated_stages

CHECKPOINT_ADAPTERS = 3
"""A checkpoint holds the adapter and two moments of each weight."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Questions of each split."""

    seed: int
    gold: int
    pool: int
    reviewed: int = 0
    """Of the pool, those that reviewers settled."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one stage of an earlier round took."""

    stage: str
    units: float
    """Chains, examples or pairs, as `work` counts them."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a round takes if it is not stopped early."""

    questions: int
    """Of seed, gold and pool."""
    chains: int
    """Drawn on gold, pool and the seed set, all iterations together."""
    pairs: int
    """At most, all iterations together; 0 where none are made."""
    steps: int
    """Optimiser steps of all trainings, at most."""
    disk_bytes: int
    """Adapters, one checkpoint and compressed chains; photos are not copied."""
    seconds: float
    speed_from: str
    """Where the seconds come from."""
    is_measured: bool


def estimate(
    params: LoopParams, sizes: Sizes, *, measured: Speed | None = None, source: str = ""
) -> Estimate:
    """Add up the round.

    Args:
        measured: the speed of earlier rounds like it, with where it comes from in `source`; without it, the
            figures of the preset count.
    """
    plan, preset = PLANS[params.strategy], PRESETS[params.preset]
    iterations = params.iterations
    evaluated = sizes.gold * (params.sample.chains + 1) * (iterations + 2)
    # The last model, where it is the best, is asked about the whole pool in the end; the others have been.
    sampled = sizes.pool * params.sample.chains * (iterations + 1)
    sampled += _paired_seed(params, sizes) * params.sample.chains * iterations
    paired = _pairs(params, sizes) if plan.trains == "dpo" else 0
    examples = _sft_examples(params, sizes)
    speed = measured or preset.speed
    return Estimate(
        questions=sizes.seed + sizes.gold + sizes.pool,
        chains=evaluated + sampled,
        pairs=paired * iterations,
        steps=_steps(params, sizes),
        disk_bytes=preset.adapter_bytes * (iterations + 1 + CHECKPOINT_ADAPTERS)
        + preset.chain_bytes * (evaluated + sampled),
        seconds=(evaluated + sampled) / speed.chains
        + examples / speed.sft_examples
        + _seen(paired, params.dpo.optim, params) * iterations / speed.dpo_pairs,
        speed_from=source if measured else preset.speed_from,
        is_measured=measured is not None,
    )


def speed_of(stages: Iterable[Measured], *, fallback: Speed) -> Speed:
    """The speed of a round's stages; of a kind of work that it did not do, the fallback's."""
    units = {"chains": 0.0, "sft_examples": 0.0, "dpo_pairs": 0.0}
    seconds = dict.fromkeys(units, 0.0)
    for stage in stages:
        kind = KINDS.get(stage.stage)
        if kind and stage.seconds > 0:
            units[kind] += stage.units
            seconds[kind] += stage.seconds
    return Speed(
        **{kind: units[kind] / seconds[kind] if units[kind] else getattr(fallback, kind) for kind in units}
    )


KINDS = {
    "zero_shot": "chains",
    "evaluate": "chains",
    "sample": "chains",
    SAMPLE_SEED: "chains",
    "predict": "chains",
    "sft": "sft_examples",
    "retrain": "sft_examples",
    "dpo": "dpo_pairs",
}
"""{stage: what its seconds are counted for}, of the stages that take time."""


def work(stage: str, params: LoopParams, sizes: Sizes, *, reported: int) -> float:
    """What a stage did, in its kind's units.

    Args:
        reported: examples or pairs of a training, or chains that it drew.
    """
    match KINDS.get(stage):
        case "chains" if stage == "predict":
            return reported  # 0 where an iteration has the votes
        case "chains" if stage == "sample":
            return sizes.pool * params.sample.chains
        case "chains" if stage == SAMPLE_SEED:
            return sizes.seed * params.sample.chains
        case "chains":
            return sizes.gold * (params.sample.chains + 1)
        case "sft_examples":
            optim = params.sft.optim if stage == "sft" else params.self_training.optim
            return _seen(reported, optim, params)
        case "dpo_pairs":
            return _seen(reported, params.dpo.optim, params)
    return 0.0


def _sft_examples(params: LoopParams, sizes: Sizes) -> float:
    """Seen by the optimiser in SFT and self-training; every pool question counts as confident."""
    plan = PLANS[params.strategy]
    seen = 0.0
    if plan.uses_seed:
        seen += _seen(_labelled(sizes) * params.sft.chains_per_question, params.sft.optim, params)
    if plan.trains == "retrain":
        seen += _seen(_confident(params, sizes), params.self_training.optim, params) * params.iterations
    return seen


def _seen(examples: int, optim: OptimParams, params: LoopParams) -> float:
    """Examples that the optimiser sees in one training, each as often as there are epochs."""
    return examples * optim.epochs_of(examples, devices=params.model.gpus)


def _pairs(params: LoopParams, sizes: Sizes) -> int:
    """Of an iteration, at most."""
    each = params.pair.pairs_per_question
    return min(sizes.pool * each, params.pair.most) + _paired_seed(params, sizes) * each


def _paired_seed(params: LoopParams, sizes: Sizes) -> int:
    """Questions of the seed set that an iteration pairs chains of."""
    return sizes.seed if SAMPLE_SEED in repeated_stages(params) else 0


def _confident(params: LoopParams, sizes: Sizes) -> int:
    """Answers that an iteration of self-training learns from, at most."""
    return min(sizes.pool, params.self_training.most)


def _labelled(sizes: Sizes) -> int:
    """Questions that SFT learns."""
    return sizes.seed + sizes.reviewed


def _steps(params: LoopParams, sizes: Sizes) -> int:
    plan, devices = PLANS[params.strategy], PRESETS[params.preset].devices
    steps = 0
    if plan.uses_seed:
        examples = _labelled(sizes) * params.sft.chains_per_question
        steps += optimiser_steps(examples, params.sft.optim, devices=devices)
    if plan.trains == "dpo":
        pairs = _pairs(params, sizes)
        steps += params.iterations * optimiser_steps(pairs, params.dpo.optim, devices=devices)
    if plan.trains == "retrain":
        optim = params.self_training.optim
        steps += params.iterations * optimiser_steps(_confident(params, sizes), optim, devices=devices)
    return steps


def optimiser_steps(examples: int, optim: OptimParams, *, devices: int = 1) -> int:
    """Steps of one training, as transformers counts them."""
    batches = math.ceil(examples / (optim.per_device_batch_size * devices))
    epochs = optim.epochs_of(examples, devices=devices)
    return math.ceil(epochs * math.ceil(batches / optim.gradient_accumulation_steps))
