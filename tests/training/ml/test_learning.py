"""What an iteration learns from: shard by shard, and no more than is meant to be trained on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from training.ml import learning
from training.ml.params import LoopParams, PairParams, SampleParams, SelfTrainingParams
from training.ml.pool import PoolFiles, write_pool
from training.ml.records import Attribute, Chain, Pair, read_jsonl
from training.ml.run import LoopRun, Stage
from training.ml.shards import questions, shard_files
from training.ml.splits import Splits
from training.round_benchmark.runner import BenchmarkRunner

COLOUR = Attribute("colour", "", ("red", "blue", "green"))
PARAMS = LoopParams(sample=SampleParams(chains=4, listings_per_shard=3), iterations=1)


def located(files: Iterable[str]) -> Mapping[str, Path]:
    return {file: Path(file) for file in files}


@pytest.fixture
def sampled(tmp_path: Path) -> LoopRun:
    """A run over a pool in files whose chains are drawn and counted."""
    (tmp_path / "pool").mkdir()
    names = ("title", "description", "group")
    photo = {"file": "a.png", "sha256": "", "bytes": 1}
    write_pool(
        tmp_path / "pool",
        (
            {"listing_id": f"{number:02}", "vertical": "cap", "images": [photo], **dict.fromkeys(names, "")}
            for number in range(40)
        ),
    )
    pool = PoolFiles(tmp_path / "pool", located)
    run = LoopRun({"cap": {"colour": COLOUR}}, Splits((), (), pool), PARAMS, tmp_path / "run")
    for name in ("sample", "vote"):
        BenchmarkRunner()(run, Stage(1, name))
    return run


def pairs_of(run: LoopRun, most: int) -> tuple[dict[str, int], list[Pair]]:
    """What the stage says and writes when it keeps so many."""
    bounded = replace(run, params=replace(run.params, pair=PairParams(most=most)))
    found = learning.write_pairs(bounded, Stage(1, "pairs"), run.folder, lambda done, total: None)
    return found, read_jsonl(run.folder / "pairs.jsonl", Pair)


def test_a_bound_keeps_a_part_of_the_pairs_in_their_order(sampled: LoopRun) -> None:
    found, every = pairs_of(sampled, 100)
    assert found == {"pairs": len(every), "from_seed": 0, "from_verdicts": 0}
    assert len(every) > 10
    bounded, some = pairs_of(sampled, 10)
    assert bounded == {"pairs": 10, "drawn_of": len(every), "from_seed": 0, "from_verdicts": 0}
    assert some == [pair for pair in every if pair in some]
    assert len(shard_files(sampled, Stage(1, "sample"))) == 14


def test_confident_answers_are_bounded_alike(sampled: LoopRun) -> None:
    params = replace(sampled.params, self_training=SelfTrainingParams(agreement=0.9, most=5))
    stage = Stage(1, "confident")
    found = learning.write_confident(
        replace(sampled, params=params), stage, sampled.folder, lambda done, total: None
    )
    assert (found["confident"], found["drawn_of"] > 5) == (5, True)
    assert len(read_jsonl(sampled.folder / "confident.jsonl", Chain)) == 5


def test_training_is_given_the_questions_of_its_pairs_alone(sampled: LoopRun) -> None:
    _, some = pairs_of(sampled, 10)
    asked = learning.asked_about(sampled, Stage(1, "dpo"), some)
    assert {one.question_id for one in asked} == {pair.question_id for pair in some}
    assert len(asked) == 10


def test_a_vote_counts_every_question_of_the_pool(sampled: LoopRun) -> None:
    found = json.loads((sampled.path(Stage(1, "vote")) / "result.json").read_text())
    assert found["votes"] == sum(found["agreements"]) == len(questions(sampled, Stage(1, "sample"))) == 40
    assert 0.5 < found["mean_agreement"] < 1
