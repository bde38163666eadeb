"""The loop on the command line: python -m training.ml.cli STAGE --help

Each stage reads and writes JSONL files and folders (docs/data-format.md); `loop` runs them all.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.ml import commands
from training.ml.bench import commands as bench
from training.ml.errors import DataError
from training.ml.params import ITERATIONS, QUICK_ITERATIONS
from training.ml.presets import PRESETS
from training.ml.strategies import PLANS

PROGRAM = "python -m training.ml.cli"
Command = Callable[[argparse.Namespace], None]
OptionGroup = Callable[[argparse.ArgumentParser], None]


@dataclass(frozen=True, slots=True)
class StageParser:
    """How one stage looks on the command line; its name is the first word of the example."""

    run: Command
    summary: str
    example: str
    options: tuple[OptionGroup, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one stage; returns 2, with a message on standard error, on input that cannot be used."""
    options = build_parser().parse_args(arguments)
    run: Command = options.run
    try:
        run(options)
    except DataError as error:
        print(f"{options.stage}: {error}", file=sys.stderr)
        return 2
    return 0


def build_parser() -> argparse.ArgumentParser:
    """One sub-command for each stage, each with an example."""
    parser = argparse.ArgumentParser(prog=PROGRAM, description="The learning loop of attrx, stage by stage.")
    stages = parser.add_subparsers(dest="stage", required=True, metavar="STAGE")
    for stage in STAGES:
        added = stages.add_parser(
            stage.example.split()[0],
            help=stage.summary,
            description=stage.summary,
            epilog=f"example:\n  {PROGRAM} {stage.example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        for add_options in stage.options:
            add_options(added)
        added.set_defaults(run=stage.run)
    return parser


def _path(flag: str, text: str, *, required: bool = True) -> OptionGroup:
    def add(parser: argparse.ArgumentParser) -> None:
        parser.add_argument(flag, type=Path, required=required, help=text, metavar="PATH")

    return add


def _data(parser: argparse.ArgumentParser) -> None:
    _path("--data", "data folder: schema.json, listings.jsonl and photos")(parser)
    parser.add_argument(
        "--labelled-per-vertical",
        type=_count,
        default=10,
        metavar="N",
        help="size of the seed set (default 10)",
    )
    _gold_share(parser)
    _grouping(parser)


def _gold_share(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--gold-share",
        type=_share,
        default=0.4,
        metavar="SHARE",
        help="gold among labelled listings (default 0.4)",
    )


def _grouping(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--group-by", metavar="REGEX", help="the part of listing ids that near-duplicates share"
    )
    parser.add_argument("--hide-text", action="store_true", help="leave title and description out of prompts")


def _settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--preset",
        choices=list(PRESETS),
        help="parameters to start from (default: gpu24 with --base, else tiny)",
    )
    _set(parser)
    parser.add_argument("--seed", type=int, default=0, help="of splits, draws and training (default 0)")


def _set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change a parameter of training/ml/params.py, as in sft.optim.epochs=2; may be repeated",
    )


