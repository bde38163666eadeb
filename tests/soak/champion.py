"""A champion that the model worker can load, and products to ask it about.

The products are of the demo catalogue, whose words the tiny model knows: what it is taught takes moments.
"""

from dataclasses import replace
from typing import Any

from django.db import transaction

from catalog.imaging.storage import media_local
from catalog.models import Listing
from catalog.services.ledger import worker_name
from catalog.splits import Split
from training import services
from training.jobs import run_round
from training.management.commands.demo import Command as Demo
from training.ml.progress import Progress, silent
from training.ml.run import LoopRun, Stage
from training.ml.runner import ChainSampler, Runner
from training.round_benchmark.runner import HashSampler
from training.selectors import champion_id

VERTICAL, PRODUCTS = "cap", 4
"""Code, and listings of each split."""
EPOCHS = 0.1
"""Nobody asks whether the answers are right."""


class BriefRunner(Runner):
    """Trains with the model, though not to the end; draws chains without it."""

    def __call__(self, run: LoopRun, stage: Stage, *, progress: Progress = silent) -> dict[str, Any]:
        """Run the stage."""
        sft = run.params.sft
        brief = replace(sft, optim=replace(sft.optim, epochs=EPOCHS))
        return super().__call__(replace(run, params=replace(run.params, sft=brief)), stage, progress=progress)

    def _sampler_of(self, run: LoopRun, stage: Stage) -> ChainSampler:
        return HashSampler()


def products_make() -> list[list[str]]:
    """Import and label products; returns the files of the photos of each that is not labelled."""
    sizes = {"per_vertical": PRODUCTS, "seed_set": PRODUCTS, "gold": PRODUCTS}
    Demo().load_catalogue({**sizes, "verticals": [VERTICAL], "seed": 0})
    products = []
    for listing in Listing.objects.filter(vertical__code=VERTICAL, split=Split.POOL):
        names = [str(image.file.name) for image in listing.images.all()]
        paths = media_local(names)
        products.append([str(paths[name]) for name in names])
    return products


def champion_make() -> None:
    """Run a round of SFT here, to its end: its version becomes the first champion.

    Raises:
        RuntimeError: when it ended without one.
    """
    with transaction.atomic():
        round_ = services.round_start(strategy="sft", iterations=0, threads=1)
        # Claimed before it can be seen: the workers' runner would leave an adapter that nobody can load.
        claim = services.round_claim(round_id=round_.pk, worker=worker_name())
    if claim is not None:
        run_round(claim, run_stage=BriefRunner())
    if champion_id() is None:
        round_.refresh_from_db()
        raise RuntimeError(f"{round_} left no champion: {round_.error}")
