"""Start a round over what is in the catalogue: manage.py round_start --iterations 3 --wait."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from training import inputs, services
from training.management.reporting import report_end
from training.management.watching import watch_round
from training.ml.errors import DataError
from training.ml.estimate import Sizes
from training.ml.params import ITERATIONS
from training.ml.presets import PRESETS
from training.ml.strategies import PLANS
from training.pages.durations import rough_text
from training.selectors.estimates import round_estimate


class Command(BaseCommand):
    help = "Freeze catalogue and labels as they are now and queue a round over them for a worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--strategy",
            choices=list(PLANS),
            default="sft_dpo",
            help="; ".join(f"{name}: {plan.label}" for name, plan in PLANS.items()) + " (default: sft_dpo)",
        )
        parser.add_argument(
            "--preset",
            choices=list(PRESETS),
            default="",
            help="hardware (default: what suits the base model)",
        )
        parser.add_argument(
            "--iterations", type=int, default=ITERATIONS, help=f"at most (default {ITERATIONS})"
        )
        parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same result")
        parser.add_argument("--wait", action="store_true", help="show progress until the round ends")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="check everything, say what it will take, and start nothing",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        settings = {name: options[name] for name in ("strategy", "preset", "iterations", "seed")}
        try:
            if options["dry_run"]:
                self.estimate(settings)
                return
            round_ = services.round_start(**settings)
        except DataError as error:
            raise CommandError(str(error), returncode=2) from error
        self.say_left_out(round_.left_out)
        report_end(round_.pk, watch_round(round_.pk) if options["wait"] else None, out=self.stdout)

    def estimate(self, settings: dict[str, Any]) -> None:
        """Print what the round would take, over the inputs as they would be frozen."""
        params = services.round_params(**settings)
        frozen = inputs.freeze(params)
        pool = inputs.PoolRows(frozen)
        for _ in pool:  # The first stage of the round will see every listing and photo so.
            pass
        self.say_left_out([*frozen["left_out"], *pool.left_out()])
        questions = frozen["questions"] | {"pool": pool.questions}
        reviewed = inputs.reviewed_questions(frozen)
        found = round_estimate(params, Sizes(**questions, reviewed=reviewed))
        for name, value in (
            ("strategy", PLANS[params.strategy].label),
            ("preset", PRESETS[params.preset].label),
            ("questions", f"{found.questions:,} ({_parts(questions)})"),
            ("reviewed", f"{reviewed:,} of the pool's, which reviews settled"),
            ("chains", f"{found.chains:,}"),
            ("pairs", f"{found.pairs:,} at most"),
            ("optimiser steps", f"{found.steps:,} at most"),
            ("disk", filesizeformat(found.disk_bytes)),
            ("time", f"{rough_text(found.seconds)} ({found.speed_from})"),
        ):
            self.stdout.write(f"{name:<16} {value}")

    def say_left_out(self, left_out: list[inputs.Json]) -> None:
        """Say which verticals, or listings of them, are not in the round, and why."""
        for one in left_out:
            self.stderr.write(f"left out: {one['name']}: {one['reason']}")


def _parts(questions: dict[str, int]) -> str:
    return ", ".join(f"{questions[split]:,} {split}" for split in ("seed", "gold", "pool"))
