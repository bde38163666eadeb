"""Bring a backup back: manage.py restore /backups/monday."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from training.backup.manifest import Manifest, verify
from training.backup.restoring import backup_restore
from training.ml.errors import DataError


class Command(BaseCommand):
    help = "Verify a backup, then bring it back into this site's database, media and artifacts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="that manage.py backup made")
        parser.add_argument("--overwrite", action="store_true", help="rows that are in the database may go")
        parser.add_argument("--verify", action="store_true", help="only say whether the backup is whole")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        try:
            if options["verify"]:
                manifest = Manifest.read(folder)
                verify(folder, manifest)
            else:
                manifest = backup_restore(folder, overwrite=options["overwrite"])
        except (DataError, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
        verb = "verified" if options["verify"] else "restored and verified"
        self.stdout.write(
            f"the backup of {manifest.created} is {verb}: {sum(manifest.rows.values())} rows and "
            f"{manifest.files} files"
        )
