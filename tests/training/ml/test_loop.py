"""The loop runs every stage once, goes on where it stopped, and stops when there is nothing to gain."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from training.ml.errors import DataError
from training.ml.folder import read_listings, read_schema
from training.ml.loop import best_iteration, in_order, run_loop, stages, stop_reason
from training.ml.metrics import Accuracy, gold_accuracy
from training.ml.params import (
    CollapseParams,
    DPOParams,
    LoopParams,
    ModelParams,
    OptimParams,
    PairParams,
    SampleParams,
    SelfTrainingParams,
    SFTParams,
    Strategy,
)
from training.ml.progress import silent
from training.ml.prompts import parse_answer
from training.ml.records import Chain, Pair, Vote, read_jsonl, write_jsonl
from training.ml.run import LoopRun, Stage
from training.ml.runner import Runner
from training.ml.shards import shards_of
from training.ml.splits import Splits, split_listings
from training.ml.strategies import repeated_stages

KEYS = [
    *("0-zero_shot", "0-sft", "0-evaluate"),
    *("1-sample", "1-vote", "1-pairs", "1-dpo", "1-evaluate"),
    *("2-sample", "2-vote", "2-pairs", "2-dpo", "2-evaluate"),
]
"""Before the last stage, whose key begins with the best iteration."""


@pytest.fixture(scope="module")
def params(models: dict[str, ModelParams]) -> LoopParams:
    """Enough SFT for answers that parse, and little enough that chains disagree."""
    return LoopParams(
        model=models["qwen2_5_vl"],
        sft=SFTParams(optim=OptimParams(1e-2, 16, 4, 4)),
        sample=SampleParams(chains=6, max_new_tokens=32),
        dpo=DPOParams(optim=OptimParams(3e-4, 1, 16, 16)),
        iterations=2,
        patience=3,
        collapse=CollapseParams(margin=2.0, parseable_drop=2.0),
    )


@pytest.fixture(scope="module")
def finished(params: LoopParams, data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> LoopRun:
    """A run of the whole loop; tests copy what they change."""
    run = new_run(data_folder, params, tmp_path_factory.mktemp("loop") / "run")
    keys = [stage.key for stage, _ in run_loop(run, watch=lambda stage: silent)]
    assert keys == [*KEYS, f"{best_iteration(run, 2)}-predict"]
    return run


@pytest.fixture
def copied(finished: LoopRun, tmp_path: Path) -> LoopRun:
    shutil.copytree(finished.folder, tmp_path / "run")
    return replace(finished, folder=tmp_path / "run")


def new_run(data_folder: Path, params: LoopParams, folder: Path) -> LoopRun:
    schema = read_schema(data_folder / "schema.json")
    listings = read_listings(data_folder, schema)
    splits = split_listings(listings, schema, labelled_per_vertical=3, gold_share=0.25, seed=0)
    return LoopRun(schema, splits, params, folder)


def bare_run(folder: Path, **changes: Any) -> LoopRun:
    return LoopRun({}, Splits((), (), ()), replace(LoopParams(), **changes), folder)


def write_result(run: LoopRun, stage: Stage, **result: Any) -> None:
    run.path(stage).mkdir(parents=True)
    (run.path(stage) / "result.json").write_text(json.dumps(result))


def write_gold(run: LoopRun, iteration: int, correct: int, *, pairs: int = 3, **more: Any) -> None:
    row = Accuracy("", "", 10, correct, 0, 0.5).to_json()
    write_result(run, Stage(iteration, "evaluate"), greedy=[row], majority=[row], **more)
    if iteration:
        write_result(run, Stage(iteration, "pairs"), pairs=pairs)


def test_stages_are_listed_in_order(params: LoopParams) -> None:
    assert [stage.key for stage in stages(params)] == KEYS


def test_an_iteration_runs_on_every_family(
    model: ModelParams, params: LoopParams, data_folder: Path, tmp_path: Path
) -> None:
    run = new_run(data_folder, replace(params, model=model, iterations=1), tmp_path / "run")
    results = {stage.key: result for stage, result in run_loop(run, watch=lambda stage: silent)}
    assert list(results)[:-1] == KEYS[:8] and list(results)[-1].endswith("-predict")
    assert results["0-sft"]["loss_last"] < results["0-sft"]["loss_first"]
    assert results["1-sample"]["chains"] == 6 * results["1-sample"]["questions"] > 0


def test_every_stage_leaves_its_records_and_its_time(finished: LoopRun) -> None:
    last = f"{best_iteration(finished, 2)}-predict"
    assert sorted(path.name for path in finished.folder.iterdir()) == sorted([*KEYS, last, "shards"])
    pool = {question.question_id for question in finished.questions(finished.splits.pool)}
    gold = {question.question_id for question in finished.questions(finished.splits.gold)}
    [chains] = shards_of(finished, Stage(1, "sample"), Chain)
    [votes] = shards_of(finished, Stage(1, "vote"), Vote)
    pairs = read_jsonl(finished.folder / "1-pairs" / "pairs.jsonl", Pair)
    assert {chain.question_id for chain in chains} == {vote.question_id for vote in votes} == pool
    assert len(chains) == 6 * len(pool)
    assert pairs
    assert finished.result(Stage(1, "dpo"))["pairs"] == len(pairs)
    greedy = read_jsonl(finished.folder / "2-evaluate" / "greedy.jsonl", Chain)
    assert {chain.question_id for chain in greedy} == gold
    assert all(finished.result(stage)["seconds"] >= 0 for stage in stages(finished.params))


def test_an_iteration_samples_from_the_model_of_the_one_before(finished: LoopRun) -> None:
    assert finished.adapter(0) == finished.folder / "0-sft" / "adapter"
    assert finished.adapter(2) == finished.folder / "2-dpo" / "adapter"
    weights = [(finished.adapter(i) / "adapter_model.safetensors").read_bytes() for i in range(3)]
    assert len(set(weights)) == 3


def test_accuracies_come_for_every_slice_and_both_methods(finished: LoopRun) -> None:
    result = finished.result(Stage(0, "evaluate"))
    for method in ("greedy", "majority"):
        slices = [(row["vertical"], row["attribute"]) for row in result[method]]
        assert slices == [
            *(("bag", "colour"), ("bag", "parts"), ("bag", ""), ("cap", "colour"), ("cap", ""), ("", ""))
        ]
        assert (
            gold_accuracy(result, method) == result[method][-1]["correct"] / result[method][-1]["questions"]
        )


def test_a_finished_run_is_read_and_not_run_again(copied: LoopRun) -> None:
    shutil.rmtree(copied.adapter(0))
    results = dict(run_loop(copied, watch=lambda stage: silent))
    assert results == {stage: copied.result(stage) for stage in in_order(copied)}
    assert not copied.adapter(0).exists()


def test_an_interrupted_run_goes_on_to_the_same_end(copied: LoopRun, finished: LoopRun) -> None:
    for stage in (Stage(2, "dpo"), Stage(2, "evaluate")):
        shutil.rmtree(copied.path(stage))
    shutil.rmtree(copied.folder / "shards" / "2-evaluate")
    half_done = copied.folder / "2-dpo.partial"
    half_done.mkdir()
    (half_done / "result.json").write_text("{}")
    list(run_loop(copied, watch=lambda stage: silent))
    for name in (
        "2-dpo/adapter/adapter_model.safetensors",
        "2-evaluate/greedy.jsonl",
        "2-evaluate/votes.jsonl",
    ):
        assert (copied.folder / name).read_bytes() == (finished.folder / name).read_bytes()
    assert not half_done.exists()


@pytest.mark.parametrize("iteration", [0, 1])
def test_the_pool_is_predicted_as_the_next_iteration_would_have_sampled_it(
    copied: LoopRun, iteration: int
) -> None:
    predict, sample = Stage(iteration, "predict"), Stage(iteration + 1, "sample")
    for stage in (predict, Stage(iteration + 1, "vote")):
        shutil.rmtree(copied.path(stage), ignore_errors=True)
    result = Runner()(copied, predict)
    assert list(shards_of(copied, predict, Chain)) == list(shards_of(copied, sample, Chain))
    votes = [vote for shard in shards_of(copied, Stage(iteration + 1, "vote"), Vote) for vote in shard]
    assert result["mean_agreement"] == pytest.approx(sum(vote.agreement for vote in votes) / len(votes))
    assert (result["votes"], result["chains"]) == (len(votes), 6 * len(votes))


def test_votes_that_are_there_are_not_drawn_again(copied: LoopRun) -> None:
    shutil.rmtree(copied.path(Stage(0, "predict")), ignore_errors=True)
    shutil.rmtree(copied.adapter(0))
    result = Runner()(copied, Stage(0, "predict"))
    assert (result["questions"], result["chains"], result["voted_in"]) == (0, 0, 1)


def test_a_run_can_leave_the_pool_unpredicted(copied: LoopRun) -> None:
    found = run_loop(copied, watch=lambda stage: silent, predict=False)
    assert [stage.key for stage, _ in found] == KEYS


def test_progress_goes_to_the_total_of_each_stage(copied: LoopRun) -> None:
    shutil.rmtree(copied.path(Stage(2, "evaluate")))
    shutil.rmtree(copied.folder / "shards" / "2-evaluate")
    seen: list[tuple[int, int]] = []
    Runner()(copied, Stage(2, "evaluate"), progress=lambda done, total: seen.append((done, total)))
    questions = len(copied.questions(copied.splits.gold, answered=True))
    assert seen == sorted(seen)
    assert seen[-1] == (questions, questions)


def test_a_stage_without_pairs_keeps_the_adapter(tmp_path: Path) -> None:
    run = bare_run(tmp_path)
    run.adapter(0).mkdir(parents=True)
    (run.adapter(0) / "adapter_model.safetensors").write_bytes(b"weights")
    write_jsonl(run.path(Stage(1, "pairs")) / "pairs.jsonl", [])
    assert Runner()(run, Stage(1, "dpo"))["steps"] == 0
    assert (run.adapter(1) / "adapter_model.safetensors").read_bytes() == b"weights"


def test_a_stage_that_fails_is_not_there(copied: LoopRun, tmp_path: Path) -> None:
    broken = replace(copied, params=replace(copied.params, model=ModelParams(base=str(tmp_path))))
    shutil.rmtree(copied.path(Stage(2, "evaluate")))
    shutil.rmtree(copied.folder / "shards" / "2-evaluate")
    with pytest.raises(DataError, match="is not a usable image-text-to-text model"):
        Runner()(broken, Stage(2, "evaluate"))
    assert not copied.path(Stage(2, "evaluate")).exists()


def test_the_loop_stops_by_what_its_stages_found(tmp_path: Path) -> None:
    run = bare_run(tmp_path, patience=2)
    for iteration, correct in enumerate((5, 4, 5)):
        write_gold(run, iteration, correct)
    assert [stop_reason(run, iteration) for iteration in range(3)] == [
        *("", ""),
        "gold accuracy has not improved for 2 iterations",
    ]


def test_the_best_iteration_is_the_earliest_of_equals(tmp_path: Path) -> None:
    run = bare_run(tmp_path)
    for iteration, correct in enumerate((5, 7, 7, 9)):
        write_gold(run, iteration, correct)
    assert [best_iteration(run, last) for last in range(4)] == [0, 1, 1, 3]


def test_a_loop_that_stops_early_ends_with_the_pool_all_the_same(tmp_path: Path) -> None:
    run = bare_run(tmp_path, patience=1)
    write_gold(run, 0, 5)
    write_gold(run, 1, 4)
    assert [stage.key for stage in in_order(run)] == [*KEYS[:8], "0-predict"]


def test_the_loop_stops_when_no_pairs_are_left(tmp_path: Path) -> None:
    run = bare_run(tmp_path)
    write_gold(run, 0, 5)
    write_gold(run, 1, 6, pairs=0)
    assert stop_reason(run, 1).startswith("no pairs are left")


def test_the_loop_stops_when_agreement_rises_and_gold_does_not(tmp_path: Path) -> None:
    run = bare_run(tmp_path)
    write_gold(run, 0, 5, mean_agreement=0.6)
    write_gold(run, 1, 4, mean_agreement=0.7)
    write_gold(run, 2, 5, mean_agreement=0.8)
    assert stop_reason(run, 1) == ""
    assert stop_reason(run, 2).startswith("collapse: within 2 iterations mean agreement on gold rose")


@pytest.mark.parametrize(
    ("strategy", "keys"),
    [
        ("sft", "0-zero_shot 0-sft 0-evaluate"),
        (
            "champion_dpo",
            "0-zero_shot 0-champion 0-evaluate 1-sample 1-vote 1-pairs 1-dpo 1-evaluate",
        ),
        (
            "self_training",
            "0-zero_shot 0-sft 0-evaluate 1-sample 1-vote 1-confident 1-retrain 1-evaluate",
        ),
    ],
)
def test_a_strategy_has_stages_of_its_own(strategy: Strategy, keys: str) -> None:
    params = LoopParams(strategy=strategy, iterations=1)
    assert " ".join(stage.key for stage in stages(params)) == keys


@pytest.mark.parametrize(
    ("strategy", "names"),
    [
        ("sft_dpo", "sample sample_seed vote pairs dpo evaluate"),
        ("champion_dpo", "sample sample_seed vote pairs dpo evaluate"),
        ("self_training", "sample vote confident retrain evaluate"),
    ],
)
def test_the_seed_set_is_sampled_where_pairs_are_made_of_it(strategy: Strategy, names: str) -> None:
    params = LoopParams(strategy=strategy, iterations=1, pair=PairParams(use_seed=True))
    assert " ".join(stage.name for stage in stages(params) if stage.iteration) == names


def test_a_run_on_the_champion_goes_on_from_a_copy_of_its_adapter(finished: LoopRun, tmp_path: Path) -> None:
    params = replace(finished.params, strategy="champion_dpo", iterations=1)
    run = replace(finished, params=params, folder=tmp_path, start=finished.adapter(0))
    assert [stage.name for stage, _ in run_loop(run, watch=lambda stage: silent)][1:3] == [
        "champion",
        "evaluate",
    ]
    for name in (
        "0-evaluate/greedy.jsonl",
        "shards/1-sample/00000.parquet",
        "1-dpo/adapter/adapter_model.safetensors",
    ):
        assert (tmp_path / name).read_bytes() == (finished.folder / name).read_bytes()


def test_a_run_on_the_champion_without_one_is_refused(tmp_path: Path) -> None:
    run = bare_run(tmp_path, strategy="champion_dpo")
    with pytest.raises(DataError, match="goes on from an adapter: name one"):
        Runner()(run, Stage(0, "champion"))


def test_self_training_trains_the_adapter_on_its_own_confident_chains(copied: LoopRun) -> None:
    params = replace(
        copied.params,
        strategy="self_training",
        iterations=1,
        self_training=SelfTrainingParams(OptimParams(1e-3, 2, 8, 8), agreement=0.1),
    )
    run = replace(copied, params=params)
    results = {stage.key: result for stage, result in run_loop(run, watch=lambda stage: silent)}
    sure = read_jsonl(run.folder / "1-confident" / "confident.jsonl", Chain)
    assert results["1-confident"]["confident"] == len(sure) == results["1-retrain"]["examples"] > 0
    assert results["1-retrain"]["loss_last"] < results["1-retrain"]["loss_first"]
    assert run.adapter(1) == run.folder / "1-retrain" / "adapter"
    weights = [(run.adapter(i) / "adapter_model.safetensors").read_bytes() for i in range(2)]
    assert weights[0] != weights[1]


def test_verdicts_teach_beside_the_seed_and_decide_pairs(finished: LoopRun, tmp_path: Path) -> None:
    """The run again with two pool questions reviewed: one everybody was wrong about, one without a chain."""
    votes = {
        vote.question_id: vote for [*found] in shards_of(finished, Stage(1, "vote"), Vote) for vote in found
    }
    caps = [one for one in finished.splits.pool if one.vertical == "cap"]
    reviewed = tuple(
        replace(
            one, answers={"colour": _other_than(votes[f"{one.listing_id}/colour"])}, weights={"colour": 0.9}
        )
        for one in caps[:2]
    )
    run = replace(finished, splits=replace(finished.splits, reviewed=reviewed), folder=tmp_path / "run")
    shutil.copytree(finished.folder / "shards", run.folder / "shards")
    seeds = len(run.questions(run.splits.seed, answered=True))
    assert Runner()(run, Stage(0, "sft"))["examples"] == seeds + 2
    for name in ("sample", "vote"):
        Runner()(run, Stage(1, name))
    found = Runner()(run, Stage(1, "pairs"))
    made = read_jsonl(run.folder / "1-pairs" / "pairs.jsonl", Pair)
    confirmed = {pair.question_id: pair for pair in made if pair.confirmed}
    assert found == {**found, "pairs": len(made), "from_verdicts": 2}
    for listing in reviewed:
        pair = confirmed[f"{listing.listing_id}/colour"]
        assert pair.chosen.endswith(f"Answer: {listing.answers['colour']}")
        assert not pair.rejected.endswith(f"Answer: {listing.answers['colour']}")
    before = read_jsonl(finished.folder / "1-pairs" / "pairs.jsonl", Pair)
    assert [pair for pair in made if pair.question_id not in confirmed] == [
        pair for pair in before if pair.question_id not in confirmed
    ]


def test_labels_of_the_seed_set_decide_pairs_of_its_chains(finished: LoopRun, tmp_path: Path) -> None:
    """The run again, whose model is asked about its own seed set too."""
    params = replace(finished.params, iterations=1, pair=PairParams(use_seed=True))
    run = replace(finished, params=params, folder=tmp_path / "run")
    shutil.copytree(finished.folder / "shards", run.folder / "shards")
    shutil.copytree(finished.folder / "0-sft", run.folder / "0-sft")
    results = {name: Runner()(run, Stage(1, name)) for name in repeated_stages(params)}
    asked = {one.question_id: one for one in run.questions(run.splits.seed, answered=True)}
    assert results["sample_seed"]["chains"] == 6 * len(asked) > 0
    chains = [one for shard in shards_of(run, Stage(1, "sample_seed"), Chain) for one in shard]
    split = {
        name
        for name, question in asked.items()
        if 0 < sum(one.answer == question.answer for one in chains if one.question_id == name) < 6
    }
    made = read_jsonl(run.folder / "1-pairs" / "pairs.jsonl", Pair)
    labelled = {pair.question_id: pair for pair in made if pair.confirmed}
    assert set(labelled) == split
    assert results["pairs"]["from_seed"] == len(labelled) == len(made[: len(labelled)]) > 0
    for name, pair in labelled.items():
        question = asked[name]
        assert parse_answer(pair.chosen, question.attribute) == question.answer
        assert parse_answer(pair.rejected, question.attribute) != question.answer
    assert [pair for pair in made if not pair.confirmed] == read_jsonl(
        finished.folder / "1-pairs" / "pairs.jsonl", Pair
    )
    assert results["dpo"]["pairs"] == len(made)


def _other_than(vote: Vote) -> str:
    """A colour that is not the majority, one that no chain gave where there is one."""
    colours = [colour for colour in ("red", "green", "blue") if colour != vote.majority]
    return min(colours, key=lambda colour: vote.counts.get(colour, 0))
