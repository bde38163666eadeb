"""How fast and in how much memory predictions are exported: manage.py benchmark_export --rows 1000000."""

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
from django.db import connections

from attrx_web.env import REPOSITORY
from catalog.management.scratch import scratch_database
from training.exporting import Format, generated
from training.management.serving import ALIAS, connected

MIB = 1 << 20
FORMATS = [one.value for one in Format if not one.is_folder]

CHILD = """
import sys
import django
django.setup()
from django.core.management import call_command
call_command("catalog_export", "predictions", "--format", sys.argv[1], "--out", sys.argv[2])
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM:"))
print(int(peak.split()[1]) * 1024)
"""
"""A process of its own, so that its peak is nobody else's."""

COPY = """
COPY (
    SELECT prediction.id, listing.id, listing.external_id, vertical.code, vertical.label, listing.split,
        attribute.code, attribute.label, prediction.values, prediction.state, prediction.majority,
        prediction.agreement, prediction.chains, prediction.counts, prediction.model_version_id
    FROM training_prediction AS prediction
    JOIN catalog_listing AS listing ON listing.id = prediction.listing_id
    JOIN catalog_vertical AS vertical ON vertical.id = listing.vertical_id
    JOIN catalog_attribute AS attribute ON attribute.id = prediction.attribute_id
    ORDER BY prediction.id
) TO STDOUT WITH (FORMAT csv, HEADER)
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One export."""

    format: str
    rows: int
    seconds: float
    """with the start of the process"""
    peak_rss: int
    """bytes"""
    size: int
    """bytes"""


class Command(BaseCommand):
    help = (
        "Export generated predictions in every format, first a tenth of the rows and then all, and compare "
        "with PostgreSQL's COPY TO. Needs PostgreSQL and Linux. Prints a table, and last a line of JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rows", type=int, default=1_000_000, help="predictions (default 1000000)")
        parser.add_argument("--format", choices=FORMATS, nargs="+", default=FORMATS)

    def handle(self, *args: Any, **options: Any) -> None:
        listings, formats = options["rows"] // generated.ATTRIBUTES, options["format"]
        if listings < 10:
            raise CommandError(f"--rows is {options['rows']}: give 100 or more", returncode=2)
        with (
            scratch_database("attrx_benchmark_export") as url,
            connected(url),
            tempfile.TemporaryDirectory(prefix="attrx-benchmark-") as folder,
        ):
            generated.schema_generate(using=ALIAS)
            generated.predictions_generate(first=1, last=listings // 10, using=ALIAS)
            few = [_export(one, url, listings // 10, Path(folder) / f"few.{one}") for one in formats]
            generated.predictions_generate(first=listings // 10 + 1, last=listings, using=ALIAS)
            copied = _copy(Path(folder) / "copy.csv")
            many = [_export(one, url, listings, Path(folder) / f"many.{one}") for one in formats]
        self.report(few, many, copied)

    def report(self, few: list[Measured], many: list[Measured], copied: float) -> None:
        """A line for each format, and last one of JSON. `copied` are the seconds that COPY TO took."""
        rows, result = many[0].rows, {}
        self.stdout.write(f"{rows} predictions; COPY TO took {copied:.1f} s, {rows / copied:,.0f} rows/s")
        for tenth, whole in zip(few, many, strict=True):
            ratio, growth = whole.seconds / copied, whole.peak_rss / tenth.peak_rss
            self.stdout.write(
                f"{whole.format:<8}{whole.seconds:8.1f} s {rows / whole.seconds:12,.0f} rows/s "
                f"{ratio:6.1f} times COPY TO  {whole.size / MIB:6.0f} MiB  "
                f"peak RSS {whole.peak_rss / MIB:.0f} MiB, {growth:.2f} times that of {tenth.rows} rows"
            )
            result[whole.format] = {
                "seconds": round(whole.seconds, 2),
                "rows_per_second": round(rows / whole.seconds),
                "times_copy": round(ratio, 2),
                "peak_rss": whole.peak_rss,
                "peak_rss_of_a_tenth": tenth.peak_rss,
                "peak_rss_ratio": round(growth, 3),
                "bytes": whole.size,
            }
        self.stdout.write(json.dumps({"rows": rows, "copy_seconds": round(copied, 4), "formats": result}))


def _export(form: str, url: str, listings: int, out: Path) -> Measured:
    started = time.monotonic()
    child = subprocess.run(
        [sys.executable, "-c", CHILD, form, str(out)],
        cwd=REPOSITORY,
        env=os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "attrx_web.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    if child.returncode:
        raise CommandError(f"the export as {form} failed: read the message above")
    peak = int(child.stdout.splitlines()[-1])
    seconds = time.monotonic() - started
    return Measured(form, listings * generated.ATTRIBUTES, seconds, peak, out.stat().st_size)


def _copy(out: Path) -> float:
    """The seconds that PostgreSQL takes to send about the same columns as CSV, written to a file."""
    started = time.monotonic()
    with connections[ALIAS].cursor() as cursor, out.open("wb") as file, cursor.copy(COPY) as pieces:
        file.writelines(pieces)
    return time.monotonic() - started
