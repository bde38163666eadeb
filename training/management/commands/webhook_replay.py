"""Send messages to the webhook once more: those with these numbers, or all that were given up."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from training.selectors.health import deliveries_given_up
from training.services.deliveries import delivery_replay


class Command(BaseCommand):
    help = "Send messages once more that were sent or given up: by number, or all that were given up."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Numbers, or --failed."""
        parser.add_argument("delivery", nargs="*", type=int, help="its number, as X-Attrx-Delivery has it")
        parser.add_argument("--failed", action="store_true", help="all that were given up")

    def handle(self, *args: Any, **options: Any) -> None:
        """Queue them; workers send them."""
        wanted: list[int] = options["delivery"]
        if bool(wanted) == options["failed"]:
            raise CommandError("name deliveries by their numbers, or give --failed: one of the two")
        numbers = wanted or deliveries_given_up()
        late = [number for number in numbers if not delivery_replay(delivery_id=number)]
        if late:
            raise CommandError(
                f"{', '.join(map(str, late))}: there is no such message, or it still waits to be sent: "
                "look at the deliveries in the admin"
            )
        self.stdout.write(f"{len(numbers)} message{'' if len(numbers) == 1 else 's'} will be sent once more.")
