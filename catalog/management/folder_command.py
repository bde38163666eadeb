"""What the commands that import a data folder share."""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from catalog.errors import CatalogError
from catalog.services import folder_import


def count(text: str) -> int:
    """A whole number from 0, for argparse."""
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is no count: give a whole number from 0")
    return int(text)


class FolderCommand(BaseCommand):
    """Imports a folder and says what happened; bad input ends with exit code 2."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--gold", type=count, default=0, help="fill each vertical's gold set up to this many groups"
        )
        parser.add_argument(
            "--seed-set", type=count, default=0, help="fill each vertical's seed set up to this many"
        )

    def import_folder(self, folder: Path, *, gold: int, seed: int) -> None:
        """Import the folder with a progress bar.

        Raises:
            CommandError: with exit code 2, for a folder that cannot be used.
        """
        with tqdm(desc="Importing listings", unit="listing", disable=not sys.stderr.isatty()) as bar:
            try:
                result = folder_import(folder=folder, gold=gold, seed=seed, on_row=bar.update)
            except CatalogError as error:
                raise CommandError(str(error), returncode=2) from error
        self.stdout.write(
            f"listings: {result.created} created, {result.updated} updated, {result.unchanged} unchanged; "
            f"{len(result.labels)} labels in the folder"
        )
