"""Direct preference optimisation on voted pairs, with TRL (METHOD.md, step 6; arXiv 2305.18290)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import logsigmoid
from trl import DPOConfig, DPOTrainer
from trl.trainer.dpo_trainer import DataCollatorForVisionPreference
from trl.trainer.utils import use_adapter

from training.ml.errors import DataError
from training.ml.finetune import (
    IGNORED,
    Example,
    completion_logps,
    lazy_dataset,
    one_gpu,
    prompt_example,
    run_training,
    save_adapter,
    trainer_options,
)
from training.ml.model import load_model, load_processor
from training.ml.parallel import on_all_gpus, shared_folder
from training.ml.params import DPOParams, ModelParams
from training.ml.photos import PhotoMemory
from training.ml.progress import Progress
from training.ml.prompts import completion_messages
from training.ml.records import Pair, Question

DPORow = tuple[Question, Pair]


@on_all_gpus
def train_dpo(
    pairs: Sequence[Pair],
    questions: Sequence[Question],
    params: DPOParams,
    model: ModelParams,
    *,
    adapter: Path,
    out: Path,
    seed: int,
    progress: Progress,
    log: Path | None = None,
    checkpoints: Path | None = None,
) -> dict[str, Any]:
    """Train a copy of `adapter` on the pairs and write it to `out`, whole or not at all.

    The reference is `adapter` as it was: TRL keeps a frozen second copy of it in the same model.

    Args:
        questions: at least those that the pairs are about.
        log: file that gets a line a step (steplog.py).
        checkpoints: folder to keep checkpoints in, and to go on from (checkpoints.py).

    Returns:
        pairs, steps, and of each optimiser step: losses, margins (mean reward difference, nats times beta)
        and accuracies (share of pairs whose preferred chain has the higher reward).

    Raises:
        DataError: without pairs, at a pair about an unknown question, or at a photo that cannot be opened.
    """
    rows = _rows(pairs, questions)
    processor = load_processor(model)
    with shared_folder(out) as folder:
        trainer = WeightedDPOTrainer(
            model=load_model(model, adapter, trainable=True),
            args=dpo_config(params, model, examples=len(rows), out=checkpoints or folder, seed=seed),
            train_dataset=lazy_dataset(rows, partial(_example, photos=PhotoMemory(processor))),
            processing_class=processor,
            data_collator=WeightedPreferenceCollator(processor),
        )
        logged = run_training(trainer, progress, log, checkpoints)
        manifest = {
            "stage": "dpo",
            "model": asdict(model),
            "params": asdict(params),
            "seed": seed,
            "examples": len(rows),
        }
        save_adapter(trainer, folder, manifest)
    return {
        "pairs": len(rows),
        "steps": len(logged),
        "losses": [entry["loss"] for entry in logged],
        "margins": [entry["rewards/margins"] for entry in logged],
        "accuracies": [entry["rewards/accuracies"] for entry in logged],
    }


def dpo_config(params: DPOParams, model: ModelParams, *, examples: int, out: Path, seed: int) -> DPOConfig:
    """TRL's configuration: the sigmoid loss, plus the preferred chains' weighted mean token NLL."""
    return one_gpu(
        DPOConfig(
            beta=params.beta,
            loss_type=["sigmoid", "sft"],
            loss_weights=[1.0, params.nll_weight],
            **trainer_options(params.optim, model, examples=examples, out=out, seed=seed),
        )
    )


class WeightedPreferenceCollator(DataCollatorForVisionPreference):
    """TRL's batch of chosen and rejected completions, with the weight of each pair."""

    def torch_call(self, examples: list[Example]) -> dict[str, Any]:
        weights = [example["weight"] for example in examples]
        return {**super().torch_call(examples), "weight": torch.tensor(weights)}


class WeightedDPOTrainer(DPOTrainer):
    """TRL's DPO in which each pair has a weight, as in ScPO (arXiv 2411.04109)."""

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> torch.Tensor:
        """-w log sigmoid(beta [(log pi(c) - log ref(c)) - (log pi(r) - log ref(r))]), mean over the batch.

        The second of `loss_weights` adds the mean NLL of the preferred chains' tokens.
        """
        weight = inputs.pop("weight")
        labels = inputs["input_ids"].masked_fill(inputs.pop("completion_mask") == 0, IGNORED)
        policy = completion_logps(model, inputs, labels)
        with torch.no_grad(), use_adapter(self.accelerator.unwrap_model(model), "ref"):
            reference = completion_logps(model, inputs, labels)
        log_ratio_chosen, log_ratio_rejected = (policy - reference).sum(dim=1).chunk(2)
        margin = self.beta * (log_ratio_chosen - log_ratio_rejected)
        self._record(margin.detach())
        preference_weight, nll_weight = self.loss_weights
        nll = -policy.chunk(2)[0].sum() / (labels.chunk(2)[0] != IGNORED).sum()
        loss: torch.Tensor = nll_weight * nll - preference_weight * (weight * logsigmoid(margin)).mean()
        return loss

    def _record(self, margin: torch.Tensor) -> None:
        metrics = self._metrics["train"]
        metrics["rewards/margins"].append(margin.mean().item())
        metrics["rewards/accuracies"].append((margin > 0).float().mean().item())


def _rows(pairs: Sequence[Pair], questions: Sequence[Question]) -> list[DPORow]:
    if not pairs:
        raise DataError(
            "there is no pair to train on: every question is unanimous or below the vote threshold"
        )
    by_id = {question.question_id: question for question in questions}
    unknown = [pair.question_id for pair in pairs if pair.question_id not in by_id]
    if unknown:
        raise DataError(
            f"a pair is about question {unknown[0]!r}, which is not in the data: "
            "give the folder that it was made from"
        )
    return [(by_id[pair.question_id], pair) for pair in pairs]


def _example(row: DPORow, *, photos: PhotoMemory) -> Example:
    question, pair = row
    return {
        **prompt_example(question, photos),
        "chosen": completion_messages(pair.chosen),
        "rejected": completion_messages(pair.rejected),
        "weight": pair.weight,
    }
