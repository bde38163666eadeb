"""A runner draws the shards of a stage, only those that are missing, and always the same ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from training.ml.folder import read_listings, read_schema
from training.ml.params import LoopParams, ModelParams, SampleParams
from training.ml.progress import silent
from training.ml.records import Chain, Vote
from training.ml.run import LoopRun, Stage
from training.ml.runner import Runner
from training.ml.shards import GREEDY, read_shard, shard_file, shard_files, shards_of, write_shard
from training.ml.splits import split_listings
from training.ml.vote import count_votes

ZERO_SHOT = Stage(0, "zero_shot")


@pytest.fixture
def run(qwen: ModelParams, data_folder: Path, tmp_path: Path) -> LoopRun:
    """Four gold listings in shards of two."""
    schema = read_schema(data_folder / "schema.json")
    splits = split_listings(
        read_listings(data_folder, schema), schema, labelled_per_vertical=3, gold_share=0.25, seed=0
    )
    sample = SampleParams(chains=3, max_new_tokens=8, listings_per_shard=2)
    return LoopRun(schema, splits, LoopParams(model=qwen, sample=sample), tmp_path / "run")


def test_a_shard_holds_the_same_chains_whoever_draws_it_and_when(run: LoopRun, tmp_path: Path) -> None:
    Runner().complete(run, ZERO_SHOT)
    files = shard_files(run, ZERO_SHOT)
    assert [path.name for path in files] == ["00000.parquet", "00001.parquet"]
    second = Runner().spans(run, ZERO_SHOT)[1]
    alone = Runner().shard(run, ZERO_SHOT, second, progress=silent)
    assert list(alone) == read_shard(files[1], Chain)
    greedy = [one for one in alone if isinstance(one, Chain) and one.index == GREEDY]
    assert len(greedy) == second.count
    assert len(alone) == 4 * second.count


def test_only_shards_that_are_missing_are_drawn(run: LoopRun) -> None:
    runner = Runner()
    runner.complete(run, ZERO_SHOT)
    first, second = shard_files(run, ZERO_SHOT)
    was = first.stat().st_mtime_ns, second.read_bytes()
    second.unlink()
    seen: list[tuple[int, int]] = []
    runner.complete(run, ZERO_SHOT, progress=lambda done, total: seen.append((done, total)))
    assert (first.stat().st_mtime_ns, second.read_bytes()) == was
    total = sum(span.count for span in runner.spans(run, ZERO_SHOT))
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == ((runner.spans(run, ZERO_SHOT)[0].count, total), (total, total))


def test_a_shard_of_votes_counts_the_chains_of_the_same_number(run: LoopRun) -> None:
    """Without a model: the chains are there."""
    nothing = replace(run, params=replace(run.params, model=ModelParams(base="nowhere")))
    chains = [Chain("a", 0, "x", "red", -1.0), Chain("a", 1, "y", None, -1.0)]
    for span in Runner().spans(nothing, Stage(1, "sample")):
        path = shard_file(nothing, Stage(1, "sample"), span.number)
        write_shard(path, Chain, [replace(one, question_id=f"{span.number}") for one in chains]).replace(path)
    Runner().complete(nothing, Stage(1, "vote"))
    votes = [vote for shard in shards_of(nothing, Stage(1, "vote"), Vote) for vote in shard]
    assert [vote.question_id for vote in votes] == [f"{n}" for n in range(len(votes))]
    assert {(vote.majority, vote.agreement) for vote in votes} == {("red", 0.5)}
    assert count_votes(chains)[0].counts == votes[0].counts


def test_the_chains_of_a_question_are_neighbours_the_greedy_one_first(run: LoopRun) -> None:
    span = Runner().spans(run, ZERO_SHOT)[0]
    drawn = Runner().shard(run, ZERO_SHOT, span, progress=silent)
    asked = Runner().asked(run, ZERO_SHOT, span)
    assert [(one.question_id, one.index) for one in drawn if isinstance(one, Chain)] == [
        (question.question_id, index) for question in asked for index in (GREEDY, 0, 1, 2)
    ]
