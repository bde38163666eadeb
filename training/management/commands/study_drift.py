"""Whether drift is found, and how often without any: manage.py study_drift."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from training.drift_study.worlds import KINDS, REFERENCE, WEEK, Catalogue, Disturbance, disturbance
from training.health.rules import DEFAULTS
from training.ml.drift import Figure, figures_of, is_alarm

SEEDS, UNDISTURBED = 10, 20
LEAST_FOUND = 0.9
MOST_FALSE = 1
SPARE = 140
"""Listings of a vertical beyond those of a week and its reference: a new value takes some out."""


class Command(BaseCommand):
    help = (
        "Render listings of the demo catalogue, draw weeks from them, and put a new look, a new value, a "
        "broken camera or a vertical never seen into one vertical of a week. Photos and what they look like "
        "are real; votes and people's answers are drawn from the truth (training/drift_study/votes.py). "
        "Counts the weeks in which the vertical raises an alarm by the default rules, and alarms in "
        "undisturbed weeks. Prints a line a week, and last a line of JSON; exit code 1 unless "
        f"{LEAST_FOUND:.0%} of each kind are found, with at most {MOST_FALSE} false alarm."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seeds", type=int, default=SEEDS, help="of each kind (default 10)")
        parser.add_argument("--undisturbed", type=int, default=UNDISTURBED, help="seeds (default 20)")
        parser.add_argument("--jobs", type=int, default=2, help="processes that render (default 2)")

    def handle(self, *args: Any, **options: Any) -> None:
        seeds, undisturbed, jobs = options["seeds"], options["undisturbed"], options["jobs"]
        if seeds < 1 or undisturbed < 1 or jobs < 1:
            raise CommandError("--seeds, --undisturbed and --jobs: give 1 or more of each", returncode=2)
        started = time.monotonic()
        catalogue = Catalogue(WEEK + REFERENCE + SPARE, jobs)
        self.stderr.write(f"rendered in {time.monotonic() - started:.0f} s")
        false = [self.alarms(catalogue, seed) for seed in range(undisturbed)]
        kinds = {kind: self.found(catalogue, kind, seeds) for kind in KINDS}
        summary = {
            "week": WEEK,
            "reference": REFERENCE,
            "kinds": kinds,
            "undisturbed": {"seeds": undisturbed, "alarms": sum(map(len, false))},
            "seconds": round(time.monotonic() - started, 1),
        }
        is_met = sum(map(len, false)) <= MOST_FALSE and all(
            one["found"] >= LEAST_FOUND * seeds for one in kinds.values()
        )
        self.stdout.write(json.dumps({**summary, "met": is_met}))
        if not is_met:
            raise CommandError("drift is missed, or alarms are false, more often than they may be")

    def found(self, catalogue: Catalogue, kind: str, seeds: int) -> dict[str, Any]:
        """In how many weeks the disturbed vertical raises an alarm, and which figures do."""
        by: dict[str, int] = {}
        found = elsewhere = 0
        for seed in range(seeds):
            disturbed = disturbance(kind, seed)
            alarms = self.alarms(catalogue, seed, disturbed)
            here = {alarm.kind.value for alarm in alarms if alarm.vertical == disturbed.vertical}
            found += bool(here)
            elsewhere += sum(alarm.vertical != disturbed.vertical for alarm in alarms)
            for name in here:
                by[name] = by.get(name, 0) + 1
        return {"seeds": seeds, "found": found, "by": by, "elsewhere": elsewhere}

    def alarms(
        self, catalogue: Catalogue, seed: int, disturbed: Disturbance | None = None
    ) -> Sequence[Figure]:
        """The alarms of one week."""
        figures = figures_of(catalogue.week(seed, disturbed), seed=seed)
        alarms = [one for one in figures if is_alarm(one, least=DEFAULTS[one.kind].least)]
        said = ", ".join(_said(one) for one in alarms) or "no alarm"
        self.stdout.write(f"seed {seed}, {disturbed.name if disturbed else 'undisturbed'}: {said}")
        return alarms


def _said(figure: Figure) -> str:
    where = "/".join(part for part in (figure.vertical, figure.attribute) if part)
    p = "" if figure.adjusted is None else f", p {figure.adjusted:.2g}"
    return f"{figure.kind} of {where} ({figure.effect:.3g}{p})"
