"""Count what people did now: manage.py people_count."""

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.services.ledger import worker_name
from labeling.selectors.worked import counted_rows
from labeling.services import people


class Command(BaseCommand):
    help = (
        "Count what everybody did, for the pages of people, and replace what was counted before. A worker "
        "does the same once an hour. Prints a line of JSON."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        count = people.count_queue(tell=False)
        claim = people.count_claim(count_id=count.pk, worker=worker_name())
        if claim is None:
            raise CommandError("a worker is counting already: wait for it, and look at the page of people")
        people.count_run(claim)
        seconds = round(time.monotonic() - started, 1)
        self.stdout.write(json.dumps({**counted_rows(), "seconds": seconds}))
