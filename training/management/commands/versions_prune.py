"""Make room: remove adapters of old model versions: manage.py versions_prune --keep 20 --dry-run."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from training.selectors.versions import removable
from training.services.retention import versions_retain


class Command(BaseCommand):
    help = (
        "Remove the adapters of model versions beyond the newest ones. Never removed: what an alias points "
        "at, what a rollback returns to, and what a round needs that may go on. Figures and answers stay."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--keep", type=int, required=True, metavar="N", help="adapters that stay at least"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")

    def handle(self, *args: Any, **options: Any) -> None:
        keep: int = options["keep"]
        if keep < 0:
            raise CommandError(f"--keep is {keep}: give 0 or more", returncode=2)
        versions = removable(keep=keep) if options["dry_run"] else versions_retain(keep=keep)
        verb = "would be removed" if options["dry_run"] else "removed"
        for version in versions:
            self.stdout.write(f"version {version.pk}, {version}: {_mib(version.size)} {verb}")
        total = sum(version.size or 0 for version in versions)
        adapters = "1 adapter" if len(versions) == 1 else f"{len(versions)} adapters"
        self.stdout.write(f"{adapters}, {_mib(total)} {verb}")


def _mib(size: int | None) -> str:
    return "size not known" if size is None else f"{size / (1 << 20):.1f} MiB"
