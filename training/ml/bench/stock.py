"""TRL's own trainers over the same rows in the same order: what our trainings are held against."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trl import DPOTrainer, SFTConfig, SFTTrainer

from training.ml.dpo import DPORow, dpo_config
from training.ml.encoding import open_photos
from training.ml.finetune import Example, ListingTrainer, lazy_dataset, one_gpu, trainer_options
from training.ml.model import load_model, load_processor
from training.ml.params import DPOParams, ModelParams, SFTParams
from training.ml.prompts import completion_messages, prompt_messages
from training.ml.sft import SFTRow, lora_config


class StockSFTTrainer(ListingTrainer, SFTTrainer):
    """TRL's, but for the order of examples."""


class StockDPOTrainer(ListingTrainer, DPOTrainer):
    """Likewise."""


def stock_sft(
    rows: Sequence[SFTRow], params: SFTParams, model: ModelParams, *, out: Path, seed: int
) -> StockSFTTrainer:
    """TRL's SFT with a new adapter, its own collator and loss."""
    options = trainer_options(params.optim, model, examples=len(rows), out=out, seed=seed)
    return StockSFTTrainer(
        model=load_model(model),
        args=one_gpu(SFTConfig(completion_only_loss=True, **options)),
        train_dataset=lazy_dataset(rows, stock_sft_example),
        processing_class=load_processor(model),
        peft_config=lora_config(params.lora),
    )


def stock_dpo(
    rows: Sequence[DPORow], params: DPOParams, model: ModelParams, *, adapter: Path, out: Path, seed: int
) -> StockDPOTrainer:
    """TRL's DPO of a copy of the adapter, its own collator and loss."""
    return StockDPOTrainer(
        model=load_model(model, adapter, trainable=True),
        args=dpo_config(params, model, examples=len(rows), out=out, seed=seed),
        train_dataset=lazy_dataset(rows, stock_dpo_example),
        processing_class=load_processor(model),
    )


def stock_sft_example(row: SFTRow) -> Example:
    """A question and its chain, as TRL documents conversations with photos."""
    question, chain = row
    return {
        "prompt": prompt_messages(question),
        "completion": completion_messages(chain),
        "images": open_photos(question.listing),
    }


def stock_dpo_example(row: DPORow) -> Example:
    """A question and its pair, likewise."""
    question, pair = row
    return {
        "prompt": prompt_messages(question),
        "chosen": completion_messages(pair.chosen),
        "rejected": completion_messages(pair.rejected),
        "images": open_photos(question.listing),
    }
