"""What SFT and DPO share: trainer options, data that is made on demand, progress, the saved adapter."""

from __future__ import annotations

import json
import random
import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import torch
from datasets import Dataset
from peft import PeftModel
from torch.utils.data import Sampler
from transformers import (
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from training.ml.checkpoints import Checkpoints
from training.ml.model import resolve_device, resolve_dtype
from training.ml.parallel import is_first, process_count
from training.ml.params import ModelParams, OptimParams
from training.ml.progress import Progress
from training.ml.records import Question
from training.ml.steplog import Step, StepLog
from training.ml.version import library_versions

Row = TypeVar("Row", bound=tuple[Question, Any])
Options = TypeVar("Options", bound=TrainingArguments)
Example = dict[str, Any]

LISTING = "listing"
"""Column of a lazy_dataset: whose question a row answers."""


def trainer_options(
    optim: OptimParams, model: ModelParams, *, examples: int, out: Path, seed: int
) -> dict[str, Any]:
    """The part of TRL's SFTConfig and DPOConfig that both stages share.

    AdamW; the learning rate rises linearly over `warmup_ratio` of the steps, rounded down because the first
    step of a warm-up learns nothing, and falls to zero along a cosine. Nothing is truncated: a photo's tokens
    cannot be cut.
    """
    epochs = optim.epochs_of(examples, devices=process_count())
    steps = epochs * optim.steps_of_epoch(examples, devices=process_count())
    device, dtype = resolve_device(model).type, resolve_dtype(model)
    checkpointing = optim.gradient_checkpointing
    return {
        "output_dir": str(out),
        "learning_rate": optim.learning_rate,
        "num_train_epochs": epochs,
        "per_device_train_batch_size": optim.per_device_batch_size,
        "gradient_accumulation_steps": optim.gradient_accumulation_steps,
        "lr_scheduler_type": "cosine",
        "warmup_steps": int(optim.warmup_ratio * steps),
        "weight_decay": optim.weight_decay,
        "max_grad_norm": optim.max_grad_norm,
        "gradient_checkpointing": device == "cuda" if checkpointing is None else checkpointing,
        "use_cpu": device == "cpu",
        "ddp_find_unused_parameters": False,  # Every weight of an adapter takes part in every step.
        "bf16": dtype == torch.bfloat16,
        "fp16": dtype == torch.float16,
        "max_length": None,
        "seed": seed,
        "data_seed": seed,
        "dataloader_pin_memory": device == "cuda",
        "remove_unused_columns": False,
        "save_strategy": "no",  # Checkpoints are asked for by checkpoints.py.
        "save_total_limit": 2,
        "logging_steps": 1,
        "report_to": "none",
        "disable_tqdm": True,
    }


def one_gpu(args: Options) -> Options:
    """The options for a process that trains on one GPU: not on all that it sees, as DataParallel would."""
    args._n_gpu = min(args.n_gpu, 1)
    return args


def lazy_dataset(rows: Sequence[Row], example: Callable[[Row], Example]) -> Dataset:
    """A dataset that makes each example, and so opens its photos, when a batch asks for it."""

    def examples(batch: Mapping[str, list[int]]) -> dict[str, list[Any]]:
        made = [example(rows[number]) for number in batch["row"]]
        return {key: [one[key] for one in made] for key in made[0]}

    listings = [question.listing.listing_id for question, _ in rows]
    return Dataset.from_dict({"row": range(len(rows)), LISTING: listings}).with_transform(examples)


class ListingOrder(Sampler[int]):
    """Every example once an epoch: listings in random order, the examples of each in a row, in random order.

    The order depends on seed, epoch and the listings alone, so a training that goes on, and every one of
    several processes, finds it again.

    Args:
        listings: the listing of each example.
        epoch: tells which one begins. It is asked for because accelerate, where several processes go on from
            a checkpoint, tells it to none but its own samplers.
    """

    def __init__(self, listings: Sequence[str], *, seed: int, epoch: Callable[[], int]) -> None:
        self._listings, self._seed, self._epoch = listings, seed, epoch

    def __len__(self) -> int:
        return len(self._listings)

    def __iter__(self) -> Iterator[int]:
        chance = random.Random(f"{self._seed} {self._epoch()}")
        together: dict[str, list[int]] = {}
        for number, listing in enumerate(self._listings):
            together.setdefault(listing, []).append(number)
        groups = list(together.values())
        chance.shuffle(groups)
        for group in groups:
            chance.shuffle(group)
        return chain.from_iterable(groups)


class ListingTrainer(Trainer):
    """Takes the examples of a lazy_dataset in ListingOrder."""

    def _get_train_sampler(self, train_dataset: Any = None) -> ListingOrder:
        examples: Any = self.train_dataset if train_dataset is None else train_dataset
        listings = examples.with_format(None)[LISTING]
        return ListingOrder(listings, seed=self.args.seed, epoch=lambda: int(self.state.epoch or 0))


def run_training(
    trainer: Trainer, progress: Progress, log: Path | None = None, checkpoints: Path | None = None
) -> list[dict[str, float]]:
    """Train to the end; returns what each step logged. Whatever `progress` raises stops the training.

    Args:
        log: file that gets a line a step, for those who watch (steplog.py).
        checkpoints: the trainer's output_dir, when it is to go on behind what an earlier try left there.
    """
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(_Steps(progress))
    if log is not None and is_first():
        trainer.add_callback(_Log(StepLog(log)))
    last = None
    if checkpoints is not None:
        keeper = Checkpoints(checkpoints, log)
        trainer.add_callback(keeper)
        last = keeper.restore()
    trainer.train(resume_from_checkpoint=str(last) if last else None)
    return [entry for entry in trainer.state.log_history if "loss" in entry]


class _Steps(TrainerCallback):
    """Reports every optimiser step, and before the first one how many are done."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.progress(state.global_step, state.max_steps)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.progress(state.global_step, state.max_steps)


class _Log(TrainerCallback):
    """Writes down what every optimiser step found."""

    def __init__(self, log: StepLog) -> None:
        self.log = log

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.started = time.monotonic()
        self.log.begin(after=state.global_step)

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        found = kwargs["logs"]
        if "loss" in found:  # The last entry sums the training up.
            device, memory = _most_memory()
            seconds = round(time.monotonic() - self.started, 3)
            margin = found.get("rewards/margins")
            self.log.add(Step(state.global_step, found["loss"], seconds, device, memory, margin))


def _most_memory() -> tuple[str, int]:
    """(device, bytes): the most that was in use so far on the GPU, or by the process where there is none."""
    if torch.cuda.is_initialized():
        return "cuda", torch.cuda.max_memory_allocated()
    return "cpu", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def save_adapter(trainer: Trainer, folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the trained adapter as safetensors, and manifest.json with the versions that made it."""
    assert isinstance(trainer.model, PeftModel)
    if not is_first():
        return
    trainer.model.save_pretrained(str(folder), selected_adapters=["default"], save_embedding_layers=False)
    written = {**manifest, "processes": process_count(), "versions": library_versions()}
    (folder / "manifest.json").write_text(json.dumps(written, indent=1) + "\n")
