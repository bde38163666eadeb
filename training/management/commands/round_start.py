"""Start a round over what is in the catalogue: manage.py round_start --iterations 3 --wait."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from training import services
from training.management.reporting import report_end
from training.management.watching import watch_round
from training.ml.errors import DataError


class Command(BaseCommand):
    help = "Freeze catalogue and labels as they are now and queue a round over them for a worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--iterations", type=int, default=3, help="DPO iterations at most (default 3)")
        parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same result")
        parser.add_argument("--wait", action="store_true", help="show progress until the round ends")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            round_ = services.round_start(iterations=options["iterations"], seed=options["seed"])
        except DataError as error:
            raise CommandError(str(error), returncode=2) from error
        report_end(round_.pk, watch_round(round_.pk) if options["wait"] else None, out=self.stdout)
