"""A model that answers requests for predictions: manage.py serve_model."""

import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from training.ml.warm import WarmModel
from training.predicting.ready import Champion
from training.predicting.worker import ModelWorker, worker_name


class Command(BaseCommand):
    help = (
        "Answer requests for predictions with the champion, which stays loaded; a promotion or a rollback is "
        "followed by itself. SIGTERM and ctrl-C end it after what it is answering."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--number", type=int, default=1, help="of the model workers of this machine")

    def handle(self, *args: Any, **options: Any) -> None:
        number = options["number"]
        if number < 1:
            raise CommandError(f"--number {number}: count from 1", returncode=2)
        warm = WarmModel()
        champion = Champion(warm)

        def ready() -> None:
            close_old_connections()
            champion()

        worker = ModelWorker(worker_name(number), warm, ready)

        def stop(signum: int, frame: FrameType | None) -> None:
            worker.stop()

        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, stop)
        worker.run()
