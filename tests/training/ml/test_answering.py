"""Completions of one prompt in one row are scored as if each stood alone behind it."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from training.ml.answering import IGNORED, LABELS, _sees, answer_batch, completion_logps
from training.ml.encoding import open_photos, split_prompt
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


@pytest.mark.parametrize("several", [1, 2])
def test_each_completion_has_the_log_probabilities_it_has_alone(
    model: ModelParams, questions: list[Question], several: int
) -> None:
    net, processor = load_model(model), load_processor(model)
    rows = [
        (questions[0], CHAINS[:several]),
        (questions[2], [f"Perhaps. {chain}" for chain in CHAINS[:several]]),
    ]
    batch = answer_batch(rows, PromptReader(net, load_processor(model)), processor)
    with torch.no_grad():
        found = completion_logps(net, batch)
    assert found.shape == batch[LABELS].shape
    for row, (question, _) in enumerate(rows):
        for number in range(several):
            labels = batch[LABELS][row, number]
            ids = labels[labels != IGNORED].tolist()
            expected = alone(net, processor, question, ids)
            torch.testing.assert_close(found[row, number, : len(ids)], expected, atol=1e-4, rtol=1e-3)
            assert not found[row, number, len(ids) :].any()


def test_a_completion_sees_its_prompt_and_itself_alone() -> None:
    prompt = torch.tensor([[False, True, True]])
    present = torch.tensor([[[True, True], [True, False]]])
    seen = _sees(prompt, present)[0, 0].int().tolist()
    assert seen == [
        [1, 0, 0, 0, 0, 0, 0],
        [0, 1, 0, 0, 0, 0, 0],
        [0, 1, 1, 0, 0, 0, 0],
        [0, 1, 1, 1, 0, 0, 0],
        [0, 1, 1, 1, 1, 0, 0],
        [0, 1, 1, 0, 0, 1, 0],
        [0, 1, 1, 0, 0, 1, 1],
    ]
