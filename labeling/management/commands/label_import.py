"""Record the labels of a data folder: manage.py label_import FOLDER."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.errors import CatalogError
from labeling.errors import LabelingError
from labeling.services import folder_labels_import


class Command(BaseCommand):
    help = "Record the labels that a data folder holds for the listings of the seed and gold sets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that catalog_import has imported")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = folder_labels_import(folder=options["folder"])
        except (CatalogError, LabelingError) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(
            f"labels: {result.recorded} recorded, {result.unchanged} unchanged, "
            f"{result.outranked} left as a person answered, "
            f"{result.outside} left out, of listings that are neither seed nor gold"
        )
