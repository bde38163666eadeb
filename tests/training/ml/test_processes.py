"""Processes that work side by side do not outlive the one that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from training.ml.processes import processes

PARENT = """
import os, signal
from training.ml.processes import processes

with processes(1) as pool:
    print(pool.submit(os.getpid).result(), flush=True)
    pool.submit(signal.pause).result()
"""
"""Its child has its output as well, which is therefore open for as long as either of them lives."""
SECONDS = 60


def test_work_is_done_in_another_process() -> None:
    with processes(2) as pool:
        assert pool.submit(os.getpid).result() != os.getpid()
        assert list(pool.map(abs, (-1, 2))) == [1, 2]


def test_what_kills_the_parent_ends_work_in_progress() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
        try:
            parent.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.kill(child, signal.SIGKILL)
            raise
