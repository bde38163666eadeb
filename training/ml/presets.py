"""Parameters by hardware, with the reason for each number, and how fast a round then goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from training.ml.params import (
    BEST_PAIRS,
    DPOParams,
    LoopParams,
    ModelParams,
    OptimParams,
    SampleParams,
    SelfTrainingParams,
    SFTParams,
    tiny_params,
)


@dataclass(frozen=True, slots=True)
class Speed:
    """What the hardware does in a second."""

    chains: float
    """Drawn and read, on pool and gold."""
    sft_examples: float
    """Seen by the optimiser, each as often as there are epochs."""
    dpo_pairs: float
    """Likewise."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Parameters for one kind of hardware."""

    label: str
    hardware: str
    """What it is for, for whoever chooses."""
    params: LoopParams
    reasons: Mapping[str, str]
    """{dotted name of a parameter: why it has its value}, of what differs from the defaults of params.py"""
    speed: Speed
    speed_from: str
    """Where the speed comes from."""
    adapter_bytes: int
    """Of one adapter."""
    chain_bytes: int
    """Of one chain in a shard file, compressed."""

    @property
    def devices(self) -> int:
        """GPUs that a training runs on together."""
        return self.params.model.gpus


def preset_params(name: str, *, base: str, iterations: int, seed: int) -> LoopParams:
    """The parameters of the preset for this base model."""
    params = PRESETS[name].params
    return replace(
        params, model=replace(params.model, base=base), preset=name, iterations=iterations, seed=seed
    )


PHOTO_PIXELS = 768 * 28 * 28
"""768 tokens of Qwen2.5-VL, whose tokens are 28 by 28 pixels."""

RECKONED = (
    "reckoned, not measured, for a model of 3 B parameters, four photos of 768 tokens a listing and "
    "chains of 16 tokens"
)

_PIXELS_WHY = (
    "A photo is 768 tokens at most, four of them 3,072. Unbounded, Qwen2.5-VL takes up to 16,384 for one, "
    "and a prefix of 3,100 tokens already holds 115 MB of keys and values."
)

_RECIPE = "What measured best with the tiny model (docs/experiments.md, 2026-11-26)."
_RECIPE_WHY = dict.fromkeys(
    ("pair.vote_threshold", "pair.weighting", "pair.use_seed", "dpo.nll_weight"), _RECIPE
)

