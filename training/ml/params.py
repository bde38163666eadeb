"""One dataclass of parameters per stage. Defaults are for a compact VLM on one GPU; presets adapt them."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

TINY_MODEL = Path(__file__).parent / "tiny"
"""The base model that this repository trains itself: small enough for two CPU cores."""

Strategy = Literal["sft_dpo", "sft", "champion_dpo", "self_training"]
"""What a round does: strategies.PLANS says it."""

Engine = Literal["built_in", "vllm"]
"""Who draws chains: our own sampler, or vLLM, which is installed with attrx[ml,vllm]."""

ITERATIONS = 3
"""At most, unless somebody says otherwise."""
QUICK_ITERATIONS = 2
"""Of a first look."""


MOST_EXAMPLES = 100_000
"""What one iteration learns from at most. With its listings that is a few hundred megabytes."""


@dataclass(frozen=True, slots=True)
class ModelParams:
    """Where the base model comes from and how it is held in memory."""

    base: str = str(TINY_MODEL)
    """A folder or hub id of any AutoModelForImageTextToText."""
    device: str = "auto"
    """auto (cuda, else mps, else cpu) or a torch device."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """auto: bfloat16 on a GPU that has it, float32 elsewhere."""
    load_in_4bit: bool = False
    """QLoRA's NF4 loading (arXiv 2305.14314); needs CUDA and bitsandbytes."""
    max_pixels: int | None = None
    """Upper bound of a photo's area in pixels; None keeps the processor's own."""
    threads: int = 2
    """CPU threads; fixed, because a different number may change the last bit of a sum."""
    gpus: int = 1
    """GPUs that a training runs on together, where its worker has so many."""
    vllm_memory: float = 0.9
    """Share of the GPU's memory that vLLM takes, where it samples."""
    vllm_tokens: int = 16_384
    """Longest prompt with its chain, in tokens, that vLLM makes room for."""


@dataclass(frozen=True, slots=True)
class LoraParams:
    """The adapter (arXiv 2106.09685)."""

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    target_modules: str = (
        r".*(language_model|text_model).*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
    )
    """Regular expression over module names: the language model's linear layers, not the vision tower."""


