"""How a long stage tells that it is alive: it calls progress(done, total)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from tqdm import tqdm


class Progress(Protocol):
    """Called as work is done. It may raise to stop the stage, which then leaves no result."""

    def __call__(self, done: int, total: int, /) -> None: ...


def silent(done: int, total: int, /) -> None:
    """Progress that nobody watches."""


@contextmanager
def progress_bar(label: str, *, unit: str = "it") -> Iterator[Progress]:
    """A bar on standard error."""
    with tqdm(desc=label, unit=unit, dynamic_ncols=True) as bar:

        def update(done: int, total: int, /) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield update
