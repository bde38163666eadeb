"""SFT learns the completions, and nothing but the completions, of answered questions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from training.ml.answering import LABELS
from training.ml.bench.stock import stock_sft
from training.ml.encoding import open_photos, split_prompt
from training.ml.errors import DataError
from training.ml.features import FeatureStore
from training.ml.model import load_model, load_processor
from training.ml.params import LoraParams, ModelParams, OptimParams, SampleParams, SFTParams
from training.ml.progress import silent
from training.ml.prompts import write_chain
from training.ml.records import Listing, Question
from training.ml.sample import Sampler
from training.ml.sft import SFTCollator, sft_example, sft_rows, train_sft
from training.ml.steplog import last_steps

BRIEF = SFTParams(optim=OptimParams(1e-2, 2, 2, 2))
LONG = SFTParams(optim=OptimParams(1e-2, 60, 2, 2))


def with_photos(question: Question, count: int, *, evidence: tuple[int, ...] = ()) -> Question:
    photos = question.listing.images[:1] * count
    return replace(question, listing=replace(question.listing, images=photos, evidence={"colour": evidence}))


def test_the_loss_falls_until_the_model_says_what_it_was_taught(
    model: ModelParams, questions: list[Question], tmp_path: Path
) -> None:
    taught = [question for question in questions if question.listing.listing_id == "bag-0"]
    result = train_sft(taught, LONG, model, out=tmp_path / "adapter", seed=0, progress=silent)
    assert result["loss_last"] < 0.1 < 3 < result["loss_first"]
    said = Sampler(model, tmp_path / "adapter").greedy(taught, SampleParams(max_new_tokens=40))
    assert [chain.text.strip() for chain in said] == [chain for _, chain in sft_rows(taught, LONG, seed=0)]
    assert [chain.answer for chain in said] == ["red", "handle, strap"]


def test_prompt_tokens_are_those_of_sampling_and_the_completion_ends_the_turn(
    model: ModelParams, questions: list[Question]
) -> None:
    processor = load_processor(model)
    chain = write_chain(photo=1, answer="red")
    batch = SFTCollator(load_model(model), load_processor(model), None)([sft_example((questions[0], chain))])
    parts = split_prompt(processor, questions[0])
    sampled = load_processor(model)(
        images=[open_photos(questions[0].listing)],
        text=[parts.prefix + parts.suffix],
        add_special_tokens=False,
        return_tensors="pt",
    )
    completion = batch[LABELS][0, 0]
    length = sampled["input_ids"].shape[1]
    assert batch["input_ids"][0, :length].tolist() == sampled["input_ids"][0].tolist()
    assert torch.equal(batch["input_ids"][0, length:], completion[:-1]), "the last token predicts nothing"
    assert torch.equal(batch["pixel_values"], sampled["pixel_values"])
    assert processor.tokenizer.eos_token_id in completion
    end = completion.tolist().index(processor.tokenizer.eos_token_id)
    assert processor.tokenizer.decode(completion[:end]).strip() == chain
    assert processor.tokenizer.decode(completion[end + 1 :]).strip() == ""


def test_the_loss_is_that_of_the_stock_trainer(
    model: ModelParams, questions: list[Question], tmp_path: Path
) -> None:
    kept = FeatureStore(tmp_path / "features")
    ours = train_sft(questions, BRIEF, model, out=tmp_path / "ours", seed=5, progress=silent, features=kept)
    rows = sft_rows(questions, BRIEF, seed=5)
    stock = stock_sft(rows, BRIEF, model, out=tmp_path / "stock", seed=5)
    stock.train()
    losses = [entry["loss"] for entry in stock.state.log_history if "loss" in entry]
    assert ours["losses"] == pytest.approx(losses, rel=1e-4)
    assert (ours["examples"], ours["steps"]) == (3, 4)


def test_the_same_seed_gives_the_same_adapter(
    qwen: ModelParams, questions: list[Question], tmp_path: Path
) -> None:
    made = {}
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        train_sft(questions, BRIEF, qwen, out=tmp_path / name, seed=seed, progress=silent)
        made[name] = (tmp_path / name / "adapter_model.safetensors").read_bytes()
    assert made["first"] == made["again"] != made["other"]


def test_a_training_of_one_step_learns(qwen: ModelParams, questions: list[Question], tmp_path: Path) -> None:
    once = replace(BRIEF, optim=OptimParams(1e-2, 1, 16, 16))
    result = train_sft(questions, once, qwen, out=tmp_path / "adapter", seed=0, progress=silent)
    weights = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    assert result["steps"] == 1
    assert all(weight.any() for name, weight in weights.items() if "lora_B" in name)


def test_every_step_is_logged_as_it_is_taken(
    qwen: ModelParams, questions: list[Question], tmp_path: Path
) -> None:
    log = tmp_path / "log.jsonl"
    seen: list[int] = []

    def watch(done: int, total: int, /) -> None:
        seen.append(len(last_steps(log)))

    result = train_sft(questions, BRIEF, qwen, out=tmp_path / "adapter", seed=0, progress=watch, log=log)
    steps = last_steps(log)
    assert seen == [0, 0, 1, 2, 3]
    assert [step.step for step in steps] == [1, 2, 3, 4]
    assert [step.loss for step in steps] == result["losses"]
    assert all(step.margin is None and step.memory > 2**20 for step in steps)


def test_an_adapter_says_how_it_was_made(
    qwen: ModelParams, questions: list[Question], tmp_path: Path
) -> None:
    train_sft(questions, BRIEF, qwen, out=tmp_path / "adapter", seed=4, progress=silent)
    manifest = json.loads((tmp_path / "adapter" / "manifest.json").read_text())
    assert (manifest["stage"], manifest["seed"], manifest["examples"]) == ("sft", 4, 3)
    assert manifest["model"]["base"] == qwen.base
    assert manifest["params"]["optim"]["learning_rate"] == 1e-2
    assert manifest["versions"]["torch"] == torch.__version__
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]


def test_every_step_is_reported(qwen: ModelParams, questions: list[Question], tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    train_sft(
        questions,
        BRIEF,
        qwen,
        out=tmp_path / "a",
        seed=0,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_what_progress_raises_stops_training_and_leaves_nothing(
    qwen: ModelParams, questions: list[Question], tmp_path: Path
) -> None:
    def stop(done: int, total: int, /) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_sft(questions, BRIEF, qwen, out=tmp_path / "adapter", seed=0, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_photo_is_named_and_nothing_is_left(
    qwen: ModelParams, questions: list[Question], tmp_path: Path
) -> None:
    listing = replace(questions[0].listing, images=(tmp_path / "gone.png",))
    broken = [*questions, replace(questions[0], listing=listing)]
    with pytest.raises(DataError, match="gone.png"):
        train_sft(broken, BRIEF, qwen, out=tmp_path / "adapter", seed=0, progress=silent)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_not_overwritten(
    qwen: ModelParams, questions: list[Question], tmp_path: Path
) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(DataError, match="exists already: give another folder or remove it"):
        train_sft(questions, BRIEF, qwen, out=tmp_path, seed=0, progress=silent)


def test_nothing_to_train_on_is_an_error(qwen: ModelParams, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no labelled question to train on: label listings"):
        train_sft([], BRIEF, qwen, out=tmp_path / "adapter", seed=0, progress=silent)


def test_layers_that_are_not_there_are_an_error(
    qwen: ModelParams, questions: list[Question], tmp_path: Path
) -> None:
    params = replace(BRIEF, lora=LoraParams(target_modules=r".*\.query"))
    with pytest.raises(DataError, match="query' matches no layer of .*qwen2_5_vl: give a regular expression"):
        train_sft(questions, params, qwen, out=tmp_path / "adapter", seed=0, progress=silent)


def photos_named(rows: Sequence[tuple[Question, str]]) -> list[int]:
    return [int(chain.removeprefix("Photo ")[0]) for _, chain in rows]


def test_chains_of_a_question_look_at_different_photos(questions: list[Question]) -> None:
    question = with_photos(questions[0], 4)
    rows = sft_rows([question], replace(BRIEF, chains_per_question=3), seed=0)
    assert len(set(photos_named(rows))) == len(rows) == 3
    assert sorted(photos_named(sft_rows([question], replace(BRIEF, chains_per_question=9), seed=0))) == [
        1,
        2,
        3,
        4,
    ]
    draws = {tuple(photos_named(sft_rows([question], BRIEF, seed=seed))) for seed in range(20)}
    assert draws == {(1,), (2,), (3,), (4,)}


def test_marked_evidence_is_looked_at_unless_told_otherwise(questions: list[Question]) -> None:
    question = with_photos(questions[0], 4, evidence=(3, 4))
    marked = [photos_named(sft_rows([question], BRIEF, seed=seed)) for seed in range(20)]
    free = [
        photos_named(sft_rows([question], replace(BRIEF, use_evidence=False), seed=seed))
        for seed in range(20)
    ]
    assert {photo for (photo,) in marked} == {3, 4}
    assert {photo for (photo,) in free} == {1, 2, 3, 4}


def test_the_draw_does_not_depend_on_the_other_questions(questions: list[Question]) -> None:
    first, second = with_photos(questions[0], 4), with_photos(questions[2], 4)
    assert sft_rows([second, first], BRIEF, seed=0)[1:] == sft_rows([first], BRIEF, seed=0)


def test_a_question_without_answer_cannot_be_taught(questions: list[Question]) -> None:
    listing = Listing("new", "bag", questions[0].listing.images)
    with pytest.raises(ValueError, match="new/colour has no known answer"):
        sft_rows([replace(questions[0], listing=listing)], BRIEF, seed=0)


def weighed(question: Question, weight: float) -> Question:
    return replace(question, listing=replace(question.listing, weights={question.attribute.code: weight}))


def test_an_example_counts_by_its_weight(
    qwen: ModelParams, questions: list[Question], tmp_path: Path
) -> None:
    """Two examples in one batch: a weight of 0 leaves the other one's share of the loss, halves add up."""
    once = replace(BRIEF, optim=OptimParams(1e-2, 1, 2, 2))
    pair = [question for question in questions if question.attribute.code == "colour"]
    assert len(pair) == 2

    def loss(*weights: float) -> float:
        trained = [weighed(one, weight) for one, weight in zip(pair, weights, strict=True)]
        out = tmp_path / "-".join(map(str, weights))
        return float(train_sft(trained, once, qwen, out=out, seed=0, progress=silent)["loss_first"])

    whole, first, second = loss(1, 1), loss(1, 0), loss(0, 1)
    assert first + second == pytest.approx(whole, abs=1e-4)
    assert loss(0.5, 0.5) == pytest.approx(whole / 2, abs=1e-4)
    assert 0 < first < whole
