"""A machine of its own for a test: var folder, SQLite, embedded Redis, real processes."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from attrx_web.env import REPOSITORY

PATIENCE_SECONDS = 400.0
LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Laptop:
    """Runs commands as a person would; the environment of this process is that of the laptop."""

    var_dir: Path
    started: "list[subprocess.Popen[str]]" = field(default_factory=list)

    def start(self, *command: object) -> "subprocess.Popen[str]":
        """Run manage.py with these words, and do not wait."""
        process = subprocess.Popen(
            [sys.executable, "manage.py", *map(str, command)],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def stop(self) -> None:
        """End what a failed test left running."""
        for process in self.started:
            process.terminate()
            process.communicate()

    def manage(self, *command: object) -> str:
        """Run manage.py with these words to its good end; returns what it printed."""
        process = self.start(*command)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, f"{err}\n{self.log()}"
        return out

    def migrate(self) -> None:
        """Make the tables."""
        self.var_dir.mkdir(parents=True, exist_ok=True)
        self.database.write_bytes(_empty_database())

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database says; nothing as long as there is no such table."""
        try:
            with closing(sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True)) as connection:
                return connection.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.var_dir / "attrx.sqlite3"

    def stages(self, status: str) -> set[tuple[int, str]]:
        """(iteration, name) of the stages in this status."""
        return set(self.rows(f"SELECT iteration, name FROM training_roundstage WHERE status = '{status}'"))

    def wait(self, process: "subprocess.Popen[Any]", until: Callable[[], object]) -> None:
        """Look until it is so; fail when the process ends before, or patience does."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not until():
            assert time.monotonic() < deadline, self.log()
            try:
                process.wait(LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            assert until(), self.log()

    def log(self) -> str:
        """The end of the worker's log."""
        path = self.var_dir / "worker.log"
        return path.read_text()[-4000:] if path.exists() else ""

    def worker_pid(self) -> int:
        """The process that holds the newest round."""
        [(worker,)] = self.rows("SELECT worker FROM training_round ORDER BY id DESC LIMIT 1")
        return int(worker.split()[1])


@cache
def _empty_database() -> bytes:
    """The SQLite file of a new laptop, for all laptops of this process: it takes a while to make."""
    with TemporaryDirectory(prefix="attrx-tests-") as folder:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=REPOSITORY,
            env=os.environ | {"ATTRX_VAR_DIR": folder},
            check=True,
        )
        return Laptop(Path(folder)).database.read_bytes()


def set_environment(var_dir: Path, base_model: Path) -> None:
    """Make this process, and all that it starts, the laptop's."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    os.environ |= {
        "ATTRX_VAR_DIR": str(var_dir),
        "ATTRX_BASE_MODEL": str(base_model),
        "OMP_NUM_THREADS": "1",
    }
