"""The sampling benchmark measures the same work of all, at the size of a test."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from tests.training.ml.bench.mini import MINI
from training.ml import cli
from training.ml.bench import sampling
from training.ml.bench.catalogue import ATTRIBUTES, VIEWS, bench_questions
from training.ml.bench.floor import CountingSampler
from training.ml.bench.generating import _inputs, generate_texts
from training.ml.bench.models import build_random
from training.ml.bench.sampling import Plan, bench_random, bench_tiny, first_token_p
from training.ml.params import ModelParams, SampleParams
from training.ml.sample import Sampler

FIGURES = {
    "ratio_generate",
    "ratio_generate_one",
    "share_of_floor",
    "chi_square_p",
    "greedy_equal",
}


@pytest.fixture(scope="module")
def mini(tmp_path_factory: pytest.TempPathFactory) -> ModelParams:
    folder = tmp_path_factory.mktemp("mini") / "model"
    build_random(MINI, folder)
    return ModelParams(base=str(folder), device="cpu", dtype="float32", threads=1)


def test_listings_are_alike_on_every_machine(tmp_path: Path) -> None:
    first, again = (tmp_path / name for name in ("first", "again"))
    for folder in (first, again):
        folder.mkdir()
        asked = bench_questions(folder, listings=2, pixels=16)
    assert len(asked) == 2 * len(ATTRIBUTES) == 10
    assert len(asked[0].listing.images) == VIEWS == 3
    for path in first.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()
        assert Image.open(path).size == (16, 16)


def test_chains_of_a_random_model_are_equally_long(mini: ModelParams, tmp_path: Path) -> None:
    sampler = Sampler(mini)
    questions = bench_questions(tmp_path, listings=1, pixels=32)
    assert not len(sampler._stops)
    params = SampleParams(chains=2, max_new_tokens=5)
    whole = sampler.model.generate(
        input_ids=torch.tensor([[9, 10]]), do_sample=False, max_new_tokens=params.max_new_tokens
    )
    assert whole.shape[1] == 2 + params.max_new_tokens
    said = generate_texts(sampler, questions, params, batch=3)
    assert {len(texts) for texts in said.values()} == {2}


def test_the_floor_is_given_the_chains_lengths(mini: ModelParams, tmp_path: Path) -> None:
    sampler = CountingSampler(mini)
    questions = bench_questions(tmp_path, listings=1, pixels=32)
    params = SampleParams(chains=2, max_new_tokens=4)
    assert sampler.sample(questions, params, seed=0) == Sampler(mini).sample(questions, params, seed=0)
    assert sampler.lengths == {question.question_id: [4, 4] for question in questions}
    likeliest = sampler.model(**_inputs(sampler, questions[:1]), logits_to_keep=1).logits[0, -1].argmax()
    sampler._stops = likeliest[None]
    sampler.greedy(questions[:1], params)
    assert sampler.lengths[questions[0].question_id] == [0]


def test_first_tokens_follow_the_model_and_would_not_follow_another(
    mini: ModelParams, tmp_path: Path
) -> None:
    sampler = Sampler(mini)
    [question, *_] = bench_questions(tmp_path, listings=1, pixels=32)
    torch.nn.init.normal_(sampler.model.get_output_embeddings().weight, std=0.2)
    assert first_token_p(sampler, question, 3000) > 0.001
    shifted = sampler.sample
    sampler.sample = lambda asked, params, **options: shifted(  # type: ignore[method-assign]
        asked, replace(params, temperature=0.3), **options
    )
    assert first_token_p(sampler, question, 3000) < 1e-6


def test_every_figure_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(1, SampleParams(chains=2, max_new_tokens=3), (3,), 1, 20)
    monkeypatch.setattr(sampling, "random_plan", lambda quick: plan)
    monkeypatch.setattr(sampling, "tiny_plan", lambda quick: plan)
    for found in (bench_random(MINI, quick=True), bench_tiny(quick=True)):
        assert found.keys() >= FIGURES
        assert found["greedy_equal"] is True
        assert found["chains"] == 10
        assert all(found[name] > 0 for name in FIGURES)


def test_the_command_ends_in_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sampling, "bench_tiny", lambda quick: {"ratio_generate": 5.0, "quick": quick})
    monkeypatch.setattr(sampling, "bench_random", lambda quick: {"ratio_generate": 4.0})
    assert cli.main(["bench-sampling", "--quick"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {
        "tiny": {"ratio_generate": 5.0, "quick": True},
        "random_100m": {"ratio_generate": 4.0},
    }
