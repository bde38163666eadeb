"""A worker that is replaced when it is killed, at once and with everything loaded.

The keeper loads what a worker needs, torch above all, and then forks: the worker is a child that has it
from the start. It opens no connection, starts no thread and touches no GPU itself, so that nothing is shared
with a child that must not be.
"""

import gc
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import NoReturn

from celery import current_app
from django.core.management.base import CommandError, OutputWrapper
from django.db import DatabaseError

from catalog.services import imports_queue
from catalog.services.ledger import patiently
from training import services
from training.services import routings

LOADED = (
    *("training.tasks", "catalog.tasks", "labeling.tasks"),
    *("training.ml.sample", "training.ml.sft", "training.ml.dpo", "pyarrow.parquet", "PIL.JpegImagePlugin"),
)
"""Modules that a worker of the queue gpu needs in the end."""
GPUS = "nvidia[0-9]*"
"""Devices of the machine, below /dev."""
STOP_SECONDS = 8.0
"""A worker that is told to stop has so long: whoever stops the keeper waits for ten seconds."""
SHORTEST_LIFE_SECONDS = 10.0
"""A worker that ends by itself sooner would end again at once."""
LOOK_SECONDS = 1.0


class Keeper:
    """Keeps one worker running.

    Args:
        words: of the Celery worker's command line.
        out: what happens is said here.
    """

    def __init__(self, words: Sequence[str], out: OutputWrapper) -> None:
        self._words, self._out = list(words), out
        self._worker = 0
        self._stopping = False

    def run(self) -> None:
        """Run the worker until SIGTERM or SIGINT, or until it ends well.

        Raises:
            CommandError: when it ends by itself with an error, right after its start.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        before: list[int] = []
        while True:
            began = time.monotonic()
            code = self._live(before)
            if self._stopping or code == 0:
                self._leave()
                return
            is_short = time.monotonic() - began < SHORTEST_LIFE_SECONDS
            if is_short and code > 0:
                self._leave()
                raise CommandError(f"the worker ends at once, with {code}: its log says why")
            self._out.write(f"the worker (process {self._worker}) ended with {code}: starting another one")
            # One that lived long has given back what those before it left; numbers come again.
            before = [*before, self._worker] if is_short else [self._worker]

    def _live(self, before: Sequence[int]) -> int:
        """Run one worker, which first gives back what those before it left; its exit code, or -signal."""
        gc.freeze()  # Memory that nobody touches stays shared with the child.
        keeper = os.getpid()
        self._worker = os.fork()
        if not self._worker:
            self._be_worker(keeper, before)
        if self._stopping:  # It was said before there was anybody to say it to.
            _end(self._worker, signal.SIGTERM)
        return os.waitstatus_to_exitcode(os.waitpid(self._worker, 0)[1])

    def _be_worker(self, keeper: int, before: Sequence[int]) -> NoReturn:
        code = 1
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            threading.Thread(target=_die_with, args=[keeper], name="keeper", daemon=True).start()
            for pid in before:
                patiently(give_back, pid)
            current_app.worker_main(["worker", *self._words])
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except Exception:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _leave(self) -> None:
        """Give back what the last worker left; a database that is away must not keep the keeper."""
        try:
            give_back(self._worker)
        except DatabaseError as error:
            self._out.write(f"what the worker left waits for the next sweep: {error}")

    def _stop(self, number: int, frame: FrameType | None) -> None:
        """Have the worker stop; one that takes too long is killed."""
        if not self._stopping:
            self._stopping = True
            timer = threading.Timer(STOP_SECONDS, lambda: _end(self._worker, signal.SIGKILL))
            timer.daemon = True  # The keeper does not wait for it.
            timer.start()
        _end(self._worker, signal.SIGTERM)


def preload(modules: Sequence[str] = LOADED) -> None:
    """Load what the worker needs, where a child may have it from its parent.

    A GPU's driver does not outlive a fork, and macOS's libraries do not either: there the worker loads for
    itself.
    """
    if sys.platform == "linux" and not any(Path("/dev").glob(GPUS)):
        for name in modules:
            import_module(name)


def give_back(pid: int) -> None:
    """Queue again what the worker with this process id left unfinished."""
    services.worker_gone(pid=pid)
    routings.router_gone(pid=pid)
    imports_queue.importer_gone(pid=pid)


def _end(pid: int, number: signal.Signals) -> None:
    """Send the signal to a process that may have ended; 0 is none."""
    if not pid:
        return
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _die_with(keeper: int) -> None:
    """A worker whose keeper was killed is nobody's: end it."""
    while os.getppid() == keeper:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
