"""Whether a round survives: manage.py chaos_round --kills 20."""

import json
import random
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from training import selectors, services, sharding
from training.management.disturbing import KINDS, Blows, Laptop, disturb
from training.management.scratching import is_inside, run_inside
from training.ml.redone import Cost, cost_of
from training.ml.same import Sameness, compare
from training.worklog import work_reports

MOST_REDONE_PERCENT = 10.0
DEMO = ("per_vertical", "seed_set", "gold", "iterations", "verticals")
"""Options that the demo takes as well."""


class Command(BaseCommand):
    help = (
        "Run a demo round undisturbed, then the same round again while its worker and Redis are killed with "
        "kill -9 and the connections to the database are cut, at random moments. Everything happens in a "
        "temporary folder, on SQLite, or on a database of its own where DATABASE_URL names a PostgreSQL. "
        "Prints whether chains, votes, pairs, adapters and accuracies are the same, what was done twice, and "
        "last a line of JSON; exit code 1 when something differs or more than 10 % were done twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--kills", type=int, default=20, help="default 20")
        parser.add_argument("--seed", type=int, default=0, help="of the moments")
        parser.add_argument("--per-vertical", type=int, default=24, help="pool listings of each")
        parser.add_argument("--seed-set", type=int, default=10, help="seed listings of each")
        parser.add_argument("--gold", type=int, default=20, help="gold listings of each")
        parser.add_argument("--iterations", type=int, default=3, help="DPO iterations at most")
        parser.add_argument("--verticals", nargs="+", metavar="NAME", help="some of the demo's verticals")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["kills"] < 1:
            raise CommandError(f"--kills {options['kills']}: give at least one", returncode=2)
        if is_inside():
            self.compare_rounds(options)
            return
        words = ["chaos_round", "--kills", options["kills"], "--seed", options["seed"]]
        for name in DEMO[:-1]:
            words += [f"--{name.replace('_', '-')}", options[name]]
        words += ["--verticals", *options["verticals"]] if options["verticals"] else []
        run_inside(*words, database="attrx_chaos_round")

    def compare_rounds(self, options: dict[str, Any]) -> None:
        """Run the demo, run it again disturbed, and say what differs."""
        started = time.monotonic()
        call_command("demo", no_serve=True, **{name: options[name] for name in DEMO})
        undisturbed = selectors.latest_round_id()
        seconds = time.monotonic() - started
        assert undisturbed is not None
        self.stderr.write(f"the undisturbed round and its catalogue took {seconds:.0f} s")
        calm = selectors.round_progress(selectors.rounds().get(pk=undisturbed)).seconds
        disturbed, blows, wall = self.disturbed_round(options, every=0.7 * calm / options["kills"])
        runs = [sharding.prepare(one).run for one in (undisturbed, disturbed)]
        cost = cost_of(*(work_reports(run.folder) for run in runs), kills=blows.workers)
        self.report(compare(*runs), blows, cost, kills=options["kills"], calm=calm, wall=wall)

    def disturbed_round(self, options: dict[str, Any], *, every: float) -> tuple[int, Blows, float]:
        """Run the round again with kills; its id, what was done to it, and the seconds that it took."""
        laptop = Laptop(settings.ATTRX_VAR_DIR)
        began = time.monotonic()
        try:
            round_id = services.round_start(iterations=options["iterations"]).pk
            chance = random.Random(options["seed"])
            blows = disturb(laptop, round_id, kills=options["kills"], every=every, chance=chance)
        finally:
            laptop.stop()
        return round_id, blows, time.monotonic() - began

    def report(
        self, found: list[Sameness], blows: Blows, cost: Cost, *, kills: int, calm: float, wall: float
    ) -> None:
        """A line for each kind of record, one for each kind of cost, and last one of JSON."""
        for one in found:
            verdict = "the same" if one.same else "DIFFERENT"
            self.stdout.write(f"{one.kind:<18}{one.count:>8}  {one.twice} twice  {verdict}")
        by_kind = ", ".join(f"{kind} {blows.kills[kind]}" for kind in KINDS)
        self.stdout.write(f"disturbed: {by_kind}; resumed by hand {blows.resumed} times")
        self.stdout.write(
            f"work done again: {cost.percent:.1f} % ({cost.seconds_again:.1f} of {cost.seconds:.0f} s: "
            f"{cost.questions_again} of {cost.questions} questions drawn again, "
            f"{cost.steps_again} of {cost.steps} optimiser steps)"
        )
        self.stdout.write(
            f"from the kill of a worker to the next batch or step: {cost.restart_mean:.1f} s in the mean, "
            f"{cost.restart_longest:.1f} s at most; the round took {calm:.0f} s undisturbed, {wall:.0f} s so"
        )
        is_same = all(one.same and not one.twice for one in found)
        summary = {
            "kills": dict(blows.kills),
            "same": is_same,
            "redone_percent": round(cost.percent, 2),
            "restart_seconds": round(cost.restart_mean, 2),
            "undisturbed_seconds": round(calm, 1),
            "disturbed_seconds": round(wall, 1),
            "resumed": blows.resumed,
        }
        self.stdout.write(json.dumps(summary))
        if not is_same or cost.percent > MOST_REDONE_PERCENT or blows.kills.total() < kills:
            raise CommandError(
                "the disturbed round differs, too much was done twice, or it ended before the last kill"
            )
