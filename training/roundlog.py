"""What workers log while they are at a round, kept with the round so that its page can show it.

Each worker process has a file of its own in the round's artifact folder, `logs/<host>-<process>.log`.
"""

import logging
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from catalog.services.ledger import patiently
from training.logcontext import at_round
from training.models import Round

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
MOST_FILES = 4
TAIL_BYTES = 16 * 1024
MOST_LINES = 200
BEGINS_ENTRY = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ")


@contextmanager
def round_log(**round_: Any) -> Iterator[None]:
    """Keep what this process logs within the block with the round that these fields name, such as its pk."""
    pk, path = patiently(Round.objects.filter(**round_).values_list("pk", "artifact_path").get)
    folder = _folder(path)
    folder.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(folder / f"{socket.gethostname()}-{os.getpid()}.log", delay=True)
    handler.setFormatter(logging.Formatter(FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        with at_round(pk):
            yield
    finally:
        root.removeHandler(handler)
        handler.close()


def last_lines(artifact_path: str) -> list[str]:
    """The newest lines of the workers that wrote last, in the order of time; MOST_LINES at most."""
    entries = [entry for path in _newest(_folder(artifact_path)) for entry in _last_entries(path)]
    lines = [line for entry in sorted(entries, key=lambda entry: entry[0][:23]) for line in entry]
    return lines[-MOST_LINES:]


def _folder(artifact_path: str) -> Path:
    return Path(settings.ATTRX_ARTIFACTS_DIR) / artifact_path / "logs"


def _newest(folder: Path) -> list[Path]:
    with_times = sorted(((path.stat().st_mtime, path) for path in folder.glob("*.log")), reverse=True)
    return [path for _, path in with_times[:MOST_FILES]]


def _last_entries(path: Path) -> list[list[str]]:
    """What was logged last, each with the lines that belong to it, as those of a traceback."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    entries: list[list[str]] = []
    for line in lines:
        if BEGINS_ENTRY.match(line):
            entries.append([line])
        elif entries:  # What comes before the first beginning is the rest of a cut entry.
            entries[-1].append(line)
    return entries
