"""Compute weekly figures now: manage.py health_compute --weeks 8."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalog.services.ledger import worker_name
from training.health.weeks import WEEK, last_week
from training.selectors.health import alerts_open_count, week_summary
from training.services import health

MOST_WEEKS = 104


class Command(BaseCommand):
    help = (
        "Compute the health figures of the last weeks that are over, the oldest first, and open and resolve "
        "alerts by the newest one. A worker does the same once a day. Prints a line a week, and last a line "
        "of JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--weeks", type=int, default=1, help="how many (default 1)")
        parser.add_argument("--week", help="only this one, by the date of any of its days: 2026-11-16")

    def handle(self, *args: Any, **options: Any) -> None:
        found = [(week, self.compute(week)) for week in _weeks(options)]
        for week, said in found:
            self.stdout.write(f"week of {week}: {said}")
        summary = {"weeks": [str(week) for week, _ in found], "open_alerts": alerts_open_count()}
        self.stdout.write(json.dumps(summary))

    def compute(self, week: date) -> str:
        """Compute a week in this process; returns what there is of it now."""
        run = health.health_queue(week=week, tell=False)
        claim = health.health_claim(run_id=run.pk, worker=worker_name())
        if claim is None:
            raise CommandError(
                f"the week of {week} is being computed by {run.worker or 'a worker'}: wait for it"
            )
        health.health_run(claim)
        return week_summary(week)


def _weeks(options: dict[str, Any]) -> list[date]:
    newest = last_week(timezone.now())
    if options["week"]:
        try:
            day = date.fromisoformat(options["week"])
        except ValueError as error:
            raise CommandError(
                f"--week is {options['week']!r}: give a date like 2026-11-16", returncode=2
            ) from error
        monday = date.fromordinal(day.toordinal() - day.weekday())
        if monday > newest:
            raise CommandError(f"the week of {monday} is not over: give one up to {newest}", returncode=2)
        return [monday]
    if not 1 <= options["weeks"] <= MOST_WEEKS:
        raise CommandError(
            f"--weeks is {options['weeks']}: give a number from 1 to {MOST_WEEKS}", returncode=2
        )
    return [newest - place * WEEK for place in reversed(range(options["weeks"]))]
