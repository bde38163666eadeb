"""Record labels: manage.py label_import --import 7, or manage.py label_import --label-studio FILE.json."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labeling.errors import LabelingError
from labeling.importing import LabelImport
from labeling.labelstudio import KEY
from labeling.selectors import import_source
from labeling.services import labels_record_claims, labels_record_file


class Command(BaseCommand):
    help = (
        "Record the answers that listings of the seed and gold sets were imported with as labels, "
        "or the labels of a file. What a person answered stays. Exit code 1: some were refused, the others "
        "are recorded; 2: nothing could be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--import", type=int, metavar="ID", help="only of listings of this import")
        parser.add_argument("--vertical", metavar="CODE", help="only of listings of this vertical")
        parser.add_argument(
            "--label-studio", type=Path, metavar="FILE", help="instead: a .json that Label Studio exported"
        )
        parser.add_argument(
            "--labels", type=Path, metavar="FILE", help="instead: a .csv or .jsonl export of labels"
        )
        parser.add_argument("--key", default=KEY, help=f"the listing's id in a task's data (default {KEY})")
        parser.add_argument("--source", default="", metavar="NAME", help="where the labels say they are from")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = self.record(options)
        except OSError as error:
            raise CommandError(
                f"{error.filename}: {error.strerror}: give another file", returncode=2
            ) from error
        except LabelingError as error:
            raise CommandError(str(error), returncode=2) from error
        for problem in result.problems:
            self.stderr.write(problem)
        if more := result.refused - len(result.problems):
            self.stderr.write(f"and {more} more")
        self.stdout.write(f"labels: {result.summary}")
        if result.refused:
            raise CommandError("mend what was refused, as it says above, and run this again", returncode=1)

    def record(self, options: dict[str, Any]) -> LabelImport:
        """Record what the options name.

        Raises:
            CommandError: where they name two things.
        """
        files = [path for path in (options["label_studio"], options["labels"]) if path]
        import_id, vertical = options["import"], options["vertical"]
        if len(files) + bool(import_id or vertical) > 1:
            raise CommandError("give one file, or --import and --vertical, not both", returncode=2)
        if not files:
            source = options["source"] or (import_source(import_id) if import_id else "import")
            return labels_record_claims(source=source, import_id=import_id, vertical=vertical)
        with files[0].open("rb") as file:
            return labels_record_file(
                file=file, name=files[0].name, key=options["key"], source=options["source"]
            )
