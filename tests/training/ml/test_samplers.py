"""What every sampler promises: ours, one behind vLLM's interface, and vLLM where it is installed."""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.ml import fake_vllm
from training.ml.errors import DataError
from training.ml.params import Engine, LoraParams, ModelParams, OptimParams, SampleParams, SFTParams
from training.ml.progress import silent
from training.ml.records import Question
from training.ml.sample import Sampler
from training.ml.samplers import load_sampler
from training.ml.sft import train_sft
from training.ml.vllm_sampler import VllmSampler, question_seed

BUILT_IN, FAKE, REAL = "built-in", "vLLM's interface", "vLLM"
ENGINES = [BUILT_IN, FAKE, *([REAL] if importlib.util.find_spec("vllm") else [])]
PARAMS = SampleParams(chains=4, max_new_tokens=6)

Load = Callable[..., Sampler | VllmSampler]


@pytest.fixture(params=ENGINES)
def load(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Loads a sampler with the engine that the test is about."""
    engine: Engine = "built_in" if request.param == BUILT_IN else "vllm"
    if request.param == FAKE:
        fake_vllm.install(monkeypatch)

    def loaded(model: ModelParams, adapter: Path | None = None) -> Sampler | VllmSampler:
        return load_sampler(model, replace(PARAMS, engine=engine), adapter)

    yield loaded


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """The options of engines made behind vLLM's interface."""
    fake_vllm.install(monkeypatch)
    return fake_vllm.LLM.made


def test_chains_come_by_question_and_index(load: Load, qwen: ModelParams, questions: list[Question]) -> None:
    chains = load(qwen).sample(questions, PARAMS, seed=1)
    assert [(chain.question_id, chain.index) for chain in chains] == [
        (question.question_id, index) for question in questions for index in range(PARAMS.chains)
    ]
    assert all(chain.logprob < 0 for chain in chains)


def test_the_same_seed_gives_the_same_chains_in_any_order(
    load: Load, qwen: ModelParams, questions: list[Question]
) -> None:
    sampler = load(qwen)
    shuffled = random.Random(1).sample(questions, len(questions))
    first, again = (sampler.sample(asked, PARAMS, seed=1) for asked in (questions, shuffled))
    assert {(one.question_id, one.index, one.text) for one in first} == {
        (one.question_id, one.index, one.text) for one in again
    }
    other = sampler.sample(questions, PARAMS, seed=2)
    assert [one.text for one in first] != [one.text for one in other]


def test_more_chains_begin_with_the_same_ones(
    load: Load, qwen: ModelParams, questions: list[Question]
) -> None:
    sampler = load(qwen)
    few, many = (sampler.sample(questions, replace(PARAMS, chains=n), seed=5) for n in (2, 4))
    assert [one.text for one in few] == [one.text for one in many if one.index < 2]


def test_one_reading_gives_what_two_give(load: Load, qwen: ModelParams, questions: list[Question]) -> None:
    sampler = load(qwen)
    greedy, sampled = sampler.greedy_and_sample(questions, PARAMS, seed=4)
    assert [one.text for one in greedy] == [one.text for one in sampler.greedy(questions, PARAMS)]
    alone = sampler.sample(questions, PARAMS, seed=4)
    assert [(one.index, one.text) for one in sampled] == [(one.index, one.text) for one in alone]


def test_greedy_chains_are_those_of_the_built_in_engine(
    load: Load, qwen: ModelParams, questions: list[Question]
) -> None:
    ours, theirs = Sampler(qwen).greedy(questions, PARAMS), load(qwen).greedy(questions, PARAMS)
    assert [(one.text, one.answer, one.index) for one in theirs] == [
        (one.text, one.answer, one.index) for one in ours
    ]
    assert [one.logprob for one in theirs] == pytest.approx([one.logprob for one in ours], abs=1e-2)


def test_an_adapter_changes_what_is_said(
    load: Load, qwen: ModelParams, questions: list[Question], tmp_path: Path
) -> None:
    taught = SFTParams(optim=OptimParams(2e-2, 12, 3, 3), lora=LoraParams(rank=16))
    train_sft(questions, taught, qwen, out=tmp_path / "adapter", seed=0, progress=silent)
    with_adapter = load(qwen, tmp_path / "adapter").greedy(questions, PARAMS)
    ours = Sampler(qwen, tmp_path / "adapter").greedy(questions, PARAMS)
    assert [one.text for one in with_adapter] == [one.text for one in ours]
    assert [one.text for one in with_adapter] != [one.text for one in load(qwen).greedy(questions, PARAMS)]


def test_progress_is_told_from_nothing_to_all(
    load: Load, qwen: ModelParams, questions: list[Question]
) -> None:
    told: list[tuple[int, int]] = []
    load(qwen).sample(questions, PARAMS, seed=0, progress=lambda done, total: told.append((done, total)))
    assert told[0] == (0, len(questions)) and told[-1] == (len(questions), len(questions))


def test_a_missing_photo_is_named(load: Load, qwen: ModelParams, questions: list[Question]) -> None:
    listing = replace(questions[0].listing, images=(Path("/nowhere/front.jpg"),))
    with pytest.raises(DataError, match=r"image /nowhere/front.jpg cannot be read"):
        load(qwen).greedy([replace(questions[0], listing=listing)], PARAMS)


def test_a_base_that_is_no_model_is_named(load: Load, qwen: ModelParams, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=str(tmp_path)):
        load(replace(qwen, base=str(tmp_path)))


def test_vllm_shares_prefixes_and_loads_the_adapter_as_lora(
    fake: list[dict[str, object]], qwen: ModelParams, questions: list[Question], tmp_path: Path
) -> None:
    taught = SFTParams(optim=OptimParams(1e-3, 1, 3, 3), lora=LoraParams(rank=12))
    train_sft(questions, taught, qwen, out=tmp_path / "adapter", seed=0, progress=silent)
    VllmSampler(replace(qwen, max_pixels=2048, vllm_memory=0.5, vllm_tokens=900), tmp_path / "adapter")
    assert fake == [
        {
            "prefix_caching": True,
            "lora": 16,
            "memory": 0.5,
            "longest": 900,
            "remote_code": False,
            "photos": {"max_pixels": 2048},
        }
    ]


def test_without_vllm_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch, qwen: ModelParams) -> None:
    monkeypatch.setitem(__import__("sys").modules, "vllm", None)
    with pytest.raises(DataError, match=r"install attrx\[ml,vllm\].*or sample with the built-in engine"):
        load_sampler(qwen, replace(PARAMS, engine="vllm"))


def test_four_bits_are_refused_with_a_remedy(fake: list[dict[str, object]], qwen: ModelParams) -> None:
    with pytest.raises(DataError, match="does not take model.load_in_4bit"):
        VllmSampler(replace(qwen, load_in_4bit=True))


def test_a_folder_that_is_no_adapter_is_named(
    fake: list[dict[str, object]], qwen: ModelParams, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="is not an adapter"):
        VllmSampler(qwen, tmp_path)


def test_an_adapter_too_large_for_vllm_is_refused(
    fake: list[dict[str, object]], qwen: ModelParams, tmp_path: Path
) -> None:
    (tmp_path / "adapter_config.json").write_text('{"r": 600}')
    with pytest.raises(DataError, match="has rank 600, vLLM takes 512 at most"):
        VllmSampler(qwen, tmp_path)


def test_seeds_of_questions_are_far_apart() -> None:
    seeds = sorted(question_seed(seed, f"bag-{number}/colour") for seed in (0, 1) for number in range(500))
    assert min(b - a for a, b in zip(seeds, seeds[1:], strict=False)) > 1000
    assert max(seeds) < 2**63
