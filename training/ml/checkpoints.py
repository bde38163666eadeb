"""A training that is killed goes on behind its last checkpoint, to the same adapter as one that is not.

The trainer writes adapter, optimiser, schedule, random states and log. What is here decides when, and which
checkpoints are whole: the trainer writes into the checkpoint's own folder, so a kill may leave half of one.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import torch
from torch import distributed
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from training.ml.newfolder import WHOLE, newest_checkpoint
from training.ml.parallel import is_first, process_count

LEAST_SECONDS = 2.0
"""Checkpoints are at least so far apart."""
SHARE_OF_TIME = 0.02
"""Writing them takes at most this share of the training's time."""


class Checkpoints(TrainerCallback):
    """Asks the trainer for a checkpoint now and then, and marks the ones that are whole.

    Args:
        folder: the trainer's output_dir.
        log: file with a line a step (steplog.py), which is kept with each checkpoint.
        least_seconds: between two checkpoints.
    """

    def __init__(self, folder: Path, log: Path | None, *, least_seconds: float = LEAST_SECONDS) -> None:
        self._folder, self._log, self._least = folder, log, least_seconds
        self._due = time.monotonic() + least_seconds
        self._asked = 0.0

    def restore(self) -> Path | None:
        """The newest whole checkpoint, with its log put back; None where the training begins."""
        newest = newest_checkpoint(self._folder, processes=process_count())
        if is_first() and newest and self._log and (newest / self._log.name).is_file():
            shutil.copy(newest / self._log.name, self._log)
        return newest

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Ask for a checkpoint when one is due."""
        self._asked = time.monotonic()
        if _of_first(self._asked >= self._due, args) and state.global_step < state.max_steps:
            control.should_save = True

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Mark what was written, and decide when the next one is due."""
        checkpoint = self._folder / f"checkpoint-{state.global_step}"
        if distributed.is_initialized():
            distributed.barrier()  # Each process writes its own random state.
        if is_first():
            if self._log and self._log.is_file():
                shutil.copy(self._log, checkpoint / self._log.name)
            (checkpoint / WHOLE).write_text(str(process_count()))
        now = time.monotonic()
        self._due = now + max(self._least, (now - self._asked) / SHARE_OF_TIME)


def _of_first(decision: bool, args: TrainingArguments) -> bool:
    """What the first of a training's processes decides: their clocks differ, and all must save or none."""
    if not distributed.is_initialized():
        return decision
    said = torch.tensor(decision, device=args.device)
    distributed.broadcast(said, src=0)
    return bool(said)
