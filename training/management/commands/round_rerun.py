"""Run a round again from its manifest and compare: manage.py round_rerun round-12-manifest.json."""

import tempfile
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from training.manifests import read_manifest
from training.ml.errors import DataError
from training.ml.metrics import Accuracy
from training.ml.progress import Progress, progress_bar
from training.ml.run import Stage
from training.reruns import Rerun, cautions, rerun

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Run a round again from its manifest, in this process, and say whether the accuracies are exactly "
        "those. Exits with 1 when they are not, with 2 when base model, adapter or photos are others."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("manifest", type=Path, help="as the round's page gives it")
        parser.add_argument("--base", help="where the base model lies here (default: as in the manifest)")
        parser.add_argument(
            "--out", type=Path, help="keep the run in this folder, and go on with one that is there"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = read_manifest(options["manifest"])
            for caution in cautions(manifest.head):
                self.stderr.write(f"note: {caution}")
            with ExitStack() as stack:
                out = options["out"] or Path(stack.enter_context(tempfile.TemporaryDirectory()))
                bars = stack.enter_context(ExitStack())

                def watch(stage: Stage) -> Progress:
                    bars.close()
                    return bars.enter_context(progress_bar(stage.key))

                done = rerun(manifest, base=options["base"], out=out, watch=watch)
        except DataError as error:
            raise CommandError(str(error), returncode=2) from error
        self.report(done, round_id=manifest.head["round"])

    def report(self, done: Rerun, *, round_id: int) -> None:
        """Print every evaluation, then the verdict."""
        for stage, result in done.found.items():
            greedy, majority = (Accuracy.from_json(result[name][-1]) for name in ("greedy", "majority"))
            self.stdout.write(
                f"{stage:<12} greedy {_text(greedy)}  majority {_text(majority)}  of {greedy.questions}"
            )
        if not done.expected:
            self.stdout.write(
                "The manifest has no accuracies to compare with: the round had measured nothing."
            )
            return
        for difference in done.differences[:SHOWN]:
            self.stdout.write(str(difference))
        if done.differences:
            raise CommandError(
                f"{len(done.differences)} figures differ from those of round {round_id}", returncode=1
            )
        self.stdout.write(f"Every accuracy is exactly that of round {round_id}.")


def _text(accuracy: Accuracy) -> str:
    return f"{100 * accuracy.value:.1f} % ({accuracy.correct})"
