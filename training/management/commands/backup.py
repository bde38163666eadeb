"""Copy database, photos and artifacts into a new folder: manage.py backup /backups/monday."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from training.backup.taking import backup_take
from training.ml.errors import DataError

SHOWN = 10


class Command(BaseCommand):
    help = "Copy the site into a new folder while it works; the folder appears whole or not at all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="that does not exist yet")
        parser.add_argument(
            "--no-media", action="store_true", help="leave photos out: their bucket is kept safe otherwise"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = backup_take(options["folder"], media=not options["no_media"])
        except (DataError, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(
            f"{sum(manifest.rows.values())} rows of {len(manifest.rows)} tables and {manifest.files} files "
            f"({manifest.bytes / 1e6:.1f} MB) are in {options['folder']}"
        )
        if manifest.missing:
            shown = "\n".join(manifest.missing[:SHOWN])
            raise CommandError(
                f"the backup is there, but the site lacks {len(manifest.missing)} files or more that its "
                f"database names:\n{shown}\nmanifest.json has all: import their listings again",
                returncode=1,
            )
