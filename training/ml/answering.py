"""Questions with their completions as batches of rows: what a listing's questions share is read once.

A token sees the prefix of its listing, the prompt of its own question and its own completion up to itself.
Positions go on from the prefix for each question, and from its prompt for each completion. So what a model
makes of a completion is what it makes of it where it stands alone behind its prompt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, pad
from transformers import ProcessorMixin

from training.ml.encoding import split_prompt
from training.ml.prompts import completion_messages, prompt_messages
from training.ml.reading import Inputs, PromptReader, model_inputs
from training.ml.records import Question
from training.ml.rows import Asked, Said, Shared, Tails, as_rows, lay_out

IGNORED = -100
"""Label of a token that is no part of the loss."""

LABELS = "completions"
"""Key of a batch's (examples, completions, width) token ids, IGNORED where a completion is over."""

PLACES = "places"
"""Key of as many numbers: which of the batch's logits predict these tokens; 0 where a completion is over."""

Answered = tuple[Question, Sequence[str]]
"""(question, the completions of its prompt)"""


def answer_batch(examples: Sequence[Answered], reader: PromptReader, processor: Any) -> Inputs:
    """Model inputs of questions that have equally many completions each, with LABELS and PLACES.

    They may come in any order, and a question in several examples.
    """
    shared = _shared(examples, processor)
    inputs = _read(shared, reader)
    rows = as_rows(shared, inputs["input_ids"].shape[1])
    if len(rows) > len(shared):
        inputs = _read(rows, reader)
    tails = lay_out(rows, pad=processor.tokenizer.pad_token_id)
    prefix = inputs["attention_mask"].bool()
    positions, following = reader.positions(inputs)
    steps = following[:, None] + tails.steps
    steps = steps if positions.ndim == 2 else steps.expand(3, -1, -1)
    inputs["input_ids"] = torch.cat([inputs["input_ids"], tails.ids], 1)
    inputs["position_ids"] = torch.cat([positions, steps], -1)
    inputs["attention_mask"] = tails.seen(prefix)
    if "mm_token_type_ids" in inputs:
        inputs["mm_token_type_ids"] = pad(inputs["mm_token_type_ids"], (0, tails.ids.shape[1]))
    return inputs | _targets(tails, prefix.shape[1], len(examples))


def completion_logps(model: Any, batch: Mapping[str, Any]) -> Tensor:
    """Log-probabilities (nats) of the tokens of LABELS, 0 where a completion is over.

    Logits are made where they are needed: the head of a model may be a third of a step.

    Returns:
        (examples, completions, width)
    """
    inputs = {name: value for name, value in batch.items() if name not in (LABELS, PLACES)}
    logits = model(**model_inputs(inputs), use_cache=False).logits
    labels: Tensor = batch[LABELS]
    predicted = logits[batch[PLACES].flatten()].float()
    nll = cross_entropy(predicted, labels.flatten(), ignore_index=IGNORED, reduction="none")
    return -nll.view_as(labels)


def _shared(examples: Sequence[Answered], processor: Any) -> list[Shared]:
    """The examples by what their prompts begin with, those of one question together."""
    found: dict[tuple[tuple[Path, ...], str], dict[str, list[Said]]] = {}
    listings = {}
    for example, (question, chains) in enumerate(examples):
        parts = split_prompt(processor, question)
        begins = (question.listing.images, parts.prefix)
        listings[begins] = question.listing
        ends = _ends(processor, question, parts.prefix + parts.suffix, chains)
        said = found.setdefault(begins, {}).setdefault(parts.suffix, [])
        said += [Said(example, number, _ids(processor, end)) for number, end in enumerate(ends)]
    return [
        Shared(
            listings[begins], begins[1], [Asked(_ids(processor, rest), said) for rest, said in asked.items()]
        )
        for begins, asked in found.items()
    ]


def _ends(processor: ProcessorMixin, question: Question, prompt: str, chains: Sequence[str]) -> list[str]:
    """What follows the prompt for each chain, with the end of the turn."""
    ends = []
    for chain in chains:
        whole: str = processor.apply_chat_template(
            [*prompt_messages(question), *completion_messages(chain)], tokenize=False
        )
        ends.append(whole.removeprefix(prompt))
    return ends


def _ids(processor: Any, text: str) -> list[int]:
    ids: list[int] = processor.tokenizer(text, add_special_tokens=False).input_ids
    return ids


def _read(prefixes: Sequence[Shared], reader: PromptReader) -> Inputs:
    return reader.read([one.listing for one in prefixes], [one.text for one in prefixes])


def _targets(tails: Tails, prefix: int, examples: int) -> Inputs:
    """LABELS and PLACES, and the tokens of the rows that logits are made of.

    Args:
        prefix: length of the prefixes.
        examples: their number.
    """
    rows, width = tails.ids.shape
    several = 1 + max(said.number for _, said, _ in tails.predictors)
    longest = max(len(said.ids) for _, said, _ in tails.predictors)
    labels = torch.full((examples, several, longest), IGNORED)
    places = torch.zeros_like(labels)
    for row, said, predicting in tails.predictors:
        labels[said.example, said.number, : len(said.ids)] = torch.tensor(said.ids)
        first = row * (prefix + width) + prefix
        places[said.example, said.number, : len(said.ids)] = first + torch.tensor(predicting)
    kept = torch.zeros(rows * (prefix + width), dtype=torch.bool)
    kept[places[labels != IGNORED]] = True
    number = kept.cumsum(0) - 1
    return {
        LABELS: labels,
        PLACES: number[places].masked_fill(labels == IGNORED, 0),
        "logits_to_keep": kept.view(rows, prefix + width),
    }
