"""python manage.py photos_render [--again]"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog.services import photos


class Command(BaseCommand):
    """Make thumbnails and web sizes now."""

    help = "Make thumbnails and web sizes now, instead of waiting for a worker."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--again", action="store_true", help="all of them, also those that are there")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["again"]:
            photos.photos_forget_renditions()
        done = photos.photos_render()
        self.stdout.write(f"{done.photos} photos rendered, {done.failed} of them failed")
