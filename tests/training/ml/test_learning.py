"""What an iteration learns from: shard by shard, and no more than is meant to be trained on."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from training.ml import learning
from training.ml.params import LoopParams, PairParams, SampleParams, SelfTrainingParams
from training.ml.pool import PoolFiles, write_pool
from training.ml.progress import silent
from training.ml.prompts import parse_answer
from training.ml.records import Attribute, Chain, Pair, read_jsonl
from training.ml.run import LoopRun, Stage
from training.ml.shards import questions, shard_files, shards_of
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
    found = learning.write_pairs(bounded, Stage(1, "pairs"), run.folder, silent)
    return found, read_jsonl(run.folder / "pairs.jsonl", Pair)


def test_a_bound_keeps_a_part_of_the_pairs_in_their_order(sampled: LoopRun) -> None:
    found, every = pairs_of(sampled, 100)
    assert found == {"pairs": len(every), "from_seed": 0, "from_verdicts": 0}
    assert len(every) > 10
    bounded, some = pairs_of(sampled, 10)
    assert bounded == {"pairs": 10, "drawn_of": len(every), "from_seed": 0, "from_verdicts": 0}
    assert some == [pair for pair in every if pair in some]
    assert len(shard_files(sampled, Stage(1, "sample"))) == 14


@pytest.mark.parametrize("is_written", [True, False])
def test_a_verdict_that_no_chain_gives_is_written_where_the_parameters_say_so(
    sampled: LoopRun, is_written: bool
) -> None:
    said: defaultdict[str, set[str | None]] = defaultdict(set)
    for chain in (one for shard in shards_of(sampled, Stage(1, "sample"), Chain) for one in shard):
        said[chain.question_id].add(chain.answer)
    asked = next(
        one for one in questions(sampled, Stage(1, "sample")) if "green" not in said[one.question_id]
    )
    verdict = replace(asked.listing, answers={"colour": "green"})
    params = replace(sampled.params, pair=PairParams(write_confirmed=is_written))
    run = replace(sampled, params=params, splits=replace(sampled.splits, reviewed=(verdict,)))
    found = learning.write_pairs(run, Stage(1, "pairs"), run.folder, silent)
    assert found["from_verdicts"] == int(is_written)
    chosen = [one.chosen for one in read_jsonl(run.folder / "pairs.jsonl", Pair) if one.confirmed]
    assert [parse_answer(text, COLOUR) for text in chosen] == ["green"] * is_written


def test_confident_answers_are_bounded_alike(sampled: LoopRun) -> None:
    params = replace(sampled.params, self_training=SelfTrainingParams(agreement=0.9, most=5))
    stage = Stage(1, "confident")
    found = learning.write_confident(replace(sampled, params=params), stage, sampled.folder, silent)
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
