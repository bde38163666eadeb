"""Run attrx on this machine: manage.py serve --port 8000."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from training.management import supervising


class Command(BaseCommand):
    help = "Serve the site on 127.0.0.1, with a worker and, where REDIS_URL is not set, a Redis of its own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        supervising.serve(port=options["port"], out=self.stderr)
