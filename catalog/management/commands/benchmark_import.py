"""How fast and in how much memory rows are imported: manage.py benchmark_import --rows 1000000."""

import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from attrx_web.env import REPOSITORY
from catalog.importing.generated import COLUMNS, write_rows
from catalog.management.importing import count
from catalog.management.scratch import scratch_database

EMPTY, FILLED = "attrx_benchmark_import_empty", "attrx_benchmark_import"
"""Scratch databases: each measurement fills a copy of the first."""
MIB = 1 << 20
CHUNK = 1 << 20

CHILD = """
import sys
import django
django.setup()
from django.core.management import call_command
from catalog.importing.generated import SCHEMA
from catalog.services import schema_import
schema_import(schema=SCHEMA)
call_command("catalog_import", sys.argv[1], "--gold", "20", "--seed-set", "10")
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM:"))
print(int(peak.split()[1]) * 1024)
"""
"""A process of its own, so that its peak is nobody else's."""

IMAGES_CHILD = """
import json
import sys
from pathlib import Path
import django
django.setup()
from catalog.imaging.benchmark import measure_images
result = measure_images(count=int(sys.argv[1]), folder=Path(sys.argv[2]))
print(json.dumps([result.intake_per_second, result.bare_per_second]))
"""
"""With a database of its own; the media storage is the one that is set."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One import of generated rows."""

    rows: int
    load_seconds: float
    """from the first row to the last"""
    settle_seconds: float
    """for near-duplicates and splits"""
    peak_rss: int
    """bytes, of the importing process"""
    copy_seconds: float
    """of a bare COPY of the same rows"""

    @property
    def per_second(self) -> float:
        """Rows loaded a second."""
        return self.rows / self.load_seconds

    @property
    def ratio(self) -> float:
        """Of the speed to that of the bare COPY."""
        return self.copy_seconds / self.load_seconds


class Command(BaseCommand):
    help = (
        "Import generated rows without photos, first a tenth of them and then all, into a database of their "
        "own each, and compare with a bare COPY of the same rows. Needs PostgreSQL and Linux. "
        "Prints a table, and last a line of JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rows", type=count, default=100_000)
        parser.add_argument("--images", type=count, default=0, help="take in so many rendered photos too")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rows"] < len(COLUMNS) * 10:
            raise CommandError(f"--rows is {options['rows']}: give 80 or more", returncode=2)
        with scratch_database(EMPTY):
            self.report(options["rows"], options["images"])

    def report(self, rows: int, images: int) -> None:
        """A line for each measurement, and last one of JSON."""
        heads = ("rows", "rows/s", "settled in", "peak RSS", "COPY rows/s", "ratio")
        self.stdout.write("{:>9} {:>9} {:>11} {:>10} {:>12} {:>7}".format(*heads))
        tenth, whole = (self.measure(number) for number in (rows // 10, rows))
        result = {
            "rows": whole.rows,
            "rows_per_second": round(whole.per_second),
            "settle_seconds": round(whole.settle_seconds, 1),
            "peak_rss_mib": round(whole.peak_rss / MIB, 1),
            "peak_rss_to_a_tenth": round(whole.peak_rss / tenth.peak_rss, 3),
            "copy_rows_per_second": round(whole.rows / whole.copy_seconds),
            "ratio_to_copy": round(whole.ratio, 4),
        }
        self.stdout.write(json.dumps(result | self.images(images)))

    def measure(self, rows: int) -> Measured:
        """Import so many rows."""
        with tempfile.TemporaryDirectory(prefix="attrx-benchmark-") as folder:
            path = Path(folder) / "rows.csv"
            write_rows(path, rows=rows)
            with scratch_database(FILLED, like=EMPTY) as url:
                measured = _imported(path, rows, url, Path(folder) / "var")
        self.stdout.write(
            f"{rows:>9} {measured.per_second:>9.0f} {measured.settle_seconds:>10.1f}s "
            f"{measured.peak_rss / MIB:>6.0f} MiB {rows / measured.copy_seconds:>12.0f} "
            f"{measured.ratio:>7.3f}"
        )
        self.stdout.flush()
        return measured

    def images(self, number: int) -> dict[str, float]:
        """Take in so many photos."""
        if not number:
            return {}
        with (
            scratch_database(FILLED, like=EMPTY) as url,
            tempfile.TemporaryDirectory(prefix="attrx-benchmark-") as folder,
        ):
            told = _child(IMAGES_CHILD, str(number), f"{folder}/photos", DATABASE_URL=url)
        intake, bare = json.loads(told)
        self.stdout.write(
            f"{number} images: {intake:.1f}/s, bare loop {bare:.1f}/s, ratio {intake / bare:.2f}"
        )
        return {
            "images": number,
            "images_per_second": round(intake, 1),
            "bare_images_per_second": round(bare, 1),
            "images_ratio": round(intake / bare, 3),
        }


def _imported(path: Path, rows: int, url: str, var: Path) -> Measured:
    import psycopg  # only an installation for PostgreSQL has it

    copy_seconds = _bare_copy(path, url)
    told = _child(CHILD, str(path), DATABASE_URL=url, ATTRX_VAR_DIR=str(var))
    with psycopg.connect(url) as connection:
        figures = connection.execute("SELECT started, loaded, finished, listings_created FROM catalog_import")
        [(started, loaded, finished, created)] = figures.fetchall()
    if created != rows:
        raise CommandError(f"{created} listings landed of {rows}: look for the reason before you measure")
    return Measured(
        rows=rows,
        load_seconds=(loaded - started).total_seconds(),
        settle_seconds=(finished - loaded).total_seconds(),
        peak_rss=int(told),
        copy_seconds=copy_seconds,
    )


def _child(script: str, *arguments: str, **environment: str) -> str:
    """Run a script in a process of its own; returns the last line that it prints.

    Raises:
        CommandError: when it fails.
    """
    child = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=REPOSITORY,
        env=os.environ | environment | {"DJANGO_SETTINGS_MODULE": "attrx_web.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    if child.returncode:
        raise CommandError("the measured process failed: read the message above")
    return child.stdout.splitlines()[-1]


def _bare_copy(path: Path, url: str) -> float:
    """Seconds that PostgreSQL takes to read the file into a table of texts without an index."""
    import psycopg

    columns = ", ".join(f"{name} text" for name in COLUMNS)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bare ({columns})")
        began = time.perf_counter()
        with cursor.copy("COPY bare FROM STDIN WITH (FORMAT csv, HEADER)") as copy, path.open("rb") as file:
            while chunk := file.read(CHUNK):
                copy.write(chunk)
        seconds = time.perf_counter() - began
        connection.rollback()
    return seconds
