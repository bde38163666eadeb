"""Hold the loop against what it competes with, and keep what was found for the pages: manage.py study."""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from training.ml.cli import STUDY_OPTIONS
from training.ml.errors import DataError
from training.ml.runner import StageRunner
from training.ml.study import command
from training.ml.study.recorded import LONGEST_NAME, read_study
from training.services.studies import study_record


class Command(BaseCommand):
    help = (
        "Run a study of the loop, as `python -m training.ml.cli study` does and with its options, over the "
        "demo catalogue or a data folder, and store what it found for the pages of studies; or store one "
        "that was run before. A second call goes on in the folder. Prints a table, and last a line of JSON."
    )

    def __init__(self, *args: Any, runner: StageRunner | None = None, **options: Any) -> None:
        """`runner` runs the stages in place of one with a model."""
        super().__init__(*args, **options)
        self.runner = runner

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, metavar="PATH", help="folder of the study, to run it")
        parser.add_argument("--record", type=Path, metavar="PATH", help="folder of a study that has ended")
        parser.add_argument("--title", default="", metavar="TEXT", help="what people call it")
        for add_options in STUDY_OPTIONS:
            add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        ended, out = options["record"], options["out"]
        if (ended is None) == (out is None):
            raise CommandError(
                "give --out FOLDER to run a study there, or --record FOLDER to store one that has ended",
                returncode=2,
            )
        if len(options["title"]) > LONGEST_NAME:
            raise CommandError(f"--title is longer than {LONGEST_NAME} characters", returncode=2)
        try:
            if out:
                command.study(Namespace(**options), runner=self.runner)
            recorded = read_study(ended or out)
        except DataError as error:
            raise CommandError(str(error), returncode=2) from error
        study = study_record(recorded=recorded, title=options["title"])
        self.stderr.write(f"{study} is stored: {reverse('training:study', args=[study.pk])}")
        if ended:
            self.stdout.write(json.dumps(recorded.line))
