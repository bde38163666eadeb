"""Completions are scored, and taught, as if each stood alone behind its prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from training.ml.answering import IGNORED, LABELS, PLACES, Answered, answer_batch, completion_logps
from training.ml.encoding import open_photos, split_prompt
from training.ml.features import FeatureStore
from training.ml.model import load_model, load_processor
from training.ml.params import ModelParams
from training.ml.reading import PromptReader
from training.ml.records import Question

CHAINS = ["Photo 1 shows red.\nAnswer: red", "Answer: green"]


@torch.no_grad()
def alone(model: Any, processor: Any, question: Question, ids: list[int]) -> torch.Tensor:
    """Log-probabilities of these tokens behind the prompt, in one plain pass."""
    parts = split_prompt(processor, question)
    inputs = dict(
        processor(
            images=[open_photos(question.listing)],
            text=[parts.prefix + parts.suffix],
            add_special_tokens=False,
            return_tensors="pt",
        )
    )
    added = torch.tensor([ids])
    inputs["input_ids"] = torch.cat([inputs["input_ids"], added], 1)
    inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    if "mm_token_type_ids" in inputs:
        inputs["mm_token_type_ids"] = torch.cat([inputs["mm_token_type_ids"], torch.zeros_like(added)], 1)
    logits = model(**inputs).logits[0, -len(ids) - 1 : -1].float()
    return torch.log_softmax(logits, -1).gather(1, added[0][:, None])[:, 0]


def mixed(questions: Sequence[Question], several: int) -> list[Answered]:
    """Six examples: of three listings, one of them with a longer text; a question twice; in no order."""
    colour, parts, other = questions
    titled = replace(
        other, listing=replace(other.listing, listing_id="bag-9", title="A bag with a long title")
    )
    asked = [colour, other, parts, titled, colour, replace(titled, attribute=parts.attribute)]
    return [
        (question, ["Perhaps. " * (number % 3) + chain for chain in CHAINS[:several]])
        for number, question in enumerate(asked)
    ]


@pytest.mark.parametrize("several", [1, 2])
def test_each_completion_has_the_log_probabilities_it_has_alone(
    model: ModelParams, questions: list[Question], several: int
) -> None:
    net, processor = load_model(model), load_processor(model)
    examples = mixed(questions, several)
    batch = answer_batch(examples, PromptReader(net, load_processor(model)), processor)
    assert len(batch["input_ids"]) == 3, "a row a listing"
    with torch.no_grad():
        found = completion_logps(net, batch)
    assert found.shape == batch[LABELS].shape == batch[PLACES].shape
    for row, (question, _) in enumerate(examples):
        for number in range(several):
            labels = batch[LABELS][row, number]
            ids = labels[labels != IGNORED].tolist()
            expected = alone(net, processor, question, ids)
            torch.testing.assert_close(found[row, number, : len(ids)], expected, atol=1e-4, rtol=1e-3)
            assert not found[row, number, len(ids) :].any()


def taught(
    net: Any, batches: Sequence[dict[str, Any]], weights: torch.Tensor
) -> tuple[float, dict[str, torch.Tensor]]:
    """A weighted mean of the log-probabilities of all batches, and its gradients."""
    net.zero_grad()
    total = torch.zeros(())
    done = 0
    for batch in batches:
        logps = completion_logps(net, batch)
        examples, _, width = logps.shape
        total = total + (logps * weights[done : done + examples, :, :width]).sum() / weights.numel()
        done += examples
    total.backward()
    return float(total), {
        name: one.grad.clone() for name, one in net.named_parameters() if one.grad is not None
    }


@pytest.mark.parametrize("several", [1, 2])
@pytest.mark.parametrize("with_features", [False, True])
def test_rows_that_are_shared_teach_what_separate_ones_do(
    model: ModelParams, questions: list[Question], tmp_path: Path, several: int, with_features: bool
) -> None:
    """To a rounding error: any loss of these log-probabilities, SFT's or DPO's, has the same gradients."""
    net, processor = load_model(model).train(), load_processor(model)
    examples = mixed(questions, several)
    kept = FeatureStore(tmp_path / "features") if with_features else None
    reader = PromptReader(net, load_processor(model), kept)
    together = answer_batch(examples, reader, processor)
    weights = torch.randn(together[LABELS].shape, generator=torch.Generator().manual_seed(0))
    loss, gradients = taught(net, [together], weights)
    each = [answer_batch([example], reader, processor) for example in examples]
    expected_loss, expected = taught(net, each, weights)
    assert loss == pytest.approx(expected_loss, abs=1e-5)
    assert gradients.keys() == expected.keys()
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, expected[name], atol=1e-5, rtol=1e-4, msg=name)
    assert max(float(gradient.abs().max()) for gradient in gradients.values()) > 1e-2


def test_gradients_are_the_same_with_checkpointing(qwen: ModelParams, questions: list[Question]) -> None:
    net, processor = load_model(qwen).train(), load_processor(qwen)
    batch = answer_batch(mixed(questions, 2), PromptReader(net, load_processor(qwen)), processor)
    weights = torch.ones(batch[LABELS].shape)
    plain = taught(net, [batch], weights)
    net.gradient_checkpointing_enable()
    again = taught(net, [batch], weights)
    assert again[0] == plain[0]
    for name, gradient in again[1].items():
        torch.testing.assert_close(gradient, plain[1][name], atol=1e-6, rtol=1e-5, msg=name)


def test_half_precision_scores_them_as_precisely_as_separate_rows(
    qwen: ModelParams, questions: list[Question]
) -> None:
    half = replace(qwen, dtype="bfloat16")
    net, processor = load_model(half), load_processor(half)
    reader = PromptReader(net, load_processor(half))
    examples = mixed(questions, 2)
    with torch.no_grad():
        together = completion_logps(net, answer_batch(examples, reader, processor))
        for number, example in enumerate(examples):
            single = completion_logps(net, answer_batch([example], reader, processor))[0]
            torch.testing.assert_close(together[number, :, : single.shape[1]], single, atol=0.2, rtol=0.02)


def test_logits_are_made_of_what_predicts_completions_alone(
    qwen: ModelParams, questions: list[Question]
) -> None:
    net, processor = load_model(qwen), load_processor(qwen)
    batch = answer_batch(mixed(questions, 2), PromptReader(net, load_processor(qwen)), processor)
    tokens = int((batch[LABELS] != IGNORED).sum())
    repeated = 1 + 6  # Both completions of a question begin behind its prompt; one question is there twice.
    assert int(batch["logits_to_keep"].sum()) == tokens - repeated