def _base(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--base", help="model folder or hub id (default: the tiny model of this repository)")


def _iterations(parser: argparse.ArgumentParser) -> None:
    text = f"at most (default {ITERATIONS})"
    parser.add_argument("--iterations", type=_count, default=ITERATIONS, metavar="N", help=text)


def _strategy(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--strategy",
        choices=list(PLANS),
        default="sft_dpo",
        help="; ".join(f"{name}: {plan.label}" for name, plan in PLANS.items()) + " (default: sft_dpo)",
    )
    _path("--adapter", "adapter folder that champion_dpo goes on from", required=False)(parser)


def _pretraining(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--steps", type=_count, metavar="N", help="optimiser steps of each part, other than the warm-up"
    )
    parser.add_argument(
        "--per-vertical", type=_count, default=400, metavar="N", help="listings to render (default 400)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of rendering and training (default 0)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default cpu)")
    parser.add_argument(
        "--workers", type=int, default=0, metavar="N", help="processes that prepare steps (default 0)"
    )


def _quick(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="a fraction of the work, for a first look")


def _study(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--quick",
        action="store_true",
        help="two seeds, four verticals, two iterations, the main arms: minutes on two cores",
    )
    parser.add_argument("--seeds", type=int, nargs="+", metavar="N", help="of catalogues, draws and training")
    parser.add_argument("--groups", nargs="+", metavar="GROUP", help="groups of arms (default: all)")
    parser.add_argument("--verticals", nargs="+", metavar="NAME", help="some of the demo catalogue's")
    _path("--data", "data folder to split by each seed, in place of the demo catalogue", required=False)(
        parser
    )
    for name in ("labelled", "gold", "pool"):
        parser.add_argument(
            f"--{name}-per-vertical", type=_count, metavar="N", help=f"{name} listings of each vertical"
        )
    _gold_share(parser)
    _grouping(parser)
    text = f"at most (default {ITERATIONS}; {QUICK_ITERATIONS} with --quick)"
    parser.add_argument("--iterations", type=_count, metavar="N", help=text)
    parser.add_argument("--jobs", type=_count, default=1, metavar="N", help="runs at once (default 1)")
    parser.add_argument("--preset", choices=list(PRESETS), default="tiny", help="defaults of every arm")
    _set(parser)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _share(text: str) -> float:
    share = float(text)
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return share


_MODEL = (_data, _settings, _base)
_ADAPTER = _path("--adapter", "adapter folder; without it the base model answers", required=False)
_CHAINS = _path("--chains", "chains that sample wrote")
STUDY_OPTIONS: tuple[OptionGroup, ...] = (_study, _base)
"""What a study is run with, wherever it is run from."""

STAGES = (
    StageParser(
        commands.sft,
        "Train an adapter on the labelled listings of the seed set.",
        "sft --data data/demo --labelled-per-vertical 10 --out runs/sft",
        (*_MODEL, _path("--out", "adapter folder to write")),
    ),
    StageParser(
        commands.sample,
        "Draw chains for every question of the pool.",
        "sample --data data/demo --adapter runs/sft --out runs/chains.jsonl",
        (*_MODEL, _ADAPTER, _path("--out", "chains to write")),
    ),
    StageParser(
        commands.vote,
        "Reduce the chains of each question to a vote.",
        "vote --chains runs/chains.jsonl --out runs/votes.jsonl",
        (_CHAINS, _path("--out", "votes to write")),
    ),
    StageParser(
        commands.pairs,
        "Pair chains of the majority with the others.",
        "pairs --chains runs/chains.jsonl --votes runs/votes.jsonl --out runs/pairs.jsonl",
        (_settings, _CHAINS, _path("--votes", "votes of the same chains"), _path("--out", "pairs to write")),
    ),
    StageParser(
        commands.dpo,
        "Train an adapter further on preference pairs.",
        "dpo --data data/demo --pairs runs/pairs.jsonl --adapter runs/sft --out runs/dpo",
        (
            *_MODEL,
            _path("--pairs", "pairs about questions of the pool"),
            _path("--adapter", "adapter folder to start from, which is also the reference"),
            _path("--out", "adapter folder to write"),
        ),
    ),
    StageParser(
        commands.evaluate,
        "Answer the gold questions and compare with the labels.",
        "evaluate --data data/demo --adapter runs/dpo --out runs/metrics.jsonl",
        (*_MODEL, _ADAPTER, _path("--out", "accuracies to write")),
    ),
    StageParser(
        commands.loop,
        "Run every stage for several iterations; an interrupted run goes on where it stopped.",
        "loop --data data/demo --labelled-per-vertical 10 --iterations 3 --out runs/first",
        (*_MODEL, _iterations, _strategy, _path("--out", "folder of the run")),
    ),
    StageParser(
        bench.bench_sampling,
        "Measure sampling against transformers' generate and the floor.",
        "bench-sampling --quick",
        (_quick,),
    ),
    StageParser(
        bench.bench_training,
        "Measure SFT and DPO against TRL's own trainers.",
        "bench-training --quick",
        (_quick,),
    ),
    StageParser(
        bench.bench_gpu,
        "Measure sampling, SFT and DPO of a model of 3 B parameters on a GPU.",
        "bench-gpu --quick",
        (_quick,),
    ),
    StageParser(
        commands.study,
        "Hold the loop against what it competes with, over seeds; a second call goes on in the folder.",
        "study --quick --out runs/study",
        (*STUDY_OPTIONS, _path("--out", "folder of the study")),
    ),
    StageParser(
        commands.pretrain_tiny,
        "Pre-train the tiny base model on rendered photos.",
        "pretrain-tiny --out training/ml/tiny",
        (
            _pretraining,
            _path("--studio", "data folder with evidence; without it one is rendered", required=False),
            _path("--snapshots", "one of photos with mild faults", required=False),
            _path("--held-out", "data folder to measure on; without it one is rendered", required=False),
            _path("--base", "model folder to go on from with the last part alone", required=False),
            _path("--out", "model folder to write (default: the one of this repository)", required=False),
        ),
    ),
)

if __name__ == "__main__":
    sys.exit(main())
