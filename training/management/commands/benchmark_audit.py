"""How fast a long audit log answers, leaves as a file and takes entries: manage.py benchmark_audit."""

import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from attrx_web.env import REPOSITORY
from catalog.management.scratch import scratch_database
from training.audit_benchmark.data import log_generate, sizes_of
from training.audit_benchmark.peers import entries_write, log_copy, rows_select
from training.audit_benchmark.visits import KINDS, LOG, entries_on
from training.browse_benchmark.data import session_generate
from training.management.measuring import WARM_UP, page_read, session_headers
from training.management.serving import ALIAS, connected, served
from training.ml.times import time_figures

TARGET_MS = 200.0
FEWEST = 10_000
FILES = ("csv", "jsonl")
WRITTEN = 2_000
"""Entries that are written, and timed."""
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Visit:
    """One page."""

    milliseconds: float
    address: str
    entries: int
    """that it showed"""
    selected: float
    """milliseconds of a plain SELECT of these"""


@dataclass(frozen=True, slots=True)
class Exported:
    """The whole log as a file."""

    rows: int
    seconds: float
    size: int
    """bytes"""


class Command(BaseCommand):
    help = (
        "Generate a long audit log in a database of its own, serve it as in production, and time its page "
        "over HTTP with every kind of filter, one at a time; each page is held against a plain SELECT of the "
        "same entries by their key. Then take the whole log as a file (against COPY TO), and write entries "
        "(against plain INSERTs). Needs PostgreSQL. Prints tables, and last a line of JSON; exit code 1 "
        f"unless the p95 of every kind of page is at most {TARGET_MS:.0f} ms."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--entries", type=int, default=1_000_000, help="default 1000000")
        parser.add_argument("--seconds", type=float, default=90.0, help="of asking for pages (default 90)")
        parser.add_argument("--write", type=int, help="only write so many entries, here, and time them")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["write"]:
            self.stdout.write(json.dumps(entries_write(options["write"])))
            return
        entries: int = options["entries"]
        if entries < FEWEST:
            raise CommandError(f"--entries is {entries}: give {FEWEST} or more", returncode=2)
        with (
            scratch_database("attrx_benchmark_audit") as url,
            connected(url),
            tempfile.TemporaryDirectory(prefix="attrx-benchmark-") as folder,
        ):
            session = self.generate(entries)
            with served(url, Path(folder)) as port:
                visits = _measure(port, session, entries, options["seconds"])
                self.stderr.write("files")
                files = {form: _export(port, session, form, entries) for form in FILES}
                copied = log_copy(Path(folder) / "copy.csv", using=ALIAS)
                self.stderr.write("writes")
                writes = _writes()
        self.report(entries, visits, files, copied, writes)

    def generate(self, entries: int) -> str:
        """Fill the database; returns the key of an admin's session."""
        started = time.monotonic()

        def tell(what: str) -> None:
            self.stderr.write(f"{time.monotonic() - started:6.1f} s: {what}")

        log_generate(entries=entries, using=ALIAS, tell=tell)
        session = session_generate(using=ALIAS)
        size = sizes_of(using=ALIAS)
        tell(f"{size['table'] / MIB:.0f} MiB of entries, {size['indexes'] / MIB:.0f} MiB of indexes")
        return session

    def report(
        self,
        entries: int,
        visits: Mapping[str, Sequence[Visit]],
        files: Mapping[str, Exported],
        copied: float,
        writes: tuple[Sequence[float], Sequence[float]],
    ) -> None:
        """A line for each kind of page and file and for writes, and last one of JSON.

        Args:
            copied: seconds that COPY TO took for the whole log.
            writes: milliseconds of entries, and of plain INSERTs.

        Raises:
            CommandError: when a kind of page takes too long.
        """
        kinds = self.report_pages(visits)
        slowest = max(kinds, key=lambda kind: kinds[kind]["p95_ms"])
        every = [visit for found in visits.values() for visit in found]
        summary = {
            "entries": entries,
            "target_p95_ms": TARGET_MS,
            "slowest_kind": slowest,
            "slowest_p95_ms": kinds[slowest]["p95_ms"],
            "ratio": round(sum(one.milliseconds for one in every) / sum(one.selected for one in every), 2),
            "kinds": kinds,
            "files": self.report_files(files, copied),
            "writes": self.report_writes(*writes),
            "met": all(figures["p95_ms"] <= TARGET_MS for figures in kinds.values()),
        }
        self.stdout.write(json.dumps(summary))
        if not summary["met"]:
            raise CommandError(f"a page takes too long: {slowest}")

    def report_pages(self, visits: Mapping[str, Sequence[Visit]]) -> dict[str, dict[str, float]]:
        """{kind: figures of its pages}; `select_ms` is the median of the plain SELECT of what they showed."""
        self.stdout.write(
            f"{'':<28}{'pages':>7}{'entries':>9}{'p50':>8}{'p95':>8}{'worst':>8}{'SELECT':>8}  ms"
        )
        kinds = {}
        for kind, found in visits.items():
            figures = time_figures([one.milliseconds for one in found], counted="pages") | {
                "entries": round(sum(one.entries for one in found) / len(found), 1),
                "select_ms": round(sorted(one.selected for one in found)[len(found) // 2], 2),
            }
            numbers = "".join(f"{figures[name]:8.1f}" for name in ("p50_ms", "p95_ms", "worst_ms"))
            counts = f"{figures['pages']:>7.0f}{figures['entries']:>9.1f}"
            self.stdout.write(f"{kind:<28}{counts}{numbers}{figures['select_ms']:8.2f}")
            kinds[kind] = figures
        worst = max((one for found in visits.values() for one in found), key=lambda one: one.milliseconds)
        self.stdout.write(f"the worst: {worst.milliseconds:.1f} ms for {worst.address}")
        return kinds

    def report_files(self, files: Mapping[str, Exported], copied: float) -> dict[str, dict[str, float]]:
        """{form: figures of the file}."""
        result = {}
        for form, file in files.items():
            figures = {
                "rows": file.rows,
                "seconds": round(file.seconds, 1),
                "rows_per_second": round(file.rows / file.seconds),
                "times_copy": round(file.seconds / copied, 2),
                "bytes": file.size,
            }
            self.stdout.write(
                f"{form:<6}{file.rows} entries, {file.size / MIB:.0f} MiB in {file.seconds:.1f} s: "
                f"{figures['rows_per_second']:,} a second, {figures['times_copy']} times COPY TO"
            )
            result[form] = figures
        return result

    def report_writes(self, recorded: Sequence[float], inserted: Sequence[float]) -> dict[str, Any]:
        """{"entry": figures, "insert": figures, "ratio": of their sums}."""
        entry, insert = time_figures(recorded, counted="pages"), time_figures(inserted, counted="pages")
        ratio = round(sum(recorded) / sum(inserted), 2)
        for name, figures in (("an entry", entry), ("a plain INSERT", insert)):
            figures["entries"] = figures.pop("pages")
            self.stdout.write(
                f"{name:<16}p50 {figures['p50_ms']} ms, p95 {figures['p95_ms']}, worst {figures['worst_ms']}"
            )
        return {"entry": entry, "insert": insert, "ratio": ratio}


def _measure(port: int, session: str, entries: int, seconds: float) -> dict[str, list[Visit]]:
    """A page of each kind in turn while there is time, two at least."""
    http = HTTPConnection("127.0.0.1", port, timeout=60)
    random, visits = Random(0), {kind: list[Visit]() for kind in KINDS}
    for _ in range(WARM_UP):
        page_read(http, session, LOG)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline or any(len(found) < 2 for found in visits.values()):
        for kind, draw in KINDS.items():
            address = draw(random, entries)
            milliseconds, page = page_read(http, session, address)
            ids = entries_on(page)
            visits[kind].append(Visit(milliseconds, address, len(ids), rows_select(ids, using=ALIAS)))
    return visits


def _export(port: int, session: str, form: str, entries: int) -> Exported:
    """Take the whole log as a file.

    Raises:
        CommandError: when entries are missing from it.
    """
    http = HTTPConnection("127.0.0.1", port, timeout=60)
    started, size, lines = time.monotonic(), 0, 0
    http.request("GET", f"{LOG}events.{form}", headers=session_headers(session))
    answer = http.getresponse()
    while piece := answer.read(MIB):
        size += len(piece)
        lines += piece.count(b"\n")
    rows = lines - (form == "csv")
    if answer.status != 200 or rows < entries:
        raise CommandError(f"the file {form} was answered with {answer.status} and {rows} entries")
    return Exported(rows, time.monotonic() - started, size)


def _writes() -> tuple[list[float], list[float]]:
    """What a process with the environment of the served site takes for entries and for plain INSERTs."""
    command = [sys.executable, "manage.py", "benchmark_audit", "--write", str(WRITTEN)]
    run = subprocess.run(command, cwd=REPOSITORY, env=os.environ, capture_output=True, text=True)
    if run.returncode:
        raise CommandError(f"entries could not be written: {run.stderr}")
    recorded, inserted = json.loads(run.stdout.splitlines()[-1])
    return recorded, inserted