PRESETS: Mapping[str, Preset] = {
    "tiny": Preset(
        label="Tiny, on the CPU",
        hardware="Two CPU cores and 2 GB of memory, for the tiny base model of this repository.",
        params=tiny_params(),
        reasons={
            "model.device": "It has 1.5 M parameters: a GPU would wait for Python.",
            "model.dtype": "CPUs add in float32 fastest, and the same sum gives the same bits.",
            "sft.optim.learning_rate": "The best of four that were tried (docs/experiments.md, 2026-11-23).",
            "sft.optim.epochs": "The fourth learned ten listings a vertical by heart.",
            "sft.optim.per_device_batch_size": "16 examples fit at once: no accumulation.",
            "sft.optim.least_steps": "As twelve verticals have: the 30 of four hardly change its chains.",
            "sample.max_new_tokens": "Its chains have 13 tokens; one that has not ended by 24 never will.",
            "sample.listings_per_batch": "A prefix is small, and a shard is one batch.",
            "sample.rows_per_batch": "Likewise.",
            "sample.listings_per_shard": "Half a second of work: what a worker loses when it dies.",
            "pair.vote_threshold": "Below half of the votes guesses agree by chance.",
            "pair.weighting": "Pairs with a wide margin are right more often.",
            "pair.use_seed": "Labels tell which of its own chains to prefer: small pools gain more.",
            "dpo.nll_weight": "Without it the model unlearns what photos show (docs/experiments.md).",
            "dpo.optim.learning_rate": "So narrow a model takes larger steps than one of 3 B, not 1e-3.",
            "dpo.optim.per_device_batch_size": "16 pairs fit at once.",
            "dpo.optim.least_steps": "As many as of SFT: with 30 a small pool is left half learned.",
            "dpo.optim.most_epochs": "Few pairs that are seen ten times wear off what photos show.",
            "self_training.optim.learning_rate": "As for DPO, so that the two can be compared.",
            "self_training.optim.per_device_batch_size": "As for DPO.",
            "self_training.optim.least_steps": "As for DPO.",
            "self_training.optim.most_epochs": "As for DPO.",
        },
        speed=Speed(chains=1000, sft_examples=100, dpo_pairs=55),
        speed_from="measured with the demo on two cores, 2026-11-27",
        adapter_bytes=650_000,
        chain_bytes=15,
    ),
    "gpu24": Preset(
        label="One GPU of 24 GB",
        hardware="One RTX 4090, A10G, L4 or the like, for a model of 2 to 3 B parameters in bfloat16.",
        params=LoopParams(
            model=ModelParams(max_pixels=PHOTO_PIXELS),
            sample=SampleParams(listings_per_batch=4, rows_per_batch=48, listings_per_shard=64),
            pair=BEST_PAIRS,
            dpo=DPOParams(nll_weight=0.2),
        ),
        reasons={
            **_RECIPE_WHY,
            "model.max_pixels": _PIXELS_WHY,
            "sample.listings_per_batch": "Four prefixes of 115 MB are read beside 7 GB of weights.",
            "sample.rows_per_batch": "48 forks of a prefix hold 5.5 GB, twice that while they are copied.",
            "sample.listings_per_shard": "A minute or two of work: what a worker loses when it dies.",
        },
        speed=Speed(chains=30, sft_examples=0.5, dpo_pairs=0.2),
        speed_from=RECKONED,
        adapter_bytes=120_000_000,
        chain_bytes=60,
    ),
    "gpu80": Preset(
        label="One GPU of 80 GB",
        hardware="One A100 or H100, for a model of 2 to 7 B parameters in bfloat16.",
        params=LoopParams(
            model=ModelParams(max_pixels=PHOTO_PIXELS),
            sft=SFTParams(optim=OptimParams(2e-4, 4, 16, 16)),
            sample=SampleParams(listings_per_batch=16, rows_per_batch=192, listings_per_shard=256),
            pair=BEST_PAIRS,
            dpo=DPOParams(optim=OptimParams(5e-5, 1, 16, 8), nll_weight=0.2),
            self_training=SelfTrainingParams(optim=OptimParams(5e-5, 1, 16, 16)),
        ),
        reasons={
            **_RECIPE_WHY,
            "model.max_pixels": _PIXELS_WHY,
            "sft.optim.per_device_batch_size": "16 fit with gradient checkpointing: no accumulation.",
            "sample.listings_per_batch": "16 prefixes of 115 MB.",
            "sample.rows_per_batch": "192 forks of a prefix hold 22 GB, twice that while they are copied.",
            "dpo.optim.per_device_batch_size": "A pair is two chains: half as many as in SFT.",
            "self_training.optim.per_device_batch_size": "As in SFT.",
        },
        speed=Speed(chains=150, sft_examples=5, dpo_pairs=2),
        speed_from=RECKONED,
        adapter_bytes=120_000_000,
        chain_bytes=60,
    ),
    "gpus": Preset(
        label="Several GPUs",
        hardware=(
            "Four workers with a GPU of 80 GB each, or more: they share the sampling; one trains on all "
            "its GPUs."
        ),
        params=LoopParams(
            model=ModelParams(max_pixels=PHOTO_PIXELS, gpus=4),
            sft=SFTParams(optim=OptimParams(2e-4, 4, 4, 4)),
            sample=SampleParams(listings_per_batch=16, rows_per_batch=192, listings_per_shard=128),
            pair=BEST_PAIRS,
            dpo=DPOParams(optim=OptimParams(5e-5, 1, 4, 4), nll_weight=0.2),
            self_training=SelfTrainingParams(optim=OptimParams(5e-5, 1, 4, 4)),
        ),
        reasons={
            **_RECIPE_WHY,
            "model.max_pixels": _PIXELS_WHY,
            "model.gpus": "A worker that has fewer trains on those it has: more, and smaller, steps.",
            "sft.optim.batch_size": "Counted for one GPU: four of them step over 16 examples together.",
            "sample.listings_per_batch": "16 prefixes of 115 MB.",
            "sample.rows_per_batch": "192 forks of a prefix hold 22 GB, twice that while they are copied.",
            "sample.listings_per_shard": "Small enough that the last shards end at about the same time.",
            "dpo.optim.batch_size": "As in SFT.",
            "dpo.optim.per_device_batch_size": "As in SFT.",
            "self_training.optim.batch_size": "As in SFT.",
            "self_training.optim.per_device_batch_size": "As in SFT.",
        },
        speed=Speed(chains=600, sft_examples=15, dpo_pairs=6),
        speed_from=f"four times one GPU of 80 GB less what waiting costs; {RECKONED}",
        adapter_bytes=120_000_000,
        chain_bytes=60,
    ),
}
"""The smallest first."""
