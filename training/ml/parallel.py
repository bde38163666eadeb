"""A training on several GPUs of one machine: a process for each, as `accelerate launch` starts them.

transformers' Trainer finds the processes by the variables RANK, LOCAL_RANK, WORLD_SIZE and MASTER_*: each
takes its part of every batch, and they add up their gradients. What a caller sees is what the training in one
process would be: its progress, its result, its errors. What ends the caller ends every process.
"""

from __future__ import annotations

import json
import os
import pickle  # nosec B403
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, ParamSpec

from training.ml.errors import DataError
from training.ml.newfolder import new_folder
from training.ml.params import ModelParams
from training.ml.progress import Progress

P = ParamSpec("P")
Result = dict[str, Any]
ROOT = Path(__file__).parents[2]


class TrainingDied(RuntimeError):
    """A process of a training ended, and with it the others."""


def on_all_gpus(train: Callable[P, Result]) -> Callable[P, Result]:
    """Have a training use as many GPUs as its ModelParams name and the machine has.

    With one GPU, or on the CPU, it runs in this process.
    """

    @wraps(train)
    def run(*args: P.args, **kwargs: P.kwargs) -> Result:
        [model] = [one for one in (*args, *kwargs.values()) if isinstance(one, ModelParams)]
        count = gpu_count(model)
        return train(*args, **kwargs) if count < 2 else in_processes(count, run, *args, **kwargs)

    return run


def gpu_count(model: ModelParams) -> int:
    """GPUs that a training would use here; 0: none."""
    if model.gpus < 2 or not model.device.startswith(("auto", "cuda")):
        return min(model.gpus, 1)
    import torch

    return min(model.gpus, torch.cuda.device_count())


def in_processes(count: int, train: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    """Run a training that `on_all_gpus` wraps in so many processes; its progress is that of the first one.

    Raises:
        DataError: the first that a process met.
        TrainingDied: when a process ended otherwise.
    """
    progress: Progress = kwargs.pop("progress")
    with _started(count, pickle.dumps((train, args, kwargs))) as processes:
        result = _listen(processes, progress)
    if result is None:
        raise TrainingDied("the training's processes ended without a result: the worker's log says more")
    return result


def is_first() -> bool:
    """This process is the one of a training that writes its files; so is one that trains alone."""
    return os.environ.get("RANK", "0") == "0"


def process_count() -> int:
    """Processes that this one trains with, itself included."""
    return int(os.environ.get("WORLD_SIZE", "1"))


@contextmanager
def shared_folder(out: Path) -> Iterator[Path]:
    """`new_folder` of the first process, which the others write beside."""
    if not is_first():
        yield out.with_name(out.name + ".partial")
        return
    with new_folder(out) as folder:
        yield folder


@contextmanager
def _started(count: int, job: bytes) -> Iterator[Sequence[subprocess.Popen[bytes]]]:
    """The processes, at the job; none outlives the block, nor this process: each reads a pipe of it."""
    port = str(_free_port())
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for rank in range(count):
            own = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(count)}
            shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "LOCAL_WORLD_SIZE": str(count)}
            path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "training.ml.rank"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env={**os.environ, **own, **shared, "PYTHONPATH": path},
                )
            )
        for process in processes:
            assert process.stdin
            with suppress(BrokenPipeError):  # It ended: its exit code says so.
                process.stdin.write(job)
                process.stdin.flush()
        yield processes
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            with suppress(BrokenPipeError), process:
                pass


def _listen(processes: Sequence[subprocess.Popen[bytes]], progress: Progress) -> Result | None:
    """Pass on what the processes say until the last one has ended."""
    heard: SimpleQueue[tuple[subprocess.Popen[bytes], bytes]] = SimpleQueue()
    for process in processes:
        Thread(target=_hear, args=[process, heard], daemon=True).start()
    result, talking = None, len(processes)
    while talking:
        process, line = heard.get()
        if not line:
            talking -= 1
            if code := process.wait():
                raise TrainingDied(f"a process of the training ended with {code}: the worker's log says more")
            continue
        said = json.loads(line)
        if "error" in said:
            raise DataError(said["error"])
        if "progress" in said:
            progress(*said["progress"])
        result = said.get("result", result)
    return result


def _hear(
    process: subprocess.Popen[bytes], heard: SimpleQueue[tuple[subprocess.Popen[bytes], bytes]]
) -> None:
    """Put each line that the process says into the queue, and an empty one at its end."""
    assert process.stdout
    for line in iter(process.stdout.readline, b""):
        heard.put((process, line))
    heard.put((process, b""))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
