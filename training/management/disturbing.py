"""A laptop whose worker, Redis and database go away when nobody expects it."""

import random
import sqlite3
import subprocess
import time
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from attrx_web.processes import embedded_redis, worker_process
from catalog.services.ledger import patiently, worker_name
from training import selectors, services
from training.ml.newfolder import WHOLE, newest_checkpoint
from training.selectors.shards import Running, round_folder, running_now

LOOK_SECONDS = 0.2
SWEEP_SECONDS = 5.0
LOCKED_SECONDS = 21.0
"""SQLite has no connection to cut: its file is locked for longer than a writer waits."""
REDIS_AWAY_SECONDS = (0.0, 5.0)
KINDS = ("worker", "redis", "database")


@dataclass
class Lost:
    """What kills cost: seconds of work that another worker does again, by kind of stage."""

    kills: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    resumed: int = 0
    """Times that the round had failed and was resumed."""


class Laptop:
    """An embedded Redis and a worker, to be killed and started again.

    Args:
        var_dir: where both keep their logs.
    """

    def __init__(self, var_dir: Path) -> None:
        self._var_dir = var_dir
        self._redis, self._worker = ExitStack(), ExitStack()
        self.start_redis()
        self.start_worker()

    def start_redis(self) -> None:
        """Have a Redis answer."""
        self._server = self._redis.enter_context(embedded_redis(self._var_dir))

    def start_worker(self) -> None:
        """Have a worker for every queue."""
        self.worker = self._worker.enter_context(worker_process(self._var_dir))

    def kill_worker(self) -> None:
        """Kill -9 the worker, and start another one as `manage.py serve` does."""
        self.worker.kill()
        self._worker.close()
        patiently(services.worker_gone, pid=self.worker.pid)
        self.start_worker()

    def kill_redis(self, away: float) -> None:
        """Kill -9 Redis, and start it again after so many seconds."""
        assert self._server is not None
        self._server.kill()
        self._redis.close()
        time.sleep(away)
        self.start_redis()

    def stop(self) -> None:
        """End both."""
        self._worker.close()
        self._redis.close()


def disturb(laptop: Laptop, round_id: int, *, kills: int, every: float, chance: random.Random) -> Lost:
    """Disturb the round so many times, every so many seconds on the average, and wait for its end."""
    lost, watch = Lost(), _Watch(round_id)
    kinds = [KINDS[number % len(KINDS)] for number in range(kills)]
    chance.shuffle(kinds)
    due, swept = time.monotonic() + every * chance.uniform(0.2, 1.8), time.monotonic()
    while True:
        progress = patiently(_progress, round_id)
        if not progress.is_active:
            if not progress.is_resumable:
                return lost
            lost.resumed += patiently(services.round_resume, round_id=round_id)
        watch.look(laptop.worker)
        if kinds and time.monotonic() >= due:
            kind = kinds.pop()
            lost.seconds += watch.lost() if kind == "worker" else 0.0
            _kill(laptop, kind, chance)
            lost.kills[kind] += 1
            due = time.monotonic() + every * chance.uniform(0.2, 1.8)
        if time.monotonic() - swept >= SWEEP_SECONDS:
            patiently(services.rounds_sweep)
            patiently(services.rounds_remind)
            swept = time.monotonic()
        if laptop.worker.poll() is not None:
            laptop.kill_worker()
        time.sleep(LOOK_SECONDS)


def _progress(round_id: int) -> selectors.RoundProgress:
    return selectors.round_progress(selectors.rounds().get(pk=round_id))


def _kill(laptop: Laptop, kind: str, chance: random.Random) -> None:
    match kind:
        case "worker":
            laptop.kill_worker()
        case "redis":
            laptop.kill_redis(chance.uniform(*REDIS_AWAY_SECONDS))
        case _:
            _cut_database()


def _cut_database() -> None:
    """End every connection but this process's; lock SQLite's file."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        return
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as file:
        file.execute("BEGIN EXCLUSIVE")
        time.sleep(LOCKED_SECONDS)
        file.execute("ROLLBACK")


class _Watch:
    """Since when the worker does what it does."""

    def __init__(self, round_id: int) -> None:
        self._round_id = round_id
        self._folder = round_folder(round_id=round_id)
        self._doing: Running | None = None
        self._since = time.time()

    def look(self, worker: "subprocess.Popen[bytes]") -> None:
        doing = patiently(running_now, round_id=self._round_id, worker=worker_name(worker.pid))
        if doing != self._doing:
            self._doing, self._since = doing, time.time()

    def lost(self) -> float:
        """Seconds of work that are lost when the worker dies now: since its shard or last checkpoint."""
        if self._doing is None:
            return 0.0
        checkpoint = newest_checkpoint(self._folder / f"{self._doing.stage}.checkpoints")
        written = (checkpoint / WHOLE).stat().st_mtime if checkpoint else 0.0
        return time.time() - max(self._since, written)
