"""A training that is killed goes on behind its last checkpoint, to the same adapter as one that is not.

The trainer writes adapter, optimiser, schedule, random states and log. What is here decides when, and which
checkpoints are whole: the trainer writes into the checkpoint's own folder, so a kill may leave half of one.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from training.ml.newfolder import WHOLE, newest_checkpoint

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
        newest = newest_checkpoint(self._folder)
        if newest and self._log and (newest / self._log.name).is_file():
            shutil.copy(newest / self._log.name, self._log)
        return newest

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Ask for a checkpoint when one is due."""
        self._asked = time.monotonic()
        if self._asked >= self._due and state.global_step < state.max_steps:
            control.should_save = True

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Mark what was written, and decide when the next one is due."""
        checkpoint = self._folder / f"checkpoint-{state.global_step}"
        if self._log and self._log.is_file():
            shutil.copy(self._log, checkpoint / self._log.name)
        (checkpoint / WHOLE).touch()
        now = time.monotonic()
        self._due = now + max(self._least, (now - self._asked) / SHARE_OF_TIME)
