"""A photo is looked at once for each tower, and what was kept answers as the photo itself does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from tests.training.ml import tiny_models
from training.ml.features import FeatureStore
from training.ml.model import load_model, load_processor
from training.ml.params import LoraParams, ModelParams, OptimParams, SampleParams, SFTParams
from training.ml.progress import silent
from training.ml.records import Question
from training.ml.sample import Sampler
from training.ml.seeing import Seer
from training.ml.sft import train_sft

PARAMS = SampleParams(chains=3, max_new_tokens=8)


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    return FeatureStore(tmp_path / "features")


@pytest.fixture(params=["qwen2_5_vl", "qwen3_vl"])
def qwens(request: pytest.FixtureRequest, models: dict[str, ModelParams]) -> ModelParams:
    """The families whose photos are rows of patches."""
    return models[request.param]


def looks(sampler: Sampler) -> list[int]:
    """A list that grows by the number of photos each time that the tower looks."""
    seen: list[int] = []
    tower: Any = sampler.model.model.visual
    tower.register_forward_hook(lambda *call: seen.append(1))
    return seen


def files(store: FeatureStore) -> Iterator[Path]:
    return store.folder.rglob("*.safetensors")


def test_chains_are_those_of_photos_that_were_looked_at(
    qwens: ModelParams, questions: list[Question], store: FeatureStore
) -> None:
    plain = Sampler(qwens).greedy_and_sample(questions, PARAMS, seed=3)
    for _ in range(2):
        kept = Sampler(qwens, features=store).greedy_and_sample(questions, PARAMS, seed=3)
        assert [[one.text for one in chains] for chains in kept] == [
            [one.text for one in chains] for chains in plain
        ]


def test_a_photo_is_looked_at_once_whoever_asks(
    qwens: ModelParams, questions: list[Question], store: FeatureStore
) -> None:
    first, second = Sampler(qwens, features=store), Sampler(qwens, features=store)
    photos = {path.read_bytes() for question in questions for path in question.listing.images}
    counts = looks(first), looks(second)
    first.sample(questions, PARAMS, seed=0)
    second.greedy(questions, PARAMS)
    assert (len(counts[0]), len(counts[1])) == (len(photos), 0)
    assert len(list(files(store))) == len(photos)


def test_a_photo_with_other_content_is_looked_at_again(
    qwen: ModelParams, questions: list[Question], store: FeatureStore, tmp_path: Path
) -> None:
    path = tmp_path / "photo.png"
    asked = [replace(questions[0], listing=replace(questions[0].listing, images=(path,)))]
    for colour in ("red", "blue"):
        Image.new("RGB", (32, 32), colour).save(path)
        Sampler(qwen, features=store).greedy(asked, PARAMS)
    assert len(list(files(store))) == 2


def test_another_tower_does_not_use_what_this_one_saw(
    qwen: ModelParams, questions: list[Question], store: FeatureStore, tmp_path: Path
) -> None:
    model: Any = load_model(qwen)
    processor = load_processor(qwen)
    known = Seer(model, processor, store).fingerprint
    assert Seer(load_model(qwen), processor, store).fingerprint == known
    assert Seer(load_model(qwen), load_processor(replace(qwen, max_pixels=256)), store).fingerprint != known
    with torch.no_grad():
        next(model.model.visual.parameters()).mul_(2)
    assert Seer(model, processor, store).fingerprint != known


def test_broken_files_are_looked_at_again(
    qwen: ModelParams, questions: list[Question], store: FeatureStore
) -> None:
    wanted = Sampler(qwen, features=store).greedy(questions, PARAMS)
    for path in files(store):
        path.write_bytes(path.read_bytes()[:-8])
    assert Sampler(qwen, features=store).greedy(questions, PARAMS) == wanted


def test_training_looks_at_photos_that_sampling_saw_no_more(
    qwen: ModelParams, questions: list[Question], store: FeatureStore, tmp_path: Path
) -> None:
    Sampler(qwen, features=store).greedy(questions, PARAMS)
    before = {path: path.stat().st_mtime_ns for path in files(store)}
    params = SFTParams(optim=OptimParams(1e-3, 1, 3, 3))
    losses = []
    for name, kept in (("kept", store), ("plain", None)):
        out = tmp_path / name
        made = train_sft(questions, params, qwen, out=out, seed=0, progress=silent, features=kept)
        losses.append(made["losses"])
    assert {path: path.stat().st_mtime_ns for path in files(store)} == before
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)


def test_an_adapter_on_the_tower_sees_photos_with_its_own_eyes(
    qwen: ModelParams, questions: list[Question], store: FeatureStore, tmp_path: Path
) -> None:
    lora = LoraParams(target_modules=r".*(visual).*\.(qkv|proj)")
    params = SFTParams(optim=OptimParams(1e-2, 1, 3, 3), lora=lora)
    train_sft(questions, params, qwen, out=tmp_path / "adapter", seed=0, progress=silent, features=store)
    sampler = Sampler(qwen, tmp_path / "adapter", features=store)
    sampler.greedy(questions, PARAMS)
    assert not Seer.can_keep(sampler.model, sampler.processor)
    assert not list(files(store))


def test_a_family_that_lays_photos_out_otherwise_goes_without(
    models: dict[str, ModelParams], questions: list[Question], store: FeatureStore
) -> None:
    assert "smolvlm" in tiny_models.FAMILIES
    chains = Sampler(models["smolvlm"], features=store).greedy(questions, PARAMS)
    assert len(chains) == len(questions)
    assert not store.folder.exists()
