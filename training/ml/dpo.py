"""Direct preference optimisation on voted pairs, with TRL (METHOD.md, step 6; arXiv 2305.18290)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import logsigmoid
from transformers import ProcessorMixin
from trl import DPOConfig, DPOTrainer
from trl.trainer.utils import use_adapter

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
from training.ml.params import DPOParams, ModelParams
from training.ml.progress import Progress
from training.ml.prompts import completion_messages, prompt_messages
from training.ml.reading import PromptReader
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
    features: FeatureStore | None = None,
) -> dict[str, Any]:
    """Train a copy of `adapter` on the pairs and write it to `out`, whole or not at all.

    The reference is `adapter` as it was: TRL keeps a frozen second copy of it in the same model.

    Args:
        questions: at least those that the pairs are about.
        log: file that gets a line a step (steplog.py).
        checkpoints: folder to keep checkpoints in, and to go on from (checkpoints.py).
        features: where what the vision tower sees is kept.

    Returns:
        pairs, steps, and of each optimiser step: losses, margins (mean reward difference, nats times beta)
        and accuracies (share of pairs whose preferred chain has the higher reward).

    Raises:
        DataError: without pairs, at a pair about an unknown question, or at a photo that cannot be opened.
    """
    rows = _rows(pairs, questions)
    processor, policy = load_processor(model), load_model(model, adapter, trainable=True)
    with shared_folder(out) as folder:
        trainer = WeightedDPOTrainer(
            model=policy,
            args=dpo_config(params, model, examples=len(rows), out=checkpoints or folder, seed=seed),
            train_dataset=lazy_dataset(rows, dpo_example),
            processing_class=processor,
            data_collator=PreferenceCollator(policy, processor, features),
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


class PreferenceCollator:
    """Batches of chosen and rejected completions of one prompt each, with the weight of each pair."""

    def __init__(self, model: Any, processor: ProcessorMixin, features: FeatureStore | None) -> None:
        self._processor = processor
        self._reader = PromptReader(model, processor, features, remember=True)

    def __call__(self, examples: Sequence[Example]) -> dict[str, Any]:
        rows = [(one["question"], [one["pair"].chosen, one["pair"].rejected]) for one in examples]
        batch = answer_batch(rows, self._reader, self._processor)
        return {**batch, "weight": torch.tensor([one["pair"].weight for one in examples])}


class WeightedDPOTrainer(ListingTrainer, DPOTrainer):
    """TRL's DPO with weights of pairs, as in ScPO (arXiv 2411.04109), that reads a pair's prompt once."""

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> torch.Tensor:
        """-w log sigmoid(beta [(log pi(c) - log ref(c)) - (log pi(r) - log ref(r))]), mean over the batch.

        The second of `loss_weights` adds the mean NLL of the preferred chains' tokens.
        """
        weight = inputs.pop("weight")
        policy = completion_logps(model, inputs)
        with torch.no_grad(), use_adapter(self.accelerator.unwrap_model(model), "ref"):
            reference = completion_logps(model, inputs)
        chosen, rejected = (policy - reference).sum(dim=2).unbind(dim=1)
        margin = self.beta * (chosen - rejected)
        self._record(margin.detach())
        preference_weight, nll_weight = self.loss_weights
        nll = -policy[:, 0].sum() / (inputs[LABELS][:, 0] != IGNORED).sum()
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


def dpo_example(row: DPORow) -> Example:
    """A row of the dataset: what TRL asks every one for, and what PreferenceCollator makes batches of."""
    question, pair = row
    return {
        "prompt": prompt_messages(question),
        "chosen": completion_messages(pair.chosen),
        "rejected": completion_messages(pair.rejected),
        "images": [],
        "question": question,
        "pair": pair,
    }
