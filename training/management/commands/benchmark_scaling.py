"""What a second worker brings, and what the queue costs: manage.py benchmark_scaling."""

import json
import tempfile
import time
from argparse import ArgumentParser
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from attrx_web.processes import worker_process
from training import selectors, services, sharding
from training.management.commands.demo import GOLD_LISTINGS, SEED_LISTINGS
from training.management.commands.demo import Command as Demo
from training.management.scratching import is_inside, run_inside
from training.management.supervising import queue
from training.management.watching import watch_round
from training.ml.loop import run_loop
from training.ml.progress import silent
from training.selectors import RoundProgress

LEAST_RATIO = 1.8
MOST_OVERHEAD = 1.1
PER_VERTICAL = 60


class Command(BaseCommand):
    help = (
        "Run a demo round of one iteration with one worker, the same with two, and its stages once more in "
        "one process without a queue; one torch thread each. Needs two cores with nothing else to do. Prints "
        f"how much faster two workers sample (at least {LEAST_RATIO}) and how much longer the round takes on "
        f"Celery than without (at most {MOST_OVERHEAD}), and last a line of JSON; exit code 1 if not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--per-vertical", type=int, default=PER_VERTICAL, help="pool listings of each")

    def handle(self, *args: Any, **options: Any) -> None:
        if is_inside():
            self.measure(options["per_vertical"])
        else:
            run_inside(
                *("benchmark_scaling", "--per-vertical", options["per_vertical"]),
                database="attrx_benchmark_scaling",
            )

    def measure(self, per_vertical: int) -> None:
        """The same round three times."""
        call_command("migrate", verbosity=0)
        Demo().load_catalogue(
            {
                **{"per_vertical": per_vertical, "seed_set": SEED_LISTINGS, "gold": GOLD_LISTINGS},
                **{"verticals": None, "seed": 0},
            }
        )
        with queue():
            (one, wall, round_id), (two, _, _) = (self.on_celery(workers) for workers in (1, 2))
        alone = self.in_one_process(round_id)
        ratio, overhead = _rate(two) / _rate(one), wall / alone
        self.stdout.write(
            f"sampling: {_rate(one):.1f} questions/s with one worker, {_rate(two):.1f} with two: "
            f"{ratio:.2f} times\n"
            f"the round: {wall:.1f} s on Celery, {alone:.1f} s in one process: {overhead:.3f} times"
        )
        summary = {"ratio": round(ratio, 3), "overhead": round(overhead, 3)}
        is_met = ratio >= LEAST_RATIO and overhead <= MOST_OVERHEAD
        self.stdout.write(json.dumps({**summary, "met": is_met}))
        if not is_met:
            raise CommandError("a second worker brings too little, or the queue costs too much")

    def on_celery(self, workers: int) -> tuple[RoundProgress, float, int]:
        """Run the round with so many workers: where it is, its seconds, its id."""
        self.stderr.write(f"the round with {workers} worker(s)")
        with ExitStack() as stack:
            processes = [
                stack.enter_context(
                    worker_process(settings.ATTRX_VAR_DIR, log=f"worker-{number}.log", number=number)
                )
                for number in range(1, workers + 1)
            ]

            def check() -> None:
                if any(process.poll() is not None for process in processes):
                    log = (settings.ATTRX_VAR_DIR / "worker-1.log").read_text()
                    raise CommandError(f"a worker died; the end of its log:\n{log[-2000:]}")

            began = time.monotonic()
            round_id = services.round_start(iterations=1, threads=1).pk
            progress = watch_round(round_id, check=check)
            wall = time.monotonic() - began
        if not progress.is_done:
            error = selectors.rounds().get(pk=round_id).error
            raise CommandError(f"round {round_id} is {progress.status}: {error}")
        return progress, wall, round_id

    def in_one_process(self, round_id: int) -> float:
        """Seconds that the stages of the round take without Celery and without a database."""
        self.stderr.write("the stages in one process")
        with tempfile.TemporaryDirectory(prefix="attrx-scaling-") as folder:
            began = time.monotonic()
            run = sharding.prepare(round_id).run
            for _ in run_loop(replace(run, folder=Path(folder)), watch=lambda stage: silent):
                pass
            return time.monotonic() - began


def _rate(progress: RoundProgress) -> float:
    """Questions of the pool that were sampled in a second."""
    [stage] = [one for one in progress.stages if one.name == "sample"]
    assert stage.seconds
    return stage.total / stage.seconds
