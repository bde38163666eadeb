"""How fast the queue answers: manage.py benchmark_queue --tasks 1000000 --people 50 [--purpose review]."""

import json
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.management.scratch import scratch_database
from training.management.serving import ALIAS, connected, served
from training.ml.times import time_figures
from training.queue_benchmark.checks import Findings, findings_of
from training.queue_benchmark.data import GOLD, PURPOSES, people_generate, queue_generate
from training.queue_benchmark.people import NEXT, SUBMIT, Log, people_work

FEW_TASKS = 10_000
TARGET_P95_MS = 50.0
TARGET_GROWTH = 1.5


@dataclass(frozen=True, slots=True)
class Measured:
    """One queue: what it answered in which time, and what was found afterwards."""

    tasks: int
    seconds: float
    kinds: dict[str, dict[str, float]]
    """{kind of request: figures}"""
    answers_per_s: float
    findings: Findings


class Command(BaseCommand):
    help = (
        f"Generate a queue of {FEW_TASKS} tasks, then one of --tasks, each in a database of its own; serve "
        "it as in production, and have people label over HTTP as the page does. Every two seconds or so a "
        "person answers a question; after the fourth the listing is finished and another one leased. With "
        "--purpose review it is after the second, each with a vote of eight chains to read. "
        "Afterwards every acknowledged answer is looked for in the database. Needs PostgreSQL. Prints a "
        "table of milliseconds, and last a line of JSON; exit code 1 when a turn had two people or an "
        "answer was lost."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tasks", type=int, default=1_000_000, help="default 1000000")
        parser.add_argument("--people", type=int, default=50, help="default 50")
        parser.add_argument("--seconds", type=float, default=60.0, help="for each queue (default 60)")

        parser.add_argument("--purpose", choices=PURPOSES, default=GOLD, help="default gold")

    def handle(self, *args: Any, **options: Any) -> None:
        tasks, people, seconds = options["tasks"], options["people"], options["seconds"]
        if tasks <= FEW_TASKS or people < 1 or seconds <= 0:
            raise CommandError(
                f"--tasks {tasks} --people {people} --seconds {seconds}: give more than {FEW_TASKS} tasks, "
                "and somebody some time",
                returncode=2,
            )
        purpose = options["purpose"]
        few, many = (self.measure(number, people, seconds, purpose) for number in (FEW_TASKS, tasks))
        self.report(few, many, people)
        if not (few.findings.is_good and many.findings.is_good):
            raise CommandError(f"{few.findings} with {few.tasks} tasks, {many.findings} with {many.tasks}")

    def measure(self, tasks: int, people: int, seconds: float, purpose: str = GOLD) -> Measured:
        """Have the people work on a queue of so many tasks."""
        started = time.monotonic()

        def tell(what: str) -> None:
            self.stderr.write(f"{tasks} tasks, {time.monotonic() - started:6.1f} s: {what}")

        with (
            scratch_database("attrx_benchmark_queue") as url,
            connected(url),
            tempfile.TemporaryDirectory(prefix="attrx-benchmark-") as folder,
        ):
            queue_generate(tasks=tasks, using=ALIAS, tell=tell, purpose=purpose)
            signed_in = people_generate(people=people, using=ALIAS, purpose=purpose)
            with served(url, Path(folder)) as port:
                tell(f"{people} people label")
                logs = people_work(port=port, people=signed_in, seconds=seconds, purpose=purpose)
            tell("checks")
            findings = findings_of(logs, using=ALIAS)
        for problem in [problem for log in logs for problem in log.problems][:10]:
            self.stderr.write(problem)
        return _measured(tasks, seconds, logs, findings)

    def report(self, few: Measured, many: Measured, people: int) -> None:
        """A line for each kind of request and queue, and last one of JSON."""
        self.stdout.write(f"{'':<12}{'tasks':>9}{'requests':>10}{'p50':>8}{'p95':>8}{'worst':>8}  ms")
        for kind in (kind for kind, figures in many.kinds.items() if figures["requests"]):
            for queue in (few, many):
                figures = queue.kinds[kind]
                numbers = "".join(f"{figures[name]:8.1f}" for name in ("p50_ms", "p95_ms", "worst_ms"))
                self.stdout.write(f"{kind:<12}{queue.tasks:>9}{figures['requests']:>10.0f}{numbers}")
        growth = {
            f"{kind} {name}": round(many.kinds[kind][name] / few.kinds[kind][name], 2)
            for kind in (NEXT, SUBMIT)
            for name in ("p50_ms", "p95_ms")
            if few.kinds[kind][name]
        }
        p95 = [many.kinds[kind]["p95_ms"] for kind in (NEXT, SUBMIT)]
        self.stdout.write(f"{many.answers_per_s:.0f} answers/s by {people} people; {many.findings}")
        summary = {
            "people": people,
            "target_p95_ms": TARGET_P95_MS,
            "target_growth": TARGET_GROWTH,
            "growth": growth,
            "met": max(p95) <= TARGET_P95_MS and all(one <= TARGET_GROWTH for one in growth.values()),
            "queues": [asdict(few), asdict(many)],
        }
        self.stdout.write(json.dumps(summary))


def _measured(tasks: int, seconds: float, logs: Sequence[Log], findings: Findings) -> Measured:
    kinds = {
        kind: time_figures([taken for log in logs for taken in log.times[kind]], counted="requests")
        for kind in logs[0].times
    }
    answers = sum(log.answers for log in logs)
    return Measured(tasks, seconds, kinds, round(answers / seconds, 1), findings)
