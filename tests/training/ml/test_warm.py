"""Requests that are answered together are answered as each alone would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model

from tests.fakes import FakeSampler
from training.ml.adapters import Kept
from training.ml.errors import DataError
from training.ml.model import load_model
from training.ml.params import LoraParams, ModelParams, SampleParams
from training.ml.records import Chain, Question
from training.ml.sample import Sampler
from training.ml.warm import Draw, Drawn, WarmModel, together
from training.ml.warmsampler import WarmSampler

SAMPLE = SampleParams(chains=4, max_new_tokens=8)


def draw(*questions: Question, adapter: str = "a", model: str = "tiny", chains: int = 4) -> Draw:
    sample = replace(SAMPLE, chains=chains)
    return Draw(ModelParams(base=model), Path(adapter), sample, 0, tuple(questions))


def answers(warm: WarmModel, draws: Sequence[Draw]) -> list[Drawn]:
    """By the places of the draws."""
    found = dict(warm.answer(draws))
    return [found[place] for place in range(len(draws))]


def adapter_in(folder: Path, params: ModelParams, seed: int) -> Path:
    """An adapter that changes what the model says."""
    torch.manual_seed(seed)
    config = LoraConfig(r=4, target_modules=LoraParams().target_modules, init_lora_weights=False)
    get_peft_model(load_model(params), config).save_pretrained(str(folder))
    return folder


def test_draws_of_one_model_go_together_and_others_apart(questions: list[Question]) -> None:
    one, other, third = questions
    assert together([]) == []
    draws = [draw(one), draw(other, adapter="b"), draw(other, third), draw(one, chains=2), draw(one)]
    assert together(draws) == [[0, 2, 4], [1], [3]]


def test_a_question_with_two_meanings_is_asked_twice(questions: list[Question]) -> None:
    one = questions[0]
    changed = Question(replace(one.listing, title="Another title"), one.attribute)
    assert together([draw(one), draw(changed), draw(one)]) == [[0, 2], [1]]


def test_what_two_requests_ask_alike_is_drawn_once(questions: list[Question]) -> None:
    sampler = FakeSampler()
    warm = WarmModel(lambda params, adapter: sampler)
    first, second = answers(warm, [draw(questions[0], questions[1]), draw(questions[1])])
    assert sampler.asked == [[questions[0].question_id, questions[1].question_id]]
    assert second.chains[questions[1].question_id] == first.chains[questions[1].question_id]
    assert (first.together, second.together) == (2, 2)


def test_one_that_fails_lets_the_others_be(questions: list[Question]) -> None:
    broken = questions[1]

    def fail(asked: Sequence[Question]) -> None:
        if broken in asked:
            raise DataError("the photo cannot be read: replace the file")

    warm = WarmModel(lambda params, adapter: FakeSampler(before=fail))
    good, bad, also_good = answers(warm, [draw(one) for one in questions])
    assert (bad.chains, bad.problem) == ({}, "the photo cannot be read: replace the file")
    assert not good.problem and len(good.chains[questions[0].question_id]) == 4
    assert not also_good.problem and also_good.together == 1


def test_a_failure_of_the_model_says_where_more_is_written(questions: list[Question]) -> None:
    def fail(asked: Sequence[Question]) -> None:
        raise RuntimeError("out of memory")

    warm = WarmModel(lambda params, adapter: FakeSampler(before=fail))
    [one] = answers(warm, [draw(questions[0])])
    assert "RuntimeError: out of memory" in one.problem and "log of the model worker" in one.problem


def test_another_base_model_takes_the_place_of_the_one_before(questions: list[Question]) -> None:
    made = []
    warm = WarmModel(lambda params, adapter: made.append(params.base) or FakeSampler())  # type: ignore[func-returns-value]
    for model, adapter in (("one", "a"), ("one", "b"), ("two", "a"), ("two", "a")):
        answers(warm, [draw(questions[0], model=model, adapter=adapter)])
    assert made == ["one", "two"]


def test_the_last_used_adapters_are_kept() -> None:
    gone: list[str] = []
    kept = Kept(Path("a"), "first", most=2, drop=gone.append)
    assert kept.find(Path("b")) is None
    assert kept.add(Path("b"), lambda name: None) == "adapter-1"
    assert kept.find(Path("a")) == "first"
    kept.add(Path("c"), lambda name: None)
    assert gone == ["adapter-1"] and kept.find(Path("b")) is None and kept.find(Path("a")) == "first"


def test_an_adapter_that_cannot_be_loaded_is_not_kept() -> None:
    kept = Kept(Path("a"), "first", most=2, drop=lambda name: None)

    def fail(name: str) -> None:
        raise DataError("no adapter")

    with pytest.raises(DataError):
        kept.add(Path("b"), fail)
    assert kept.find(Path("b")) is None


def test_a_request_has_the_same_chains_alone_and_beside_others(
    qwen: ModelParams, questions: list[Question], tmp_path: Path
) -> None:
    adapter = adapter_in(tmp_path / "adapter", qwen, seed=1)
    draws = [Draw(qwen, adapter, SAMPLE, 5, (one,)) for one in questions]
    warm = WarmModel()
    alone = [answers(warm, [one])[0] for one in draws]
    beside = answers(warm, draws)
    assert [one.together for one in beside] == [3, 3, 3]
    assert [texts(one) for one in beside] == [texts(one) for one in alone]
    assert len({text for one in alone for text in texts(one)}) > 1, "chains differ from one another"


def test_changed_adapters_draw_as_if_each_had_been_loaded_alone(
    qwen: ModelParams, questions: list[Question], tmp_path: Path
) -> None:
    first, second = (adapter_in(tmp_path / name, qwen, seed) for seed, name in enumerate("ab", 1))
    sampler = WarmSampler(qwen, first)
    said = []
    for adapter in (first, second, first):
        sampler.use(adapter)
        said.append(sampler.sample(questions, SAMPLE, seed=0))
    assert said[0] == said[2] == Sampler(qwen, first).sample(questions, SAMPLE, seed=0)
    assert said[1] == Sampler(qwen, second).sample(questions, SAMPLE, seed=0)
    assert said[0] != said[1]


def test_what_is_no_adapter_is_refused_and_the_model_goes_on(
    qwen: ModelParams, questions: list[Question], tmp_path: Path
) -> None:
    adapter = adapter_in(tmp_path / "adapter", qwen, seed=1)
    sampler = WarmSampler(qwen, adapter)
    with pytest.raises(DataError, match="is not an adapter"):
        sampler.use(tmp_path / "nothing")
    sampler.use(adapter)
    assert sampler.sample(questions[:1], SAMPLE, seed=0)


def texts(drawn: Drawn) -> list[str]:
    return [chain.text for chains in drawn.chains.values() for chain in chains]


def test_chains_come_by_question_and_index(questions: list[Question]) -> None:
    warm = WarmModel(lambda params, adapter: FakeSampler())
    [one] = answers(warm, [draw(*questions)])
    for question in questions:
        chains: tuple[Chain, ...] = one.chains[question.question_id]
        assert [chain.index for chain in chains] == [0, 1, 2, 3]
