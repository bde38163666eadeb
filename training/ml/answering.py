"""Prompts with one or several completions as one row each: what they share is read once.

A row is its prompt, padded on the left, and then each completion, padded on the right to one width. A token
sees the prompt and its own completion up to itself; a completion does not see the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, pad
from transformers import ProcessorMixin

from training.ml.encoding import split_prompt
from training.ml.prompts import completion_messages, prompt_messages
from training.ml.reading import Inputs, PromptReader, model_inputs
from training.ml.records import Question

IGNORED = -100
"""Label of a token that is no part of the loss."""

LABELS = "completions"
"""Key of a batch's (rows, completions, width) token ids, IGNORED where a completion is over."""

Answered = tuple[Question, Sequence[str]]
"""(question, the completions of its prompt)"""


def answer_batch(rows: Sequence[Answered], reader: PromptReader, processor: Any) -> Inputs:
    """A batch of questions that have equally many completions: model inputs, and LABELS."""
    prompts, ends = zip(*(_texts(processor, question, chains) for question, chains in rows), strict=True)
    inputs = reader.read([question.listing for question, _ in rows], prompts)
    prompt_mask = inputs["attention_mask"].bool()
    positions, following = reader.positions(inputs)
    labels, present = _completions(ends, processor.tokenizer)
    several, width = labels.shape[1:]
    added = labels.masked_fill(~present, processor.tokenizer.pad_token_id).flatten(1)
    steps = following[:, None] + torch.arange(width).repeat(several)
    steps = steps if positions.ndim == 2 else steps.expand(3, -1, -1)
    inputs["input_ids"] = torch.cat([inputs["input_ids"], added], 1)
    inputs["position_ids"] = torch.cat([positions, steps], -1)
    inputs["attention_mask"] = _sees(prompt_mask, present)
    if "mm_token_type_ids" in inputs:
        inputs["mm_token_type_ids"] = pad(inputs["mm_token_type_ids"], (0, several * width))
    return {**inputs, LABELS: labels}


def completion_logps(model: Any, batch: Mapping[str, Any]) -> Tensor:
    """Log-probabilities (nats) of the tokens of LABELS, 0 where a completion is over.

    Logits are made where they are needed: the head of a model may be a third of a step.

    Returns:
        (rows, completions, width)
    """
    inputs = {name: value for name, value in batch.items() if name != LABELS}
    labels: Tensor = batch[LABELS]
    several, width = labels.shape[1:]
    logits = model(
        **model_inputs(inputs), use_cache=False, logits_to_keep=several * width + 1
    ).logits  # of the prompt's last token, and of the completions
    at = torch.arange(several * width, device=logits.device).view(several, width)
    at[:, 0] = 0  # A completion's first token is predicted by the prompt's last one.
    predicted = logits[:, at.flatten()].float()
    nll = cross_entropy(predicted.flatten(0, 1), labels.flatten(), ignore_index=IGNORED, reduction="none")
    return -nll.view_as(labels)


def _texts(processor: ProcessorMixin, question: Question, chains: Sequence[str]) -> tuple[str, list[str]]:
    """(the prompt, what follows it for each chain, with the end of the turn)."""
    parts = split_prompt(processor, question)
    prompt = parts.prefix + parts.suffix
    ends = []
    for chain in chains:
        whole: str = processor.apply_chat_template(
            [*prompt_messages(question), *completion_messages(chain)], tokenize=False
        )
        ends.append(whole.removeprefix(prompt))
    return prompt, ends


def _completions(ends: Sequence[Sequence[str]], tokenizer: Any) -> tuple[Tensor, Tensor]:
    """(rows, completions, width) token ids with IGNORED at the end, and where they are tokens."""
    ids = [tokenizer(list(texts), add_special_tokens=False).input_ids for texts in ends]
    width = max(len(one) for row in ids for one in row)
    labels = torch.full((len(ids), len(ids[0]), width), IGNORED)
    for row, several in enumerate(ids):
        for number, one in enumerate(several):
            labels[row, number, : len(one)] = torch.tensor(one)
    return labels, labels != IGNORED


def _sees(prompt: Tensor, present: Tensor) -> Tensor:
    """(rows, 1, length, length) boolean: the row's token attends to the column's.

    Args:
        prompt: (rows, length of the prompts) where it is a token.
        present: (rows, completions, width) likewise.
    """
    rows, several, width = present.shape
    whole = torch.cat([prompt, present.flatten(1)], 1)
    length = whole.shape[1]
    start = prompt.shape[1]
    of = torch.cat([torch.full((start,), -1), torch.arange(several).repeat_interleave(width)])
    allowed = (of == -1)[None, :] | (of[:, None] == of[None, :])
    allowed &= torch.ones(length, length, dtype=torch.bool).tril()
    seen = allowed & whole[:, None, :]
    seen |= torch.eye(length, dtype=torch.bool)  # A row without any key is not a number.
    return seen[:, None]
