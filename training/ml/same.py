"""Two runs compared, record by record: what a test of resilience asks for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar

from training.ml.loop import stages
from training.ml.records import Chain, JsonRecord, Pair, Vote, read_jsonl
from training.ml.run import LoopRun, Stage
from training.ml.shards import PREDICT, SAMPLED, shards_of

T = TypeVar("T", bound=JsonRecord)

NOT_COMPARED = {"seconds", "work_seconds"}
"""What a result says of time."""
WEIGHTS = "adapter/adapter_model.safetensors"


@dataclass(frozen=True, slots=True)
class Sameness:
    """How many records of one kind a run has, and whether the other has the same ones in the same order."""

    kind: str
    count: int
    twice: int
    """Records of the second run that say the same as another one of it."""
    same: bool


def compare(first: LoopRun, second: LoopRun) -> list[Sameness]:
    """Chains, votes, pairs, adapters and results of two runs that should be the same."""
    last = [Stage(iteration, PREDICT) for iteration in range(first.params.iterations + 1)]
    wanted = [*stages(first.params), *last]
    done = [stage for stage in wanted if (first.path(stage) / "result.json").is_file()]
    return [
        _chains(first, second, [stage for stage in done if stage.name in SAMPLED]),
        _votes(first, second, [stage for stage in done if stage.name == "vote"]),
        _pairs(first, second, [stage for stage in done if stage.name == "pairs"]),
        _adapters(first, second, done),
        _results(first, second, done),
    ]


def _rows(run: LoopRun, stages_: list[Stage], record: type[T]) -> list[list[T]]:
    """The rows of each stage's shards."""
    return [list(chain.from_iterable(shards_of(run, stage, record))) for stage in stages_]


def _chains(first: LoopRun, second: LoopRun, sampled: list[Stage]) -> Sameness:
    both = [_rows(run, sampled, Chain) for run in (first, second)]
    named = [(one.question_id, one.index) for stage in both[1] for one in stage]
    twice = sum(len(stage) - len({(one.question_id, one.index) for one in stage}) for stage in both[1])
    return Sameness("chains", len(named), twice, both[0] == both[1])


def _votes(first: LoopRun, second: LoopRun, voted: list[Stage]) -> Sameness:
    both = [_rows(run, voted, Vote) for run in (first, second)]
    twice = sum(len(stage) - len({vote.question_id for vote in stage}) for stage in both[1])
    return Sameness("votes", sum(map(len, both[1])), twice, both[0] == both[1])


def _pairs(first: LoopRun, second: LoopRun, paired: list[Stage]) -> Sameness:
    both = [
        [read_jsonl(run.path(one) / "pairs.jsonl", Pair) for one in paired if run.path(one).is_dir()]
        for run in (first, second)
    ]
    twice = sum(len(stage) - len(set(stage)) for stage in both[1])
    return Sameness("pairs", sum(map(len, both[1])), twice, both[0] == both[1])


def _adapters(first: LoopRun, second: LoopRun, done: list[Stage]) -> Sameness:
    def weights(run: LoopRun) -> Iterator[bytes]:
        for path in (run.path(stage) / WEIGHTS for stage in done):
            if path.is_file():
                yield path.read_bytes()

    both = [list(weights(run)) for run in (first, second)]
    return Sameness("adapters", len(both[1]), 0, both[0] == both[1])


def _results(first: LoopRun, second: LoopRun, done: list[Stage]) -> Sameness:
    both = [[_result(run.path(stage)) for stage in done] for run in (first, second)]
    return Sameness("results of stages", len(both[1]), 0, both[0] == both[1])


def _result(folder: Path) -> object:
    """What the stage found, without its times; None where it has not ended."""
    path = folder / "result.json"
    if not path.is_file():
        return None
    return {key: value for key, value in json.loads(path.read_text()).items() if key not in NOT_COMPARED}
