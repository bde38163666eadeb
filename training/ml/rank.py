"""One process of a training on several GPUs: python -m training.ml.rank, started by parallel.py alone.

It reads the job from standard input and says on standard output, a line of JSON at a time, how far it is,
what it found, or what was wrong with the data.
"""

from __future__ import annotations

import json
import os
import pickle  # nosec B403
import sys
from collections.abc import Callable
from threading import Thread
from typing import Any

from training.ml.errors import DataError
from training.ml.parallel import is_first
from training.ml.progress import silent

Say = Callable[[str, Any], None]
DATA_ERROR = 2
"""Exit code where the data cannot be used."""
ORPHANED = 3


def main() -> int:
    """Train; returns the exit code."""
    say = _channel()
    train, args, kwargs = pickle.load(sys.stdin.buffer)  # noqa: S301  # from the process that started this one  # nosec B301
    Thread(target=_end_with_parent, name="parent", daemon=True).start()
    _take_gpu()

    def progress(done: int, total: int, /) -> None:
        say("progress", (done, total))

    try:
        result = train.__wrapped__(*args, progress=progress if is_first() else silent, **kwargs)
    except DataError as error:
        say("error", str(error))
        return DATA_ERROR
    if is_first():
        say("result", result)
    _leave_group()
    return 0


def _channel() -> Say:
    """Speak through what was standard output; what others print goes to standard error."""
    pipe = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def say(key: str, value: Any) -> None:
        pipe.write(json.dumps({key: value}) + "\n")

    return say


def _end_with_parent() -> None:
    """Nobody waits for a training whose caller has ended."""
    while os.read(sys.stdin.fileno(), 1):  # Not through its buffer, which the interpreter's end must have.
        pass
    os._exit(ORPHANED)


def _take_gpu() -> None:
    """Have `cuda` mean this process's own GPU."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))


def _leave_group() -> None:
    from torch import distributed

    if distributed.is_initialized():
        distributed.destroy_process_group()


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # Not through the interpreter's end: a library's thread that is still there would abort it, and with it a
    # training whose result was told.
    os._exit(code)
