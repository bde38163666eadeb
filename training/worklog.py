"""What workers did of a round, and when: a line for each batch or optimiser step that is done.

Each worker process has a file of its own beside its log, `logs/<host>-<process>.work.jsonl`. A kill loses
none of it, so that it says what was done again because of the kill (training/ml/redone.py).
"""

import json
import os
import socket
import time
from pathlib import Path

from training.ml.progress import Progress
from training.ml.redone import Report

LEAST_SECONDS = 0.1
"""Reports that follow each other more closely are left out, the first and the last excepted."""


def work_logged(folder: Path, stage: str, progress: Progress, *, shard: int | None = None) -> Progress:
    """Progress that is written down as well.

    Args:
        folder: of the round, in the artifact storage.
        stage: its key, as the loop's folder has it: 1-sample.
    """
    path = folder / "logs" / f"{socket.gethostname()}-{os.getpid()}.work.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    attempt = f"{os.getpid()}-{time.time_ns()}"
    last = float("-inf")

    def report(done: int, total: int, /) -> None:
        nonlocal last
        now = time.time()
        if now - last >= LEAST_SECONDS or done >= total:
            row = Report(os.getpid(), attempt, stage, shard, now, done, total)
            with path.open("a") as lines:
                lines.write(json.dumps(row.to_json()) + "\n")
            last = now
        progress(done, total)

    return report


def work_reports(folder: Path) -> list[Report]:
    """What every worker wrote of the round in this folder, in the order of time.

    A line that a kill cut short is left out.
    """
    texts = [path.read_text() for path in (folder / "logs").glob("*.work.jsonl")]
    lines = (line for text in texts for line in text.splitlines(keepends=True))
    rows = (json.loads(line) for line in lines if line.endswith("\n"))
    return sorted((Report.from_json(row) for row in rows), key=lambda one: one.at)
