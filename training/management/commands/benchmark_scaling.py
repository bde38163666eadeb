"""What a second worker brings, and what the queue costs: manage.py benchmark_scaling."""

import json
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import Popen
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from attrx_web.processes import worker_process
from training import selectors, services, sharding
from training.management.commands.demo import Command as Demo
from training.management.keeping import LOADED, preload
from training.management.scratching import is_inside, run_inside
from training.management.supervising import queue
from training.management.watching import watch_round
from training.ml.loop import run_loop
from training.ml.plainly import draw_plainly
from training.ml.progress import silent
from training.ml.run import Stage
from training.presence import presents, queue_redis
from training.selectors import RoundProgress

LEAST_RATIO = 1.8
MOST_OVERHEAD = 1.1
SIZES = {"per_vertical": 24, "seed_set": 3, "gold": 4}
"""Listings of each vertical: pool, seed and gold."""
SAMPLING = "sample"
READY_SECONDS = 60.0
LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Scaling:
    """What was measured."""

    one: float
    """Pool questions that one worker samples in a second, its model's loading included."""
    two: float
    """Likewise two workers."""
    on_celery: float
    """Seconds that the round takes with one worker, from its start to its end."""
    in_one_process: float
    """Seconds of the same stages without Celery and database."""
    plain: float
    """How many times faster two processes draw the same shards that share nothing but the machine."""

    @property
    def ratio(self) -> float:
        """How many times faster two workers sample."""
        return self.two / self.one

    @property
    def overhead(self) -> float:
        """How many times longer the round takes on Celery."""
        return self.on_celery / self.in_one_process

    @property
    def is_met(self) -> bool:
        """Both are as they should be."""
        return self.ratio >= LEAST_RATIO and self.overhead <= MOST_OVERHEAD

    @property
    def text(self) -> str:
        """For people."""
        return (
            f"sampling: {self.one:.1f} questions/s with one worker, {self.two:.1f} with two: "
            f"{self.ratio:.2f} times\n"
            f"without a queue: two processes that share nothing draw {self.plain:.2f} times what one does\n"
            f"the round: {self.on_celery:.1f} s on Celery, {self.in_one_process:.1f} s in one process: "
            f"{self.overhead:.3f} times"
        )

    def summary(self) -> dict[str, float | bool]:
        """For machines."""
        return {
            "ratio": round(self.ratio, 3),
            "plain_ratio": round(self.plain, 3),
            "overhead": round(self.overhead, 3),
            "round_seconds": round(self.on_celery, 1),
            "met": self.is_met,
        }


class Command(BaseCommand):
    help = (
        "Run a demo round of one iteration with one worker, the same with two as far as its chains are "
        "drawn, and its stages once more in one process without a queue; one torch thread each. Needs two "
        f"cores with nothing else to do. Prints how much faster two workers sample (at least {LEAST_RATIO}), "
        "beside what two processes bring that share nothing, and how much longer the round takes on Celery "
        f"than without (at most {MOST_OVERHEAD}), and last a line of JSON; exit code 1 if not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name, listings in SIZES.items():
            option = f"--{name.replace('_', '-')}"
            parser.add_argument(option, type=int, default=listings, help=f"of each; default {listings}")
        parser.add_argument("--verticals", nargs="+", metavar="NAME", help="some of the demo's verticals")

    def handle(self, *args: Any, **options: Any) -> None:
        if is_inside():
            self.measure(options)
            return
        words: list[object] = ["benchmark_scaling"]
        for name in SIZES:
            words += [f"--{name.replace('_', '-')}", options[name]]
        words += ["--verticals", *options["verticals"]] if options["verticals"] else []
        run_inside(*words, database="attrx_benchmark_scaling")

    def measure(self, options: dict[str, Any]) -> None:
        """The same round three times."""
        call_command("migrate", verbosity=0)
        Demo().load_catalogue(
            {**{name: options[name] for name in SIZES}, "verticals": options["verticals"], "seed": 0}
        )
        with queue():
            one, wall, round_id = self.on_celery(1)
            two, _, _ = self.on_celery(2, until=SAMPLING)
        seconds, plain = self.without_queue(round_id)
        found = Scaling(rate(one), rate(two), on_celery=wall, in_one_process=seconds, plain=plain)
        self.stdout.write(found.text)
        self.stdout.write(json.dumps(found.summary()))
        if not found.is_met:
            raise CommandError("a second worker brings too little, or the queue costs too much")

    def on_celery(self, workers: int, *, until: str = "") -> tuple[RoundProgress, float, int]:
        """Run the round with so many workers: where it is, its seconds, its id.

        Args:
            until: the stage after which it is cancelled.
        """
        self.stderr.write(f"the round with {workers} worker(s)")
        with _workers(workers) as processes:
            began = time.monotonic()
            round_id = services.round_start(iterations=1, threads=1).pk

            def check() -> None:
                if any(process.poll() is not None for process in processes):
                    log = (settings.ATTRX_VAR_DIR / "worker-1.log").read_text()
                    raise CommandError(f"a worker died; the end of its log:\n{log[-2000:]}")
                if until and is_past(where_is(round_id), until):
                    services.round_cancel(round_id=round_id)

            progress = watch_round(round_id, check=check)
            wall = time.monotonic() - began
        if not progress.is_done and not (until and is_past(progress, until)):
            error = selectors.rounds().get(pk=round_id).error
            raise CommandError(f"round {round_id} is {progress.status}: {error}")
        return progress, wall, round_id

    def without_queue(self, round_id: int) -> tuple[float, float]:
        """The stages of the round without Celery and without a database.

        Returns:
            Their seconds in one process; how many times faster two processes draw the chains than one.
        """
        self.stderr.write("the stages in one process")
        preload(LOADED)  # As a worker has them when its round begins.
        with tempfile.TemporaryDirectory(prefix="attrx-scaling-") as folder:
            began = time.monotonic()
            run = replace(sharding.prepare(round_id).run, folder=Path(folder))
            for _ in run_loop(run, watch=lambda stage: silent):
                pass
            seconds = time.monotonic() - began
            self.stderr.write("its chains once more, in processes that share nothing")
            one, two = (draw_plainly(run, Stage(1, SAMPLING), processes=count) for count in (1, 2))
        return seconds, two / one


def where_is(round_id: int) -> RoundProgress:
    """Where the round is now."""
    return selectors.round_progress(selectors.rounds().get(pk=round_id))


def is_past(progress: RoundProgress, name: str) -> bool:
    """The stage with this name is done."""
    return any(stage.name == name and stage.is_done for stage in progress.stages)


def rate(progress: RoundProgress) -> float:
    """Questions of the pool that were sampled in a second."""
    [stage] = [one for one in progress.stages if one.name == SAMPLING]
    if not stage.seconds:
        raise CommandError("the round drew no chains: give more listings with --per-vertical")
    return stage.total / stage.seconds


@contextmanager
def _workers(count: int) -> Iterator[Sequence[Popen[bytes]]]:
    """So many workers, ready to work."""
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                worker_process(settings.ATTRX_VAR_DIR, log=f"worker-{number}.log", number=number)
            )
            for number in range(1, count + 1)
        ]
        deadline = time.monotonic() + READY_SECONDS
        while len(presents(queue_redis())) < count and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        yield processes
