"""Processes that work side by side and end with the one that started them."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from threading import Thread


def processes(jobs: int) -> ProcessPoolExecutor:
    """So many processes to hand work to.

    They begin afresh, as a fork of a program that has threads (torch) can hang. Where their parent is killed,
    they end at once and in the middle of their work: whoever takes it up again finds nobody else at it.
    """
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_end_with_parent)


def _end_with_parent() -> None:
    Thread(target=_outlive_nobody, daemon=True).start()


def _outlive_nobody() -> None:
    parent = parent_process()
    assert parent is not None, "the process was not started by another"
    parent.join()
    os._exit(1)
