"""The study on the command line."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path

from training.ml.errors import DataError
from training.ml.overrides import override
from training.ml.params import ITERATIONS, QUICK_ITERATIONS, TINY_MODEL, LoopParams
from training.ml.presets import preset_params
from training.ml.progress import Progress, progress_bar
from training.ml.runfolder import claimed, data_digest
from training.ml.runner import Runner, StageRunner
from training.ml.study.arms import GROUPS, MAIN, POOL_SIZES, Arm, chosen_arms
from training.ml.study.learns import Sizes, Study, run_study
from training.ml.study.material import DemoCatalogues, SplitFolder
from training.ml.study.tables import table

SEEDS = (21, 22, 23, 24, 25)
"""Reported; parameters were chosen on others."""
UNMARKED = ("sft.use_evidence=false",)
"""Of every arm that does not say otherwise: nobody marked the photos that show the answers."""
QUICK = ("model.threads=1",)
"""Of every arm of the quick form: with `--jobs 2` each run has a core."""
QUICK_SEEDS = SEEDS[:2]
QUICK_SIZES = Sizes(pool=24)
QUICK_VERTICALS = ("kurta", "handbag", "lamp", "suitcase")


def study(options: Namespace, *, runner: StageRunner | None = None) -> None:
    """Run it, print the table, and last a line of JSON.

    Args:
        runner: of every stage; None: one with a model.
    """
    seeds = tuple(options.seeds or (QUICK_SEEDS if options.quick else SEEDS))
    groups = options.groups or ([MAIN] if options.quick else list(GROUPS))
    sizes = QUICK_SIZES if options.quick else Sizes()
    asked = {name: getattr(options, f"{name}_per_vertical") for name in ("labelled", "gold", "pool")}
    sizes = replace(sizes, **{name: size for name, size in asked.items() if size})
    source, arms, sizes, identity = _source(options, groups, sizes)
    plan = Study(arms, seeds, sizes, _defaults(options), source.material)
    with claimed(options.out, {"study": "learns", "params": plan.defaults.to_json(), **identity}):
        with ExitStack() as bars:

            def watch(label: str) -> Progress:
                bars.close()
                return bars.enter_context(progress_bar(label))

            def tell(line: str) -> None:
                bars.close()
                print(line, file=sys.stderr, flush=True)

            summary = run_study(
                plan, options.out, runner=runner or Runner(), watch=watch, tell=tell, jobs=options.jobs
            )
        if isinstance(source, DemoCatalogues):
            source.tidy()
    print(f"{table(summary)}\n")
    print(json.dumps(summary.line()))


def _defaults(options: Namespace) -> LoopParams:
    params = preset_params(
        options.preset or "tiny",
        base=options.base or str(TINY_MODEL),
        iterations=options.iterations or (QUICK_ITERATIONS if options.quick else ITERATIONS),
        seed=0,
    )
    return override(params, [*UNMARKED, *(QUICK if options.quick else ()), *options.set])


def _source(
    options: Namespace, groups: Sequence[str], sizes: Sizes
) -> tuple[DemoCatalogues | SplitFolder, list[Arm], Sizes, dict[str, object]]:
    """Where listings come from, the arms that there are listings for, and what the folder is a study of."""
    if options.data is None:
        assert sizes.pool is not None
        verticals = options.verticals or (QUICK_VERTICALS if options.quick else ())
        # As large whatever arms are asked for: a catalogue of another size has other seed and gold listings.
        pool = sizes.pool if options.quick else max(sizes.pool, *POOL_SIZES)
        arms = chosen_arms(groups, largest_pool=pool)
        demo = DemoCatalogues(options.out / "catalogues", sizes.labelled, sizes.gold, pool, verticals)
        return demo, arms, sizes, {"verticals": list(verticals), "sizes": asdict(sizes)}
    if options.verticals or options.gold_per_vertical:
        raise DataError("--verticals and --gold-per-vertical are for rendered catalogues: not with --data")
    folder = SplitFolder.read(
        options.data,
        seed_listings=sizes.labelled,
        gold_share=options.gold_share,
        groups=options.group_by,
        hide_text=options.hide_text,
    )
    arms = chosen_arms(groups, largest_pool=folder.largest_pool())
    sizes = replace(sizes, pool=options.pool_per_vertical)
    asked = {name: getattr(options, name) for name in ("gold_share", "group_by", "hide_text")}
    digest = data_digest(Path(options.data), folder.listings)
    return folder, arms, sizes, {"sizes": asdict(sizes), "data": digest, **asked}
