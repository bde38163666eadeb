"""Shards drawn by processes that share nothing, without queue or database: what the machine itself can do."""

import multiprocessing
import time
from contextlib import suppress
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError

from training.ml.progress import silent
from training.ml.run import LoopRun, Stage
from training.ml.runner import Runner


def draw_plainly(run: LoopRun, stage: Stage, *, processes: int) -> float:
    """Questions a second that so many processes draw, once each has its model; what they draw is thrown away.

    They are forked: whatever the caller has loaded, they have.

    Raises:
        RuntimeError: when one of them failed; it printed why.
    """
    context = multiprocessing.get_context("fork")
    ready = context.Barrier(processes + 1)
    workers = [context.Process(target=_draw, args=(run, stage, part, ready)) for part in range(processes)]
    for worker in workers:
        worker.start()
    with suppress(BrokenBarrierError):  # Then one of them failed.
        ready.wait()
    began = time.monotonic()
    for worker in workers:
        worker.join()
    seconds = time.monotonic() - began
    if any(worker.exitcode for worker in workers):
        raise RuntimeError("a process that drew shards failed; what it printed says why")
    return sum(span.count for span in Runner().spans(run, stage)) / seconds


def _draw(run: LoopRun, stage: Stage, part: int, ready: Barrier) -> None:
    """Draw every shard whose turn it is, after the first one has been drawn to have the model."""
    runner = Runner()
    spans = runner.spans(run, stage)
    try:
        runner.shard(run, stage, spans[0], progress=silent)
    except BaseException:
        ready.abort()
        raise
    ready.wait()
    for span in spans[part :: ready.parties - 1]:
        runner.shard(run, stage, span, progress=silent)
