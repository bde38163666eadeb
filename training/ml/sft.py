"""LoRA supervised fine-tuning on the seed set, with TRL (METHOD.md, step 2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel
from transformers import PreTrainedModel, ProcessorMixin
from trl import SFTConfig, SFTTrainer

from training.ml.answering import IGNORED, LABELS, answer_batch, completion_logps
from training.ml.errors import DataError
from training.ml.features import FeatureStore
from training.ml.finetune import (
    Example,
    ListingTrainer,
    lazy_dataset,
    one_gpu,
    run_training,
    save_adapter,
    trainer_options,
)
from training.ml.model import load_model, load_processor
from training.ml.parallel import on_all_gpus, shared_folder
from training.ml.params import LoraParams, ModelParams, OptimParams, SelfTrainingParams, SFTParams
from training.ml.progress import Progress
from training.ml.prompts import completion_messages, prompt_messages
from training.ml.reading import PromptReader
from training.ml.records import Chain, Question
from training.ml.written import written_chains

SFTRow = tuple[Question, str]
"""(question, the chain that answers it)"""


@on_all_gpus
def train_sft(
    questions: Sequence[Question],
    params: SFTParams,
    model: ModelParams,
    *,
    out: Path,
    seed: int,
    progress: Progress,
    log: Path | None = None,
    checkpoints: Path | None = None,
    features: FeatureStore | None = None,
) -> dict[str, Any]:
    """Train a new adapter on answered questions and write it to `out`, whole or not at all.

    The loss is the mean NLL of the completion's tokens, its end of turn included, each times the weight of
    its question; the prompt's are masked.

    Args:
        log: file that gets a line a step (steplog.py).
        checkpoints: folder to keep checkpoints in, and to go on from (checkpoints.py).
        features: where what the vision tower sees is kept.

    Returns:
        examples, steps, and losses: nats per token of each optimiser step, with loss_first and loss_last.

    Raises:
        DataError: without questions, at a photo that cannot be opened, or when no layer takes the adapter.
    """
    rows = sft_rows(questions, params, seed=seed)
    if not rows:
        raise DataError("there is no labelled question to train on: label listings of the seed set")
    base = load_model(model)
    _check_targets(base, params.lora, model)
    return _train(
        rows,
        base,
        params.optim,
        model,
        lora=lora_config(params.lora),
        manifest={"stage": "sft", "params": asdict(params)},
        out=out,
        seed=seed,
        progress=progress,
        log=log,
        checkpoints=checkpoints,
        features=features,
    )


@on_all_gpus
def retrain(
    chains: Sequence[Chain],
    questions: Sequence[Question],
    params: SelfTrainingParams,
    model: ModelParams,
    *,
    adapter: Path,
    out: Path,
    seed: int,
    progress: Progress,
    log: Path | None = None,
    checkpoints: Path | None = None,
    features: FeatureStore | None = None,
) -> dict[str, Any]:
    """Train a copy of `adapter` on the model's own chains, and write it to `out`, whole or not at all.

    Args:
        questions: at least those that the chains answer.
        log: file that gets a line a step (steplog.py).
        checkpoints: folder to keep checkpoints in, and to go on from (checkpoints.py).
        features: where what the vision tower sees is kept.

    Returns:
        As train_sft.

    Raises:
        DataError: at a photo that cannot be opened.
    """
    by_id = {question.question_id: question for question in questions}
    return _train(
        [(by_id[chain.question_id], chain.text) for chain in chains],
        load_model(model, adapter, trainable=True),
        params.optim,
        model,
        lora=None,
        manifest={"stage": "retrain", "params": asdict(params)},
        out=out,
        seed=seed,
        progress=progress,
        log=log,
        checkpoints=checkpoints,
        features=features,
    )


def _train(
    rows: Sequence[SFTRow],
    trained: PreTrainedModel | PeftModel,
    optim: OptimParams,
    model: ModelParams,
    *,
    lora: LoraConfig | None,
    manifest: Mapping[str, Any],
    out: Path,
    seed: int,
    progress: Progress,
    log: Path | None,
    checkpoints: Path | None,
    features: FeatureStore | None,
) -> dict[str, Any]:
    """Train a new adapter as `lora` describes it, or without that the one that `trained` has."""
    processor = load_processor(model)
    with shared_folder(out) as folder:
        trainer = CompletionSFTTrainer(
            model=trained,
            args=one_gpu(
                SFTConfig(
                    completion_only_loss=True,
                    **trainer_options(optim, model, examples=len(rows), out=checkpoints or folder, seed=seed),
                )
            ),
            train_dataset=lazy_dataset(rows, sft_example),
            processing_class=processor,
            data_collator=SFTCollator(trained, processor, features),
            peft_config=lora,
        )
        losses = [entry["loss"] for entry in run_training(trainer, progress, log, checkpoints)]
        found = {"model": asdict(model), "seed": seed, "examples": len(rows)}
        save_adapter(trainer, folder, {**manifest, **found})
    return {
        "examples": len(rows),
        "steps": len(losses),
        "loss_first": losses[0],
        "loss_last": losses[-1],
        "losses": losses,
    }


class CompletionSFTTrainer(ListingTrainer, SFTTrainer):
    """TRL's SFT with the head applied to completions alone: the same loss in less time."""

    loss_is_scaled_for_ga = False  # type: ignore[assignment]  # TRL declares None

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> torch.Tensor:
        """Mean NLL of the batch's completion tokens, each times the weight of its example.

        It is divided by the number of tokens, not by their weight: what is trusted less teaches less.
        """
        weight = inputs.pop("weight")
        logps = completion_logps(model, inputs)
        loss: torch.Tensor = -(weight[:, None, None] * logps).sum() / (inputs[LABELS] != IGNORED).sum()
        return loss


class SFTCollator:
    """Batches of answered questions, with the weight of each."""

    def __init__(self, model: Any, processor: ProcessorMixin, features: FeatureStore | None) -> None:
        self._processor = processor
        self._reader = PromptReader(model, processor, features, remember=True)

    def __call__(self, examples: Sequence[Example]) -> dict[str, Any]:
        rows = [(example["question"], [example["chain"]]) for example in examples]
        batch = answer_batch(rows, self._reader, self._processor)
        return {**batch, "weight": torch.tensor([example["weight"] for example in examples])}


def sft_rows(questions: Sequence[Question], params: SFTParams, *, seed: int) -> list[SFTRow]:
    """Chains for every answered question, each looking at another photo.

    The photos are the marked evidence, or any where none is marked. The draw depends on the seed and the
    question alone.
    """
    return [
        (question, chain)
        for question in questions
        for chain in written_chains(
            question, count=params.chains_per_question, use_evidence=params.use_evidence, seed=seed
        )
    ]


def sft_example(row: SFTRow) -> Example:
    """A row of the dataset: what TRL asks every one for, and what SFTCollator makes batches of."""
    question, chain = row
    return {
        "prompt": prompt_messages(question),
        "completion": completion_messages(chain),
        "images": [],
        "question": question,
        "chain": chain,
        "weight": question.weight,
    }


def lora_config(lora: LoraParams) -> LoraConfig:
    """peft's configuration of a new adapter."""
    return LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=lora.target_modules,
        task_type="CAUSAL_LM",
    )


def _check_targets(base: torch.nn.Module, lora: LoraParams, model: ModelParams) -> None:
    if not any(re.fullmatch(lora.target_modules, name) for name, _ in base.named_modules()):
        raise DataError(
            f"lora.target_modules {lora.target_modules!r} matches no layer of {model.base}: "
            "give a regular expression over its module names"
        )
