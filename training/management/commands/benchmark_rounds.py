"""What a round over millions of questions takes: manage.py benchmark_rounds --questions 10000000."""

import json
import os
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from attrx_web.processes import child_of, embedded_redis, worker_process
from training import selectors, services
from training.browse_benchmark.data import session_generate
from training.management.scratching import is_inside, run_inside
from training.management.serving import served
from training.ml.times import time_figures
from training.round_benchmark.data import catalogue_generate
from training.round_benchmark.memory import descendants, peak_bytes
from training.round_benchmark.visits import PAGES, Visitor

FEWEST = 10_000
TARGET_BYTES = 10**9
TARGET_P95_MS = 200.0
TARGETED = ("round page", "status", "rounds", "chains")
"""The pages that grow with the pool if any do; the others are timed as well."""
WARM_UP = 4
"""Visits of each page: a process of the site imports what a page needs when it is first asked for."""
LOOK_SECONDS = 1.0
"""Between two visits while the round runs."""
SWEEP_SECONDS = 30.0
APP = "training.management.benchmark_worker"

Times = Mapping[str, list[float]]


class Command(BaseCommand):
    help = (
        "Generate a catalogue with a pool of so many questions in a database of its own, serve the site as "
        "in production, start a round over HTTP, and have a worker process run one iteration of it with a "
        "sampler and trainings that have no model; all else is real. Pages are asked for all the while. "
        "Needs PostgreSQL. Prints figures, and last a line of JSON; exit code 1 when a target is missed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--questions", type=int, default=1_000_000, help="of the pool (default 1000000)")
        parser.add_argument(
            "--visits", type=int, default=60, help="of each page once the round is done (default 60)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        questions: int = options["questions"]
        visits: int = options["visits"]
        if questions < FEWEST:
            raise CommandError(f"--questions is {questions}: give {FEWEST} or more", returncode=2)
        if visits < 1:
            raise CommandError(f"--visits is {visits}: give 1 or more", returncode=2)
        if connection.vendor != "postgresql":
            raise CommandError(
                "a measurement needs PostgreSQL: set DATABASE_URL to one that may create databases",
                returncode=2,
            )
        if is_inside():
            self.measure(questions, visits)
        else:
            words = ("benchmark_rounds", "--questions", questions, "--visits", visits)
            run_inside(*words, database="attrx_benchmark_rounds")

    def measure(self, questions: int, visits: int) -> None:
        """Make the catalogue, run the round, and report."""
        began = time.monotonic()

        def tell(what: str) -> None:
            self.stderr.write(f"{time.monotonic() - began:7.1f} s: {what}")

        catalogue_generate(questions=questions, tell=tell)
        session = session_generate(using="default")
        with _laptop() as (port, worker):
            visitor = Visitor(port, session)
            round_id, click_ms = visitor.start_round()
            tell(f"round {round_id} was started in {click_ms:.0f} ms")
            running = self.watch(visitor, round_id, tell)
            looks = range(WARM_UP + visits)
            afterwards = {kind: [visitor.look(kind, round_id) for _ in looks][WARM_UP:] for kind in PAGES}
            size, seconds = visitor.download(round_id)
            tell(f"the manifest of {size / 2**20:.0f} MiB came in {seconds / 1000:.1f} s")
            web = [
                peak_bytes(pid) for pid, command in descendants(os.getpid()).items() if "gunicorn" in command
            ]
            drawn = peak_bytes(child_of(worker))  # The keeper draws nothing.
            memory = {"worker": drawn, "web_largest": max(web), "web_together": sum(web)}
        self.report(round_id, memory, click_ms, {"running": running, "afterwards": afterwards})

    def watch(self, visitor: Visitor, round_id: int, tell: Any) -> Times:
        """Look at the pages in turn until the round ends; {page: milliseconds}."""
        times: dict[str, list[float]] = {kind: [] for kind in PAGES}
        swept, said = time.monotonic(), ""
        while (progress := selectors.round_progress(selectors.rounds().get(pk=round_id))).is_active:
            if (current := progress.current) and current.label != said:
                said = current.label
                tell(said)
            for kind, found in times.items():
                found.append(visitor.look(kind, round_id))
                time.sleep(LOOK_SECONDS)
            if time.monotonic() - swept > SWEEP_SECONDS:
                services.rounds_sweep()
                services.rounds_remind()
                swept = time.monotonic()
        if not progress.is_done:
            raise CommandError(
                f"round {round_id} is {progress.status}: {selectors.rounds().get(pk=round_id).error}"
            )
        return {kind: found[WARM_UP:] or found for kind, found in times.items()}

    def report(
        self, round_id: int, memory: Mapping[str, int], click_ms: float, times: Mapping[str, Times]
    ) -> None:
        """A line for each stage and each page, and last one of JSON."""
        round_ = selectors.rounds().get(pk=round_id)
        stages = selectors.round_progress(round_).stages
        for stage in stages:
            self.stdout.write(f"{stage.label:<34}{stage.seconds or 0:9.1f} s")
        figures = {
            f"{kind}, {when}": time_figures(found, counted="visits")
            for when, pages in times.items()
            for kind, found in pages.items()
        }
        self.stdout.write(f"{'':<34}{'visits':>9}{'p50':>9}{'p95':>9}{'worst':>9}  ms")
        for kind, one in figures.items():
            self.stdout.write(f"{kind:<34}" + "".join(f"{value:9.1f}" for value in one.values()))
        voting = next(stage.seconds for stage in stages if stage.name == "vote") or 0.0
        summary = {
            "questions": round_.questions["pool"],
            "listings": round_.counts["pool"],
            "start_ms": round(click_ms, 1),
            "stage_seconds": {stage.label: round(stage.seconds or 0.0, 1) for stage in stages},
            "votes_per_s": round(round_.questions["pool"] / voting, 1),
            "peak_bytes": dict(memory),
            "pages": figures,
            "targets": {"peak_bytes": TARGET_BYTES, "p95_ms": TARGET_P95_MS},
            "met": {
                "worker_memory": memory["worker"] < TARGET_BYTES,
                "web_memory": memory["web_largest"] < TARGET_BYTES,
                "pages": all(
                    one["p95_ms"] <= TARGET_P95_MS
                    for kind, one in figures.items()
                    if kind.partition(",")[0] in TARGETED
                ),
            },
        }
        peaks = ", ".join(f"{name} {value / 2**20:.0f} MiB" for name, value in memory.items())
        self.stdout.write(f"{summary['votes_per_s']} votes/s written; peak memory: {peaks}")
        self.stdout.write(json.dumps(summary))
        if not all(summary["met"].values()):
            missed = ", ".join(name for name, is_met in summary["met"].items() if not is_met)
            raise CommandError(f"missed: {missed}")


@contextmanager
def _laptop() -> Iterator[tuple[int, Popen[bytes]]]:
    """Queue, site and worker of this process's var folder; yields the site's port and the worker's keeper."""
    var_dir: Path = settings.ATTRX_VAR_DIR
    with (
        embedded_redis(var_dir),
        served(os.environ["DATABASE_URL"], var_dir) as port,
        worker_process(var_dir, app=APP) as worker,
    ):
        yield port, worker
