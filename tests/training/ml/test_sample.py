"""The sampler shares work between chains; what it draws must be what the model says, token by token."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from tests.training.ml import tiny_models
from training.ml.encoding import open_photos, split_prompt
from training.ml.errors import DataError
from training.ml.params import SampleParams
from training.ml.records import Attribute, Listing, Question
from training.ml.sample import Sampler, _draw, _noise

PARAMS = SampleParams(chains=6, max_new_tokens=10)
ATTRIBUTES = (
    Attribute("colour", "main colour", ("red", "green", "blue")),
    Attribute("sleeve", "length of the sleeve, from the shoulder", ("long", "short"), multi=True),
)


@pytest.fixture(scope="module", params=tiny_models.FAMILIES)
def sampler(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sampler:
    return Sampler(tiny_models.build(request.param, tmp_path_factory.mktemp(request.param)))


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> list[Question]:
    """Two questions on each of four listings with 1, 2, 3 and 1 photos and titles of different lengths."""
    folder = tmp_path_factory.mktemp("photos")
    asked = []
    for number, photos in enumerate((1, 2, 3, 1)):
        paths = tuple(folder / f"{number}-{photo}.png" for photo in range(photos))
        for shade, path in enumerate(paths):
            Image.new("RGB", (40, 40), (60 * number, 80 * shade, 200)).save(path)
        listing = Listing(f"listing-{number}", "cap", paths, title="Zorva " * number)
        asked += [Question(listing, attribute) for attribute in ATTRIBUTES]
    return asked


@torch.inference_mode()
def test_forked_caches_predict_what_plain_passes_over_the_whole_text_predict(
    sampler: Sampler, questions: list[Question]
) -> None:
    said = torch.tensor([[65, 66], [70, 71], [72, 65]])
    texts = [split_prompt(sampler.processor, question).prefix for question in questions[::2]]
    prefixes = sampler._encode_prefixes(questions[::2], texts)
    rows = torch.arange(len(questions)) // 2
    asked = sampler._read(prefixes.fork(rows), [split_prompt(sampler.processor, q).suffix for q in questions])
    spoken = asked.fork(torch.arange(len(questions)).repeat_interleave(len(said)))
    for column in range(said.shape[1]):
        tokens = said[:, column].repeat(len(questions))[:, None]
        spoken = sampler._advance(spoken, tokens, torch.ones_like(tokens))
    for number, question in enumerate(questions):
        torch.testing.assert_close(
            asked.logits[number], _plain_logits(sampler, question, []), atol=1e-4, rtol=1e-3
        )
        for index, chain in enumerate(said.tolist()):
            shared = spoken.logits[number * len(said) + index]
            torch.testing.assert_close(shared, _plain_logits(sampler, question, chain), atol=1e-4, rtol=1e-3)


def test_a_chains_log_probability_is_the_sum_over_its_tokens(
    sampler: Sampler, questions: list[Question]
) -> None:
    single = sampler.sample(questions, replace(PARAMS, chains=2, max_new_tokens=1), seed=3)
    for question in questions:
        wanted = torch.log_softmax(_plain_logits(sampler, question, []).double(), -1)
        for chain in (chain for chain in single if chain.question_id == question.question_id):
            assert (wanted - chain.logprob).abs().min() < 1e-3


def test_greedy_chains_are_those_of_generate(sampler: Sampler, questions: list[Question]) -> None:
    chains = sampler.greedy(questions, PARAMS)
    for question, chain in zip(questions, chains, strict=True):
        inputs = _inputs(sampler, question)
        said = sampler.model.generate(**inputs, do_sample=False, max_new_tokens=PARAMS.max_new_tokens)
        new = said[0, inputs["input_ids"].shape[1] :]
        assert chain.text == sampler.processor.tokenizer.decode(new, skip_special_tokens=True).strip()


def test_one_reading_gives_the_greedy_and_the_sampled_chains(
    sampler: Sampler, questions: list[Question]
) -> None:
    greedy, sampled = sampler.greedy_and_sample(questions, PARAMS, seed=4)
    assert [chain.text for chain in greedy] == [chain.text for chain in sampler.greedy(questions, PARAMS)]
    alone = sampler.sample(questions, PARAMS, seed=4)
    assert [(chain.index, chain.text) for chain in sampled] == [(chain.index, chain.text) for chain in alone]


def test_the_same_seed_gives_the_same_chains_whatever_the_batches_and_the_order(
    sampler: Sampler, questions: list[Question]
) -> None:
    whole = sampler.sample(questions, PARAMS, seed=1)
    shuffled = random.Random(0).sample(questions, len(questions))
    parts = sampler.sample(shuffled, replace(PARAMS, listings_per_batch=1, rows_per_batch=7), seed=1)
    texts = {(chain.question_id, chain.index): chain.text for chain in parts}
    assert texts == {(chain.question_id, chain.index): chain.text for chain in whole}
    assert [chain.question_id for chain in parts[:: PARAMS.chains]] == [
        asked.question_id for asked in shuffled
    ]


def test_more_chains_begin_with_the_same_chains(sampler: Sampler, questions: list[Question]) -> None:
    few = sampler.sample(questions[:2], replace(PARAMS, chains=2), seed=5)
    many = sampler.sample(questions[:2], replace(PARAMS, chains=5), seed=5)
    assert [chain.text for chain in few] == [chain.text for chain in many if chain.index < 2]


def test_another_seed_gives_other_chains(sampler: Sampler, questions: list[Question]) -> None:
    first, second = (sampler.sample(questions, PARAMS, seed=seed) for seed in (1, 2))
    assert [chain.text for chain in first] != [chain.text for chain in second]


def test_first_tokens_follow_the_models_distribution(sampler: Sampler, questions: list[Question]) -> None:
    question = questions[0]
    wanted = torch.softmax(sampler.model(**_inputs(sampler, question)).logits[0, -1].double(), -1)
    draws = 4000
    logits = wanted.log()[None]
    noise = torch.from_numpy(_noise([question], range(draws), 1, seed=7)).flatten()
    tokens, _ = _draw(logits, torch.zeros(draws, dtype=torch.long), noise, 1.0)
    counts = Counter(tokens.tolist())
    statistic = sum((counts[token] - draws * p) ** 2 / (draws * p) for token, p in enumerate(wanted.tolist()))
    assert statistic < len(wanted) + 5 * (2 * len(wanted)) ** 0.5, "chi-square far above its mean"


def test_a_missing_photo_is_named(sampler: Sampler, questions: list[Question]) -> None:
    listing = replace(questions[0].listing, images=(Path("/nowhere/front.jpg"),))
    with pytest.raises(DataError, match=r"listing listing-0: image /nowhere/front.jpg cannot be read"):
        sampler.greedy([Question(listing, ATTRIBUTES[0])], PARAMS)


def test_a_prompt_splits_into_tokens_of_the_whole(sampler: Sampler, questions: list[Question]) -> None:
    tokenizer = sampler.processor.tokenizer
    for question in questions:
        parts = split_prompt(sampler.processor, question)
        pieces = [
            tokenizer(text, add_special_tokens=False).input_ids for text in (parts.prefix, parts.suffix)
        ]
        assert (
            pieces[0] + pieces[1]
            == tokenizer(parts.prefix + parts.suffix, add_special_tokens=False).input_ids
        )
        assert question.attribute.description not in parts.prefix


def _inputs(sampler: Sampler, question: Question) -> dict[str, torch.Tensor]:
    parts = split_prompt(sampler.processor, question)
    return dict(
        sampler.processor(
            images=[open_photos(question.listing)],
            text=[parts.prefix + parts.suffix],
            add_special_tokens=False,
            return_tensors="pt",
        )
    )


@torch.inference_mode()
def _plain_logits(sampler: Sampler, question: Question, chain: list[int]) -> torch.Tensor:
    """(vocabulary,) after the whole prompt and these tokens, in one pass without a cache."""
    inputs = _inputs(sampler, question)
    added = torch.tensor([chain], dtype=torch.long)
    inputs["input_ids"] = torch.cat([inputs["input_ids"], added], 1)
    inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    if "mm_token_type_ids" in inputs:
        inputs["mm_token_type_ids"] = torch.cat([inputs["mm_token_type_ids"], torch.zeros_like(added)], 1)
    logits: torch.Tensor = sampler.model(**inputs).logits[0, -1]
    return logits
