"""Write the schema to a file: manage.py schema_export schema.csv."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.exporting.as_csv import BOM
from catalog.schema.csvfile import write_csv
from catalog.schema.files import write_schema_json
from catalog.selectors.drafts import schema_saved

FORMATS = ("csv", "json")


class Command(BaseCommand):
    help = "Write the schema of every vertical, or of some, as CSV or JSON (docs/data-format.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="default: standard output")
        parser.add_argument("--format", choices=FORMATS, help="default: as the file is called, or json")
        parser.add_argument("--bom", action="store_true", help="begin a CSV so that Excel reads it as UTF-8")
        parser.add_argument("--vertical", action="append", default=[], metavar="CODE", help="only this one")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path | None = options["file"]
        called = file.suffix.removeprefix(".").lower() if file else ""
        format = options["format"] or (called if called in FORMATS else "json")
        schema = schema_saved(codes=options["vertical"])
        if missing := set(options["vertical"]) - {vertical.code for vertical in schema}:
            raise CommandError(f"there is no vertical {min(missing)!r}: give the code of one", returncode=2)
        text = write_csv(schema) if format == "csv" else write_schema_json(schema)
        text = f"{BOM}{text}" if options["bom"] and format == "csv" else text
        if file is None:
            self.stdout.write(text, ending="")
            return
        try:
            file.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise CommandError(
                f"{file}: cannot be written ({error.strerror}): give another file", returncode=2
            ) from error
        self.stdout.write(f"{len(schema)} verticals written to {file}")
