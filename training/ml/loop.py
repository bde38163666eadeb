"""The loop as a list of stages over one folder, shared by the command line and the web app's rounds.

A stage writes into its own folder, `<iteration>-<name>`, which appears whole or not at all: a stage whose
folder exists is done, so an interrupted run goes on where it stopped (METHOD.md, The loop). Within a stage it
goes on behind the shards that are there (shards.py), or behind a training's last checkpoint (checkpoints.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from training.ml import stopping
from training.ml.metrics import gold_accuracy
from training.ml.params import LoopParams
from training.ml.progress import Progress
from training.ml.run import LoopRun, Stage
from training.ml.runner import Runner
from training.ml.shards import PREDICT
from training.ml.stopping import Judged, judged
from training.ml.strategies import PLANS, repeated_stages


def stages(params: LoopParams) -> list[Stage]:
    """Every stage of a run that is never stopped early, in order, but for `predict`, the last one."""
    plan = PLANS[params.strategy]
    first = [Stage(0, name) for name in ("zero_shot", plan.first, "evaluate")]
    repeated = repeated_stages(params)
    return first + [Stage(i, name) for i in range(1, params.iterations + 1) for name in repeated]


def in_order(run: LoopRun) -> Iterator[Stage]:
    """Every stage of the run, each once those before it are done: they say whether and how it goes on."""
    last = 0
    for stage in stages(run.params):
        yield stage
        last = stage.iteration
        if stage.name == "evaluate" and stop_reason(run, last):
            break
    yield Stage(best_iteration(run, last), PREDICT)


def run_loop(
    run: LoopRun, *, watch: Callable[[Stage], Progress], predict: bool = True
) -> Iterator[tuple[Stage, dict[str, Any]]]:
    """Run every stage in order, with or without `predict`, yielding each with its result."""
    runner = Runner()
    for stage in in_order(run):
        if stage.name != PREDICT or predict:
            yield stage, runner(run, stage, progress=watch(stage))


def stop_reason(run: LoopRun, iteration: int) -> str:
    """Why the loop stops after this iteration, or an empty text (stopping.py)."""
    return stopping.stop_reason([_judged(run, one) for one in range(iteration + 1)], run.params)


def best_iteration(run: LoopRun, last: int) -> int:
    """The iteration up to `last` whose model is best on gold by greedy answers; the earliest of equals."""
    return max(range(last + 1), key=lambda one: gold_accuracy(run.result(Stage(one, "evaluate"))))


def _judged(run: LoopRun, iteration: int) -> Judged:
    material = PLANS[run.params.strategy].learns_from
    learned_from = run.result(Stage(iteration, material))[material] if iteration else None
    return judged(run.result(Stage(iteration, "evaluate")), learned_from=learned_from)
