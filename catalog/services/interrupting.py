"""Ending what a job is at from a thread beside it, as ctrl-C ends a program.

A job looks at its claim whenever it writes. While a model loads, or a batch takes its time, nothing is
written: there the pulse of the claim (ledger.py) notices that it is over, and interrupts. Only what is
`interruptible` ends, in the main thread, which is where workers run their tasks; the signal does nothing to
whatever else a process is at.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNAL = signal.SIGURG
"""Ignored by a process without a handler for it, and used by nothing else here."""


class Interrupted(BaseException):
    """The block is to end now. No library that handles every Exception handles this one."""


class _Main:
    """What the main thread is at."""

    armed = False


@contextmanager
def interruptible() -> Iterator[None]:
    """A block that `interrupt` ends with Interrupted, if this is the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(SIGNAL, _raise)
    try:
        _Main.armed = True
        yield
    finally:
        _Main.armed = False
        signal.signal(SIGNAL, before)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """A part of such a block that comes to its end, as what talks to the database must."""
    armed, _Main.armed = _Main.armed, False
    try:
        yield
    finally:
        _Main.armed = armed


def interrupt() -> None:
    """End the block that the main thread is in; does nothing where it is in none."""
    if _Main.armed:
        signal.pthread_kill(threading.main_thread().ident or 0, SIGNAL)


def _raise(number: int, frame: FrameType | None) -> None:
    if _Main.armed:
        _Main.armed = False
        raise Interrupted
