"""Fill an empty database with a large catalogue: manage.py seed_scale."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from training.scale.database import is_empty, newest_end, scale_fill
from training.scale.sizes import ATTRIBUTES, GOLD, SEED, VERTICALS, Sizes

LISTINGS, PREDICTIONS, ROUNDS = 1_000_000, 5_000_000, 20
FEWEST = 2 * VERTICALS * (GOLD + SEED)


class Command(BaseCommand):
    help = (
        "Fill the database that the settings name, which must be migrated and empty, with listings of "
        f"{VERTICALS} verticals, photos without files, labels and who gave them, rounds with their metrics "
        "and gold answers, predictions, and a year of weekly figures. The same seed gives the same rows "
        "within a week. user_add adds somebody who may sign in. Prints the tables as they are filled, and "
        "last a line of JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--listings", type=int, default=LISTINGS, help=f"default {LISTINGS}")
        parser.add_argument(
            "--predictions", type=int, help=f"default {ATTRIBUTES} for each listing, so {PREDICTIONS}"
        )
        parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default {ROUNDS}")
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        sizes = _sizes(options)
        if not is_empty(using=DEFAULT_DB_ALIAS):
            raise CommandError(
                "the database has listings or users already: point DATABASE_URL at an empty one, and "
                "migrate it",
                returncode=2,
            )
        started = time.monotonic()

        def tell(what: str) -> None:
            self.stderr.write(f"{time.monotonic() - started:6.1f} s: {what}")

        tables = scale_fill(sizes, using=DEFAULT_DB_ALIAS, tell=tell)
        seconds = round(time.monotonic() - started, 1)
        self.stdout.write(json.dumps({"tables": tables, "rounds": sizes.rounds, "seconds": seconds}))


def _sizes(options: dict[str, Any]) -> Sizes:
    listings, rounds = options["listings"], options["rounds"]
    if listings < FEWEST:
        raise CommandError(f"--listings is {listings}: give {FEWEST} or more", returncode=2)
    if rounds < 1:
        raise CommandError(f"--rounds is {rounds}: give 1 or more", returncode=2)
    predictions = ATTRIBUTES * listings if options["predictions"] is None else options["predictions"]
    most = 2 * ATTRIBUTES * (listings - VERTICALS * (GOLD + SEED))
    if not 0 <= predictions <= most:
        raise CommandError(
            f"--predictions is {predictions}: give 0 to {most}, of two versions on the pool", returncode=2
        )
    return Sizes(listings, predictions, rounds, options["seed"], newest_end(timezone.now()))
