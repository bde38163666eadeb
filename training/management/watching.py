"""Waiting for a round with its progress in sight."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import NoReturn

from tqdm import tqdm

from training import selectors, services
from training.selectors import RoundProgress, StageRow

POLL_SECONDS = 0.5
SWEEP_SECONDS = 30.0


def watch_round(round_id: int, *, check: Callable[[], object] = lambda: None) -> RoundProgress:
    """Show a bar per stage on standard error until the round ends; `check` may raise to stop the watch."""
    bars = StageBars()
    swept = time.monotonic()
    try:
        while True:
            progress = selectors.round_progress(selectors.rounds().get(pk=round_id))
            bars.show(progress)
            if not progress.is_active:
                return progress
            check()
            if time.monotonic() - swept > SWEEP_SECONDS:
                services.rounds_sweep()
                services.rounds_remind()
                swept = time.monotonic()
            time.sleep(POLL_SECONDS)
    finally:
        bars.close()


class StageBars:
    """One bar for every stage that has begun."""

    def __init__(self) -> None:
        self._bars: list[tqdm[NoReturn]] = []

    def show(self, progress: RoundProgress) -> None:
        """Bring the bars to what the ledger says."""
        for number, stage in enumerate(progress.stages):
            if number == len(self._bars):
                self.close()
                self._bars.append(_bar(stage))
            _draw(self._bars[number], stage)

    def close(self) -> None:
        """Leave the last bar as it is."""
        for bar in self._bars[-1:]:
            bar.close()


def _bar(stage: StageRow) -> tqdm[NoReturn]:
    bar: tqdm[NoReturn] = tqdm(
        desc=stage.label[0].upper() + stage.label[1:],
        bar_format="{desc:<34} {percentage:3.0f}% |{bar}| {n_fmt}/{total_fmt} [{elapsed}]",
        total=stage.total or 1,
        mininterval=0.1 if sys.stderr.isatty() else 5.0,
        dynamic_ncols=True,
    )
    return bar


def _draw(bar: tqdm[NoReturn], stage: StageRow) -> None:
    if bar.disable:
        return
    bar.total = stage.total or 1
    bar.n = bar.total if stage.is_done else stage.done
    bar.update(0)
