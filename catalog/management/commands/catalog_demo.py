"""Render the demo catalogue and import it: manage.py catalog_demo --per-vertical 60 --gold 20."""

from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.demo import LOOKS, write_folder
from catalog.importing.folder import folder_plan
from catalog.management.importing import add_quotas, count, run_import
from catalog.services import imports


class Command(BaseCommand):
    help = "Render the demo catalogue and import it; with --out only render it to a data folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--per-vertical", type=count, default=60, help="listings of each vertical")
        parser.add_argument("--look", choices=LOOKS, default="seller")
        parser.add_argument("--seed", type=count, default=0, help="same seed, same listings")
        parser.add_argument("--out", type=Path, help="render to this new folder and import nothing")
        add_quotas(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["out"]:
            self.render(options["out"], options)
            return
        with TemporaryDirectory(prefix="attrx-demo-") as parent:
            folder = Path(parent) / "demo"
            self.render(folder, options)
            plan = replace(folder_plan(), gold=options["gold"], seed=options["seed_set"])
            import_id = imports.folder_open(folder=folder, plan=plan).pk
            imports.import_load(import_id=import_id, send=False)
            run_import(import_id, out=self.stdout)

    def render(self, folder: Path, options: dict[str, Any]) -> None:
        """Draw the listings into the folder.

        Raises:
            CommandError: with exit code 2, when the folder is there already or cannot be written.
        """
        try:
            photos = write_folder(
                folder, per_vertical=options["per_vertical"], look=options["look"], seed=options["seed"]
            )
        except (ValueError, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"{photos} photos rendered to {folder}")
