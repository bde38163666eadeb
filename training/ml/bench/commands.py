"""What the benchmarks of the command line do: the last line is JSON."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from typing import Any


def bench_sampling(options: Namespace) -> None:
    from training.ml.bench.sampling import bench_random, bench_tiny

    figures = {"tiny": bench_tiny(quick=options.quick)}
    _say("tiny", figures["tiny"])
    figures["random_100m"] = bench_random(quick=options.quick)
    _say("random_100m", figures["random_100m"])
    print(json.dumps(figures))


def bench_training(options: Namespace) -> None:
    from training.ml.bench import training

    print(json.dumps(training.bench_training(quick=options.quick)))


def bench_gpu(options: Namespace) -> None:
    from training.ml.bench import gpu

    print(json.dumps(gpu.bench_gpu(quick=options.quick)))


def _say(model: str, figures: dict[str, Any]) -> None:
    for name, figure in figures.items():
        print(f"{model}: {name} {figure}", file=sys.stderr)
