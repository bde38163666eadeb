"""How fast the dashboards answer on a large database: manage.py benchmark_dashboards."""

import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attrx_web.env import REPOSITORY
from catalog.management.scratch import scratch_database
from training.browse_benchmark.data import session_generate
from training.management.measuring import WARM_UP, page_visit
from training.management.serving import ALIAS, connected, served
from training.ml.times import time_figures
from training.scale.database import newest_end, scale_fill
from training.scale.pages import PAGES
from training.scale.sizes import ATTRIBUTES, GOLD, SEED, VERTICALS, Sizes

TARGET_MS, TARGET_QUERIES = 200.0, 15
ROUNDS = 20
FEWEST = 2 * VERTICALS * (GOLD + SEED)


class Command(BaseCommand):
    help = (
        "Fill a database of its own as seed_scale does, serve it as in production, and ask for every page of "
        "the dashboards over HTTP, one at a time. Needs PostgreSQL. Prints milliseconds and queries of each "
        f"page, and last a line of JSON; exit code 1 unless each page's p95 is at most {TARGET_MS:.0f} ms "
        f"and it takes at most {TARGET_QUERIES} queries."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--listings", type=int, default=1_000_000, help="default 1000000")
        parser.add_argument("--seconds", type=float, default=60.0, help="of asking for pages (default 60)")
        parser.add_argument("--count", help="of a session: only count the queries of each page, here")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["count"]:
            self.stdout.write(json.dumps(_queries(options["count"])))
            return
        listings: int = options["listings"]
        if listings < FEWEST:
            raise CommandError(f"--listings is {listings}: give {FEWEST} or more", returncode=2)
        with (
            scratch_database("attrx_benchmark_dashboards") as url,
            tempfile.TemporaryDirectory(prefix="attrx-benchmark-") as folder,
        ):
            tables, session = self.generate(url, listings)
            with served(url, Path(folder)) as port:
                queries = _counted(session)
                times = _measure(port, session, options["seconds"])
        self.report(tables, times, queries)

    def generate(self, url: str, listings: int) -> tuple[dict[str, int], str]:
        """Fill the database; returns {table: rows} and the key of an admin's session."""
        started = time.monotonic()

        def tell(what: str) -> None:
            self.stderr.write(f"{time.monotonic() - started:6.1f} s: {what}")

        sizes = Sizes(listings, ATTRIBUTES * listings, ROUNDS, 0, newest_end(timezone.now()))
        with connected(url):
            tables = scale_fill(sizes, using=ALIAS, tell=tell)
            session = session_generate(using=ALIAS)
        tell("done")
        return tables, session

    def report(
        self, tables: Mapping[str, int], times: Mapping[str, list[float]], queries: Mapping[str, int]
    ) -> None:
        """A line for each page, and last one of JSON."""
        self.stdout.write(f"{'':<28}{'queries':>8}{'pages':>7}{'p50':>8}{'p95':>8}{'worst':>8}  ms")
        pages = {
            name: {"queries": queries[name]} | time_figures(found, counted="pages")
            for name, found in times.items()
        }
        for name, figures in pages.items():
            numbers = "".join(f"{figures[one]:8.1f}" for one in ("p50_ms", "p95_ms", "worst_ms"))
            self.stdout.write(f"{name:<28}{queries[name]:>8}{figures['pages']:>7.0f}{numbers}")
        is_met = all(
            one["p95_ms"] <= TARGET_MS and one["queries"] <= TARGET_QUERIES for one in pages.values()
        )
        summary = {"tables": tables, "target_p95_ms": TARGET_MS, "target_queries": TARGET_QUERIES}
        self.stdout.write(json.dumps({**summary, "pages": pages, "met": is_met}))
        if not is_met:
            raise CommandError("a page takes too long, or too many queries")


def _measure(port: int, session: str, seconds: float) -> dict[str, list[float]]:
    """{page: milliseconds}: each page in turn while there is time, two times at least."""
    http = HTTPConnection("127.0.0.1", port, timeout=60)
    random, times = Random(0), {name: list[float]() for name in PAGES}
    for _ in range(WARM_UP):
        for page in PAGES.values():
            page_visit(http, session, page.address(random, ROUNDS))
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline or any(len(found) < 2 for found in times.values()):
        for name, page in PAGES.items():
            times[name].append(page_visit(http, session, page.address(random, ROUNDS)))
    return times


def _counted(session: str) -> dict[str, int]:
    """{page: queries}, counted by a process with the environment of the served site."""
    command = [sys.executable, "manage.py", "benchmark_dashboards", "--count", session]
    run = subprocess.run(command, cwd=REPOSITORY, env=os.environ, capture_output=True, text=True)
    if run.returncode:
        raise CommandError(f"the queries could not be counted: {run.stderr}")
    counted: dict[str, int] = json.loads(run.stdout.splitlines()[-1])
    return counted


def _queries(session: str) -> dict[str, int]:
    """{page: queries} of the database that the settings name, with what the session takes."""
    client, random = Client(), Random(0)
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    counted = {}
    for name, page in PAGES.items():
        address = page.address(random, ROUNDS)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address, secure=True, HTTP_HOST="127.0.0.1")
        if answer.status_code != 200:
            raise CommandError(f"{address} was answered with {answer.status_code}")
        counted[name] = len(queries)
    return counted
