"""How fast the listings browser answers: manage.py benchmark_browse --listings 1000000."""

import json
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.management.scratch import scratch_database
from training.browse_benchmark.data import catalogue_generate, session_generate
from training.browse_benchmark.visits import KINDS, LIST
from training.management.measuring import WARM_UP, page_visit
from training.management.serving import ALIAS, connected, served
from training.ml.times import time_figures

TARGET_MS = 200.0
FEWEST = 1000


class Command(BaseCommand):
    help = (
        "Generate a large catalogue in a database of its own, serve it as in production, and time pages over "
        "HTTP, one at a time. Needs PostgreSQL. Prints a table of milliseconds, and last a line of JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--listings", type=int, default=1_000_000, help="default 1000000")
        parser.add_argument("--seconds", type=float, default=180.0, help="of asking for pages (default 180)")

    def handle(self, *args: Any, **options: Any) -> None:
        listings: int = options["listings"]
        if listings < FEWEST:
            raise CommandError(f"--listings is {listings}: give {FEWEST} or more", returncode=2)
        with (
            scratch_database("attrx_benchmark_browse") as url,
            tempfile.TemporaryDirectory(prefix="attrx-benchmark-") as folder,
        ):
            session = self.generate(url, listings)
            with served(url, Path(folder)) as port:
                times = _measure(port, session, listings, options["seconds"])
        self.report(listings, times)

    def generate(self, url: str, listings: int) -> str:
        """Fill the database; returns the key of an admin's session."""
        started = time.monotonic()

        def tell(what: str) -> None:
            self.stderr.write(f"{time.monotonic() - started:6.1f} s: {what}")

        with connected(url):
            catalogue_generate(listings=listings, using=ALIAS, tell=tell)
            session = session_generate(using=ALIAS)
        tell("done")
        return session

    def report(self, listings: int, times: Mapping[str, list[tuple[float, str]]]) -> None:
        """A line for each kind of page, and last one of JSON."""
        self.stdout.write(f"{'':<36}{'pages':>7}{'p50':>8}{'p95':>8}{'worst':>8}  ms")
        kinds = {
            kind: time_figures([taken for taken, _ in found], counted="pages")
            for kind, found in times.items()
        }
        for kind, figures in kinds.items():
            numbers = "".join(f"{figures[name]:8.1f}" for name in ("p50_ms", "p95_ms", "worst_ms"))
            self.stdout.write(f"{kind:<36}{figures['pages']:>7.0f}{numbers}")
        worst_ms, address = max(max(found) for found in times.values())
        self.stdout.write(f"the worst: {worst_ms:.1f} ms for {address}")
        slowest = max(kinds, key=lambda kind: kinds[kind]["p95_ms"])
        summary = {
            "listings": listings,
            "target_p95_ms": TARGET_MS,
            "slowest_kind": slowest,
            "slowest_p95_ms": kinds[slowest]["p95_ms"],
            "met": all(figures["p95_ms"] < TARGET_MS for figures in kinds.values()),
            "kinds": kinds,
        }
        self.stdout.write(json.dumps(summary))


def _measure(port: int, session: str, listings: int, seconds: float) -> dict[str, list[tuple[float, str]]]:
    """{kind: [(milliseconds, address)]}: a page of each kind in turn while there is time, two at least."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    random, times = Random(0), {kind: list[tuple[float, str]]() for kind in KINDS}
    for _ in range(WARM_UP):
        page_visit(connection, session, LIST)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline or any(len(found) < 2 for found in times.values()):
        for kind, draw in KINDS.items():
            address = draw(random, listings)
            times[kind].append((page_visit(connection, session, address), address))
    return times