@dataclass(frozen=True, slots=True)
class OptimParams:
    """What SFT and DPO share."""

    learning_rate: float
    epochs: float
    batch_size: int
    """Examples of one optimiser step on one device: per-device batch x gradient accumulation."""
    per_device_batch_size: int
    warmup_ratio: float = 0.05
    weight_decay: float = 0.0
    max_grad_norm: float = 1.0
    gradient_checkpointing: bool | None = None
    """None: on with CUDA, off on the CPU."""
    least_steps: int = 0
    """Optimiser steps at least: few examples get more epochs."""
    most_epochs: float | None = None
    """What least steps ask for ends here; None: nowhere."""

    def epochs_of(self, examples: int, *, devices: int = 1) -> float:
        """How often so many examples are seen, on so many devices."""
        steps = self.steps_of_epoch(examples, devices=devices)
        if not steps:
            return self.epochs
        wanted = self.least_steps / steps
        return max(self.epochs, wanted if self.most_epochs is None else min(wanted, self.most_epochs))

    def steps_of_epoch(self, examples: int, *, devices: int = 1) -> int:
        """Optimiser steps in which so many examples are seen once."""
        return math.ceil(examples / (self.batch_size * devices))

    @property
    def gradient_accumulation_steps(self) -> int:
        return max(1, self.batch_size // self.per_device_batch_size)


@dataclass(frozen=True, slots=True)
class SFTParams:
    """LoRA supervised fine-tuning on the seed set."""

    optim: OptimParams = field(default_factory=lambda: OptimParams(2e-4, 4, 16, 4))
    lora: LoraParams = field(default_factory=LoraParams)
    chains_per_question: int = 1
    """Completions written per labelled question, each naming another photo where no evidence is marked."""
    use_evidence: bool = True
    """Name the photo that the annotator marked as the evidence."""


@dataclass(frozen=True, slots=True)
class SampleParams:
    """Self-consistency sampling (arXiv 2203.11171)."""

    chains: int = 8
    temperature: float = 1.0
    max_new_tokens: int = 96
    listings_per_batch: int = 8
    """Listings whose prefix is encoded together; bounds memory, never changes a chain."""
    rows_per_batch: int = 256
    """Chains that are decoded together; bounds memory, never changes a chain."""
    listings_per_shard: int = 256
    """Listings that a worker takes at a time: what is lost when it dies."""
    engine: Engine = "built_in"


@dataclass(frozen=True, slots=True)
class PairParams:
    """Which chains of a question become pairs."""

    pairs_per_question: int = 1
    vote_threshold: float = 0.0
    """Least agreement of a question that is paired (ScPO, arXiv 2411.04109); 0 pairs every split vote."""
    weighting: Literal["none", "margin"] = "none"
    """none: w = 1 (the paper); margin: w = (votes(c) - votes(r)) / N (ScPO)."""
    most: int = MOST_EXAMPLES
    """Pairs of the pool that an iteration of DPO trains on, drawn by hash; bounds its memory and time."""
    write_confirmed: bool = True
    """Prefer a chain as SFT writes it where a reviewer confirmed an answer that no chain can stand for."""
    use_seed: bool = False
    """Pair chains of the seed set as well, those that end in the label being preferred (arXiv 2404.19733)."""


@dataclass(frozen=True, slots=True)
class DPOParams:
    """Direct preference optimisation (arXiv 2305.18290)."""

    optim: OptimParams = field(default_factory=lambda: OptimParams(5e-5, 1, 16, 2))
    beta: float = 0.1
    nll_weight: float = 0.0
    """Weight of the chosen chain's mean token NLL, added to the loss."""


@dataclass(frozen=True, slots=True)
class SelfTrainingParams:
    """SFT on the model's own confident answers: what DPO on pairs is compared with."""

    optim: OptimParams = field(default_factory=lambda: OptimParams(5e-5, 1, 16, 2))
    agreement: float = 0.85
    """Least agreement of an answer that counts as confident."""
    most: int = MOST_EXAMPLES
    """Answers of an iteration that are trained on, drawn by hash."""


@dataclass(frozen=True, slots=True)
class CollapseParams:
    """When a model counts as collapsed (stopping.py)."""

    window: int = 2
    """Iterations over which agreement is compared; raise it together with the patience."""
    margin: float = 0.05
    """Rise of mean agreement within the window, as a share, that must come with a better gold accuracy."""
    parseable_drop: float = 0.2
    """Fall of the share of gold chains that end in an allowed answer, from the best model so far."""


@dataclass(frozen=True, slots=True)
class LoopParams:
    """A whole run: a first adapter, then iterations that train it further."""

    model: ModelParams = field(default_factory=ModelParams)
    sft: SFTParams = field(default_factory=SFTParams)
    sample: SampleParams = field(default_factory=SampleParams)
    pair: PairParams = field(default_factory=PairParams)
    dpo: DPOParams = field(default_factory=DPOParams)
    self_training: SelfTrainingParams = field(default_factory=SelfTrainingParams)
    collapse: CollapseParams = field(default_factory=CollapseParams)
    strategy: Strategy = "sft_dpo"
    preset: str = ""
    """The name of the preset that these began as; empty: none."""
    iterations: int = ITERATIONS
    patience: int = 2
    """Iterations without a better gold accuracy after which the loop stops."""
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> LoopParams:
        """Rebuild from to_json(), also of older code that had fewer parameters.

        Raises:
            TypeError: on a key that is no parameter.
        """
        sft, dpo = dict(row["sft"]), dict(row["dpo"])
        self_training = row.get("self_training") or asdict(SelfTrainingParams())
        return cls(
            **{
                **{f.name: row[f.name] for f in fields(cls) if f.name in row},
                "model": ModelParams(**row["model"]),
                "sft": SFTParams(
                    **{**sft, "optim": OptimParams(**sft["optim"]), "lora": LoraParams(**sft["lora"])}
                ),
                "sample": SampleParams(**row["sample"]),
                "pair": PairParams(**row["pair"]),
                "dpo": DPOParams(**{**dpo, "optim": OptimParams(**dpo["optim"])}),
                "self_training": SelfTrainingParams(
                    **{**self_training, "optim": OptimParams(**self_training["optim"])}
                ),
                "collapse": CollapseParams(**row.get("collapse", {})),
            }
        )


BEST_PAIRS = PairParams(vote_threshold=0.5, weighting="margin", use_seed=True)
"""What measured best (docs/experiments.md)."""


def tiny_params(*, base: str = str(TINY_MODEL), seed: int = 0, iterations: int = ITERATIONS) -> LoopParams:
    """The preset for the tiny base model on two CPU cores."""
    iteration = OptimParams(3e-4, 1, 16, 16, least_steps=90, most_epochs=5)
    return LoopParams(
        model=ModelParams(base=base, device="cpu", dtype="float32"),
        sft=SFTParams(optim=OptimParams(7e-4, 3, 16, 16, least_steps=90)),
        sample=SampleParams(
            max_new_tokens=24, listings_per_batch=16, rows_per_batch=512, listings_per_shard=16
        ),
        pair=BEST_PAIRS,
        dpo=DPOParams(optim=iteration, nll_weight=0.2),
        self_training=SelfTrainingParams(optim=iteration),
        preset="tiny",
        iterations=iterations,
        seed=seed,
    )
