"""Keep what the dashboards of accuracy and the loop read, for earlier rounds: manage.py metrics_compute."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from training.figures import round_figures_record, rounds_over
from training.ml.errors import DataError
from training.services.loop import loop_record


class Command(BaseCommand):
    help = (
        "Keep precision, recall, averages, confusions and paired tests of every evaluated round that is "
        "over, from its accuracies and its answers on gold; and where they are missing, what its stages and "
        "people took and how far its chains agreed. Newer rounds keep them by themselves. May be repeated: "
        "a round's rows replace those there were, all or none. Prints a line a round, and last a line of "
        "JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--round", type=int, action="append", metavar="N", help="only this one; may be repeated"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        rounds: list[int] = options["round"] or rounds_over()
        total = 0
        for round_id in rounds:
            try:
                rows = round_figures_record(round_id=round_id) + loop_record(round_id=round_id)
            except DataError as error:
                raise CommandError(str(error), returncode=2) from error
            self.stdout.write(f"round {round_id}: {rows} rows")
            total += rows
        self.stdout.write(json.dumps({"rounds": len(rounds), "rows": total}))
