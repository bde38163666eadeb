"""Go on with a round that failed or was cancelled: manage.py round_resume 12 --wait."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from training import services
from training.management.reporting import report_end
from training.management.watching import watch_round


class Command(BaseCommand):
    help = "Queue a failed or cancelled round again; its finished stages are kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("round", type=int, help="its number")
        parser.add_argument("--wait", action="store_true", help="show progress until the round ends")

    def handle(self, *args: Any, **options: Any) -> None:
        round_id: int = options["round"]
        if not services.round_resume(round_id=round_id):
            raise CommandError(
                f"round {round_id} is not failed or cancelled: there is nothing to resume", returncode=2
            )
        report_end(round_id, watch_round(round_id) if options["wait"] else None, out=self.stdout)
