"""Import a data folder: manage.py catalog_import FOLDER --gold 20 --seed-set 10."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from catalog.management.folder_command import FolderCommand


class Command(FolderCommand):
    help = (
        "Import the schema, listings and images of a data folder (docs/data-format.md), all of it or nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        self.import_folder(options["folder"], gold=options["gold"], seed=options["seed_set"])
