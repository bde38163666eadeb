"""Two runs are the same, or what differs is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from training.ml.loop import stages
from training.ml.params import LoopParams
from training.ml.records import Chain, Pair, Vote, write_jsonl
from training.ml.run import LoopRun, Stage
from training.ml.same import compare
from training.ml.shards import SAMPLED, shard_file, write_shard
from training.ml.splits import Splits

CHAINS = [Chain("a/colour", index, "x", "red", -1.0) for index in range(2)]
VOTE = Vote("a/colour", {"red": 2}, 2, "red", 1.0)
PAIR = Pair("a/colour", "x", "y", 2, 1, 3)
SAMPLE = Stage(1, "sample")


def finished(folder: Path) -> LoopRun:
    """A run of one iteration with a shard, a pair and an adapter where a stage has them."""
    run = LoopRun({}, Splits((), (), ()), LoopParams(iterations=1), folder)
    for stage in (*stages(run.params), Stage(1, "predict")):
        run.path(stage).mkdir(parents=True)
        seconds = len(str(folder))
        (run.path(stage) / "result.json").write_text(json.dumps({"found": 1, "seconds": seconds}))
        if stage.name in SAMPLED:
            write_shard(shard_file(run, stage, 0), Chain, CHAINS).replace(shard_file(run, stage, 0))
        if stage.name == "vote":
            write_shard(shard_file(run, stage, 0), Vote, [VOTE]).replace(shard_file(run, stage, 0))
        if stage.name == "pairs":
            write_jsonl(run.path(stage) / "pairs.jsonl", [PAIR])
        if stage.name in ("sft", "dpo"):
            (run.path(stage) / "adapter").mkdir()
            (run.path(stage) / "adapter" / "adapter_model.safetensors").write_bytes(b"weights")
    return run


def test_runs_that_say_the_same_are_the_same_whatever_their_times(tmp_path: Path) -> None:
    found = compare(finished(tmp_path / "a"), finished(tmp_path / "longer"))
    assert [(one.kind, one.count, one.twice, one.same) for one in found] == [
        ("chains", 10, 0, True),
        ("votes", 1, 0, True),
        ("pairs", 1, 0, True),
        ("adapters", 2, 0, True),
        ("results of stages", 9, 0, True),
    ]


def another_chain(run: LoopRun) -> None:
    path = shard_file(run, SAMPLE, 0)
    write_shard(path, Chain, [CHAINS[0], replace(CHAINS[1], text="y")]).replace(path)


def a_chain_twice(run: LoopRun) -> None:
    path = shard_file(run, SAMPLE, 1)
    write_shard(path, Chain, CHAINS[:1]).replace(path)


def other_weights(run: LoopRun) -> None:
    (run.adapter(1) / "adapter_model.safetensors").write_bytes(b"others")


def no_result(run: LoopRun) -> None:
    (run.path(Stage(1, "evaluate")) / "result.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "kind", "twice"),
    [
        (another_chain, "chains", 0),
        (a_chain_twice, "chains", 1),
        (other_weights, "adapters", 0),
        (no_result, "results of stages", 0),
    ],
)
def test_what_differs_is_named(
    tmp_path: Path, spoil: Callable[[LoopRun], None], kind: str, twice: int
) -> None:
    second = finished(tmp_path / "b")
    spoil(second)
    different = [one for one in compare(finished(tmp_path / "a"), second) if not one.same]
    assert [(one.kind, one.twice) for one in different] == [(kind, twice)]
