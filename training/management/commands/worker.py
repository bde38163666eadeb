"""A worker that is replaced when it dies: manage.py worker --queues gpu."""

import socket
from argparse import ArgumentParser
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from training.management.keeping import Keeper, preload

APP = "attrx_web"


class Command(BaseCommand):
    help = (
        "Run a Celery worker, and at once another one when it is killed or runs out of memory: what it was "
        "at goes back to the queue. SIGTERM and ctrl-C stop both."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = [queue.name for queue in settings.CELERY_TASK_QUEUES]
        parser.add_argument(
            "--queues", nargs="+", default=names, choices=names, metavar="QUEUE", help=", ".join(names)
        )
        parser.add_argument("--number", type=int, default=1, help="of the workers of these queues here")
        parser.add_argument("--app", default=APP, help=f"module of the Celery application; default {APP}")

    def handle(self, *args: Any, **options: Any) -> None:
        number = options["number"]
        if number < 1:
            raise CommandError(f"--number {number}: count from 1", returncode=2)
        name = f"{'-'.join(options['queues'])}{number if number > 1 else ''}@{socket.gethostname()}"
        words = ["--hostname", name, "--queues", ",".join(options["queues"])]
        if options["app"] != APP:
            import_module(options["app"])
        elif "gpu" in options["queues"]:
            preload()
        Keeper([*words, "--pool", "solo", "--concurrency", "1"], self.stderr).run()
