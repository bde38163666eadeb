"""The least time in which a model of transformers can say given chains."""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import torch
from torch import Tensor

from training.ml.encoding import split_prompt
from training.ml.params import ModelParams, SampleParams
from training.ml.reading import PromptReader, model_inputs, on_device
from training.ml.records import Chain, Question
from training.ml.sample import Sampler
from training.ml.shards import likeness


class CountingSampler(Sampler):
    """A sampler that remembers how many tokens its chains had.

    A text does not say so: tokens of a random model have no text of their own, or one that others would be
    read from.
    """

    def __init__(self, params: ModelParams) -> None:
        super().__init__(params)
        self.lengths: dict[str, list[int]] = {}
        """{question id: tokens of each of its last chains, the one that ends it not included}"""

    def _chains(
        self,
        questions: Sequence[Question],
        indices: Sequence[int],
        tokens: list[list[int]],
        logprobs: list[float],
    ) -> dict[str, list[Chain]]:
        each = len(indices)
        for number, question in enumerate(questions):
            own = tokens[number * each : (number + 1) * each]
            self.lengths[question.question_id] = [len(one) for one in own]
        return super()._chains(questions, indices, tokens, logprobs)


@torch.inference_mode()
def floor_seconds(
    sampler: Sampler,
    questions: Sequence[Question],
    lengths: Mapping[str, Sequence[int]],
    params: SampleParams,
) -> float:
    """Seconds of the model's own passes: each listing's photos and text once, then one row a chain and token.

    Everything else is left out: opening and preparing photos, tokenizing, reading the questions, drawing
    tokens, copying caches when chains leave, parsing. Chains are decoded `rows_per_batch` together, the
    longest first.

    Args:
        lengths: {question id: tokens of each of its chains, the one that ends it not included}
    """
    reader = PromptReader(sampler.model, sampler.processor)
    ordered = sorted(questions, key=likeness)
    listings = [list(group) for _, group in groupby(ordered, key=lambda one: one.listing.listing_id)]
    seconds = 0.0
    for start in range(0, len(listings), params.listings_per_batch):
        batch = listings[start : start + params.listings_per_batch]
        texts = [split_prompt(sampler.processor, listing[0]).prefix for listing in batch]
        inputs = reader.read([listing[0].listing for listing in batch], texts)
        positions, following = reader.positions(inputs)
        ready = model_inputs(on_device({**inputs, "position_ids": positions}, sampler.device))
        output, spent = _timed(sampler, **ready, use_cache=True, logits_to_keep=1)
        seconds += spent
        rows = [
            (min(length + 1, params.max_new_tokens), row)
            for row, listing in enumerate(batch)
            for question in listing
            for length in lengths[question.question_id]
        ]
        rows.sort(reverse=True)
        for first in range(0, len(rows), params.rows_per_batch):
            block = rows[first : first + params.rows_per_batch]
            seconds += _decode(
                sampler, output.past_key_values, ready["attention_mask"], following.to(sampler.device), block
            )
    return seconds


def _decode(
    sampler: Sampler, prefix: Any, mask: Tensor, following: Tensor, block: Sequence[tuple[int, int]]
) -> float:
    """Seconds of the passes in which the rows of `block`, (length, row of the prefix), are said."""
    lengths = torch.tensor([length for length, _ in block])
    rows = torch.tensor([row for _, row in block], device=sampler.device)
    cache = copy.copy(prefix)
    cache.layers = [copy.copy(layer) for layer in prefix.layers]
    cache.reorder_cache(rows)
    mask, position = mask[rows], following[rows]
    seconds = 0.0
    for step in range(1, int(lengths.max())):  # The prompt's last token predicts the first one.
        going = int((lengths > step).sum())
        if going < len(mask):
            cache.reorder_cache(torch.arange(going, device=sampler.device))
            mask, position = mask[:going], position[:going]
        mask = torch.cat([mask, torch.ones_like(mask[:, :1])], 1)
        _, spent = _timed(
            sampler,
            input_ids=torch.zeros_like(mask[:, :1]),
            attention_mask=mask,
            position_ids=position[:, None],
            past_key_values=cache,
            use_cache=True,
        )
        seconds += spent
        position = position + 1
    return seconds


def _timed(sampler: Sampler, **inputs: Any) -> tuple[Any, float]:
    settle(sampler.device)
    started = time.perf_counter()
    output = sampler.model(**inputs)
    settle(sampler.device)
    return output, time.perf_counter() - started


def settle(device: torch.device) -> None:
    """Wait until a GPU has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
