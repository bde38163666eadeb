"""A stage that is done -> what it took of which device."""

import json
from collections.abc import Mapping
from typing import Any

from training.devices import worker_device
from training.ml.run import LoopRun, Stage
from training.ml.shards import SHARDED
from training.ml.steplog import LOG_FILE, last_steps
from training.models import CPU, RoundStage
from training.services.loop import DeviceTime, shard_times

TRAININGS = ("sft", "dpo", "retrain")
A_GPU = "GPU"
"""Of a training in processes of its own, whose GPU's name this one does not know."""


def stage_times(run: LoopRun, stage: Stage, row: RoundStage, result: Mapping[str, Any]) -> list[DeviceTime]:
    """What the stage took, to be asked in the process that ran it.

    A sharded stage took what its shards did. Any other took its seconds on this process's device, also where
    a GPU only waited meanwhile, and a training that many times as it had processes; one that was killed and
    went on took the seconds of all its steps.
    """
    if stage.name in SHARDED:
        return shard_times(stage_id=row.pk)
    seconds = max(result.get("seconds", 0.0), result.get("work_seconds", 0.0))
    if stage.name not in TRAININGS:
        return [DeviceTime(worker_device(), seconds)]
    processes = _processes(run, stage)
    return [DeviceTime(_trained_on(run, stage), processes * seconds, processes)]


def _trained_on(run: LoopRun, stage: Stage) -> str:
    """The device of a training, as its log and this process have it."""
    steps = last_steps(run.path(stage) / LOG_FILE)
    here = worker_device()
    return A_GPU if here == CPU and steps and steps[-1].device == "cuda" else here


def _processes(run: LoopRun, stage: Stage) -> int:
    """Those that a training ran in, as it wrote down beside its adapter."""
    try:
        found = json.loads((run.path(stage) / "adapter" / "manifest.json").read_text())
    except FileNotFoundError:
        return 1
    return int(found.get("processes", 1))
