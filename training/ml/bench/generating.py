"""The same chains by transformers' own `generate`, as its documentation advises for batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from training.ml.encoding import open_photos, split_prompt
from training.ml.params import SampleParams
from training.ml.records import Question
from training.ml.sample import Sampler
from training.ml.shards import likeness


def generate_texts(
    sampler: Sampler,
    questions: Sequence[Question],
    params: SampleParams,
    *,
    batch: int,
    greedy: bool = False,
) -> dict[str, list[str]]:
    """{question id: its chains}, `params.chains` of each, or the greedy one.

    Prompts of like length go together, padded on the left, `batch` of them at a time. No token is cut off
    (top_k, top_p), as our sampler cuts none off.
    """
    choice: dict[str, Any] = {"do_sample": False}
    if not greedy:
        choice = {
            "do_sample": True,
            "temperature": params.temperature,
            "top_k": 0,
            "top_p": 1.0,
            "num_return_sequences": params.chains,
        }
    several = 1 if greedy else params.chains
    said: dict[str, list[str]] = {}
    for part in _batches(questions, batch):
        inputs = _inputs(sampler, part)
        with torch.inference_mode():
            whole = sampler.model.generate(**inputs, **choice, max_new_tokens=params.max_new_tokens)
        new = whole[:, inputs["input_ids"].shape[1] :]
        texts = sampler.processor.tokenizer.batch_decode(new, skip_special_tokens=True)
        for number, question in enumerate(part):
            own = texts[number * several : (number + 1) * several]
            said[question.question_id] = [text.strip() for text in own]
    return said


def _batches(questions: Sequence[Question], size: int) -> Iterator[list[Question]]:
    ordered = sorted(questions, key=likeness)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def _inputs(sampler: Sampler, questions: Sequence[Question]) -> dict[str, Any]:
    parts = [split_prompt(sampler.processor, question) for question in questions]
    return dict(
        sampler.processor(
            images=[open_photos(question.listing) for question in questions],
            text=[part.prefix + part.suffix for part in parts],
            padding=True,
            padding_side="left",
            add_special_tokens=False,
            return_tensors="pt",
        ).to(sampler.device)
    )
