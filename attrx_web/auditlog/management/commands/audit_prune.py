"""Remove old entries of the audit log: manage.py audit_prune --before 2024-01-01."""

from argparse import ArgumentParser
from datetime import datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date

from attrx_web.auditlog.services import events_prune


class Command(BaseCommand):
    help = (
        "Remove the entries of the audit log from before a day, for good. That they were is an entry itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--before", required=True, help="the first day that is kept, such as 2024-01-01")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            day = parse_date(options["before"])
        except ValueError:
            day = None
        if day is None:
            raise CommandError(
                f"--before {options['before']!r} is no day: give one as 2024-01-31", returncode=2
            )
        try:
            removed = events_prune(before=timezone.make_aware(datetime.combine(day, time.min)))
        except ValueError as error:
            raise CommandError(f"--before: {error}", returncode=2) from error
        self.stdout.write(f"{removed} entries from before {day} are removed")
