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
from training.ml.loop import LoopRun, Stage, gold_accuracy, run_loop, run_stage, stages, stop_reason
from training.ml.metrics import Accuracy
from training.ml.params import DPOParams, LoopParams, ModelParams, OptimParams, SampleParams, SFTParams
from training.ml.progress import silent
from training.ml.records import Chain, Pair, Vote, read_jsonl, write_jsonl
from training.ml.splits import Splits, split_listings

KEYS = [
    *("0-zero_shot", "0-sft", "0-evaluate"),
    *("1-sample", "1-vote", "1-pairs", "1-dpo", "1-evaluate"),
    *("2-sample", "2-vote", "2-pairs", "2-dpo", "2-evaluate"),
]


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
    )


@pytest.fixture(scope="module")
def finished(params: LoopParams, data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> LoopRun:
    """A run of the whole loop; tests copy what they change."""
    run = new_run(data_folder, params, tmp_path_factory.mktemp("loop") / "run")
    assert [stage.key for stage, _ in run_loop(run, watch=lambda stage: silent)] == KEYS
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


def write_gold(run: LoopRun, iteration: int, correct: int) -> None:
    row = Accuracy("", "", 10, correct, 0, 0.5).to_json()
    write_result(run, Stage(iteration, "evaluate"), greedy=[row], majority=[row])
    if iteration:
        write_result(run, Stage(iteration, "pairs"), pairs=3)


def test_stages_are_listed_in_order(params: LoopParams) -> None:
    assert [stage.key for stage in stages(params)] == KEYS


def test_an_iteration_runs_on_every_family(
    model: ModelParams, params: LoopParams, data_folder: Path, tmp_path: Path
) -> None:
    run = new_run(data_folder, replace(params, model=model, iterations=1), tmp_path / "run")
    results = {stage.key: result for stage, result in run_loop(run, watch=lambda stage: silent)}
    assert list(results) == KEYS[:8]
    assert results["0-sft"]["loss_last"] < results["0-sft"]["loss_first"]
    assert results["1-sample"]["chains"] == 6 * results["1-sample"]["questions"] > 0


def test_every_stage_leaves_its_records_and_its_time(finished: LoopRun) -> None:
    assert sorted(path.name for path in finished.folder.iterdir()) == sorted(KEYS)
    pool = {question.question_id for question in finished.questions(finished.splits.pool)}
    gold = {question.question_id for question in finished.questions(finished.splits.gold)}
    chains = read_jsonl(finished.folder / "1-sample" / "chains.jsonl", Chain)
    votes = read_jsonl(finished.folder / "1-vote" / "votes.jsonl", Vote)
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
    assert results == {stage: copied.result(stage) for stage in stages(copied.params)}
    assert not copied.adapter(0).exists()


def test_an_interrupted_run_goes_on_to_the_same_end(copied: LoopRun, finished: LoopRun) -> None:
    for stage in (Stage(2, "dpo"), Stage(2, "evaluate")):
        shutil.rmtree(copied.path(stage))
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


def test_progress_goes_to_the_total_of_each_stage(copied: LoopRun) -> None:
    shutil.rmtree(copied.path(Stage(2, "evaluate")))
    seen: list[tuple[int, int]] = []
    run_stage(copied, Stage(2, "evaluate"), progress=lambda done, total: seen.append((done, total)))
    questions = len(copied.questions(copied.splits.gold, answered=True))
    assert seen == sorted(seen)
    assert seen[-1] == (questions, questions)


def test_a_stage_without_pairs_keeps_the_adapter(tmp_path: Path) -> None:
    run = bare_run(tmp_path)
    run.adapter(0).mkdir(parents=True)
    (run.adapter(0) / "adapter_model.safetensors").write_bytes(b"weights")
    write_jsonl(run.path(Stage(1, "pairs")) / "pairs.jsonl", [])
    assert run_stage(run, Stage(1, "dpo"))["steps"] == 0
    assert (run.adapter(1) / "adapter_model.safetensors").read_bytes() == b"weights"


def test_a_stage_that_fails_is_not_there(copied: LoopRun, tmp_path: Path) -> None:
    broken = replace(copied, params=replace(copied.params, model=ModelParams(base=str(tmp_path))))
    shutil.rmtree(copied.path(Stage(2, "evaluate")))
    with pytest.raises(DataError, match="is not a usable image-text-to-text model"):
        run_stage(broken, Stage(2, "evaluate"))
    assert not copied.path(Stage(2, "evaluate")).exists()


def test_the_loop_stops_when_no_pairs_are_left(tmp_path: Path) -> None:
    run = bare_run(tmp_path)
    write_result(run, Stage(1, "pairs"), pairs=0)
    assert stop_reason(run, 1).startswith("no pairs are left")


@pytest.mark.parametrize(
    ("gold", "patience", "reason"),
    [
        ([5], 1, ""),
        ([5, 6], 1, ""),
        ([5, 5], 1, "gold accuracy has not improved for 1 iteration"),
        ([5, 4], 2, ""),
        ([5, 4, 5], 2, "gold accuracy has not improved for 2 iterations"),
        ([5, 4, 6], 2, ""),
    ],
)
def test_the_loop_stops_when_gold_has_not_improved_for_its_patience(
    tmp_path: Path, gold: list[int], patience: int, reason: str
) -> None:
    run = bare_run(tmp_path, patience=patience, iterations=5)
    for iteration, correct in enumerate(gold):
        write_gold(run, iteration, correct)
    assert stop_reason(run, len(gold) - 1) == reason


def test_the_last_iteration_needs_no_reason_to_stop(tmp_path: Path) -> None:
    run = bare_run(tmp_path, patience=1, iterations=1)
    for iteration in (0, 1):
        write_gold(run, iteration, 5)
    assert stop_reason(run, 1) == ""
