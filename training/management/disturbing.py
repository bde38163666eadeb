"""A laptop whose worker, Redis and database go away when nobody expects it."""

import os
import random
import signal
import sqlite3
import time
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from django.core.management.base import CommandError
from django.db import connection

from attrx_web.processes import child_of, embedded_redis, worker_process
from catalog.services.ledger import patiently
from training import selectors, services
from training.ml.redone import Kill

LOOK_SECONDS = 0.2
SWEEP_SECONDS = 5.0
LOCKED_SECONDS = 21.0
"""SQLite has no connection to cut: its file is locked for longer than a writer waits."""
REDIS_AWAY_SECONDS = (0.0, 5.0)
KINDS = ("worker", "redis", "database")


@dataclass
class Blows:
    """What was done to a round."""

    kills: Counter[str] = field(default_factory=Counter)
    workers: list[Kill] = field(default_factory=list)
    """The kills of workers, in the order of time."""
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
        self.keeper = self._worker.enter_context(worker_process(self._var_dir))

    def kill_worker(self) -> Kill | None:
        """Kill -9 the worker; its keeper starts another one. None when there is none at this moment."""
        if not (pid := child_of(self.keeper)):
            return None
        os.kill(pid, signal.SIGKILL)
        return Kill(pid, time.time())

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


def disturb(laptop: Laptop, round_id: int, *, kills: int, every: float, chance: random.Random) -> Blows:
    """Disturb the round so many times, every so many seconds on the average, and wait for its end."""
    blows = Blows()
    kinds = [KINDS[number % len(KINDS)] for number in range(kills)]
    chance.shuffle(kinds)
    due, swept = time.monotonic() + every * chance.uniform(0.2, 1.8), time.monotonic()
    while True:
        progress = patiently(_progress, round_id)
        if not progress.is_active:
            if not progress.is_resumable:
                return blows
            blows.resumed += patiently(services.round_resume, round_id=round_id)
        if kinds and time.monotonic() >= due and _strike(laptop, kinds[-1], blows, chance):
            kinds.pop()
            due = time.monotonic() + every * chance.uniform(0.2, 1.8)
        if time.monotonic() - swept >= SWEEP_SECONDS:
            patiently(services.rounds_sweep)
            patiently(services.rounds_remind)
            swept = time.monotonic()
        if laptop.keeper.poll() is not None:
            raise CommandError("the worker's keeper ended: read worker.log")
        time.sleep(LOOK_SECONDS)


def _progress(round_id: int) -> selectors.RoundProgress:
    return selectors.round_progress(selectors.rounds().get(pk=round_id))


def _strike(laptop: Laptop, kind: str, blows: Blows, chance: random.Random) -> bool:
    """Do one thing to the laptop; says whether it was there to be done to."""
    match kind:
        case "worker":
            if (kill := laptop.kill_worker()) is None:
                return False
            blows.workers.append(kill)
        case "redis":
            laptop.kill_redis(chance.uniform(*REDIS_AWAY_SECONDS))
        case _:
            _cut_database()
    blows.kills[kind] += 1
    return True


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
