"""Self-consistency sampling with shared work (METHOD.md, step 3; arXiv 2203.11171).

The chains of a listing share its photos and text, the chains of a question its prompt too. So the prefix of
a listing is encoded once, its key-value cache is forked for every attribute, each question is read once, and
the cache is forked again for every chain, at the token where it parts from the others.

Chance is bound to the chain: the k-th token of chain i of a question is drawn with a number that depends on
(seed, question id, i, k) alone. The same seed gives the same chains whatever the batches and the order of
questions, up to draws that fall within a rounding error of the boundary between two tokens.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import Cache, PreTrainedTokenizerBase

from training.ml.encoding import split_prompt
from training.ml.features import FeatureStore
from training.ml.model import load_model, load_processor
from training.ml.params import ModelParams, SampleParams
from training.ml.progress import Progress, silent
from training.ml.prompts import parse_answer
from training.ml.reading import PromptReader, model_inputs, on_device
from training.ml.records import Chain, Question
from training.ml.shards import GREEDY, likeness


@dataclass(slots=True)
class _Encoded:
    """Rows of text that the model has read: their cache, and how to go on from there."""

    cache: Cache
    mask: Tensor
    """(rows, length) 1 at real tokens; padding may lie anywhere."""
    next_position: Tensor
    """(rows,) position of the next token."""
    logits: Tensor
    """(rows, vocabulary) of the last token read."""

    def fork(self, rows: Tensor) -> _Encoded:
        """A copy with these rows, repeated or left out as `rows` says; this one stays as it is."""
        cache = copy.copy(self.cache)
        cache.layers = [copy.copy(layer) for layer in self.cache.layers]
        cache.reorder_cache(rows)  # type: ignore[arg-type]  # wants a LongTensor, a class nothing is made of
        return _Encoded(cache, self.mask[rows], self.next_position[rows], self.logits[rows])


class Sampler:
    """Draws chains from one model; loading it is the costly part.

    Args:
        features: where what the vision tower sees is kept; None: every photo is looked at each time.
    """

    def __init__(
        self, params: ModelParams, adapter: Path | None = None, *, features: FeatureStore | None = None
    ) -> None:
        self.processor = load_processor(params)
        self.model: Any = load_model(params, adapter)
        self.device = next(self.model.parameters()).device
        self._reader = PromptReader(self.model, self.processor, features)
        self._stops = torch.tensor(_stop_tokens(self.model, self.processor.tokenizer), device=self.device)

    def sample(
        self, questions: Sequence[Question], params: SampleParams, *, seed: int, progress: Progress = silent
    ) -> list[Chain]:
        """`params.chains` chains of every question at `params.temperature`, by question and index."""
        drawn = self._answer(questions, params, range(params.chains), seed=seed, progress=progress)
        return [chain for question in questions for chain in drawn[question.question_id]]

    def greedy(
        self, questions: Sequence[Question], params: SampleParams, *, progress: Progress = silent
    ) -> list[Chain]:
        """The likeliest-token chain of every question, in order."""
        drawn = self._answer(questions, params, [GREEDY], seed=0, progress=progress)
        return [drawn[question.question_id][0] for question in questions]

    def greedy_and_sample(
        self, questions: Sequence[Question], params: SampleParams, *, seed: int, progress: Progress = silent
    ) -> tuple[list[Chain], list[Chain]]:
        """What `greedy` and `sample` give, from one reading of the prompts."""
        indices = [GREEDY, *range(params.chains)]
        drawn = self._answer(questions, params, indices, seed=seed, progress=progress)
        chains = [drawn[question.question_id] for question in questions]
        return [first for first, *_ in chains], [chain for _, *others in chains for chain in others]

    @torch.inference_mode()
    def _answer(
        self,
        questions: Sequence[Question],
        params: SampleParams,
        indices: Sequence[int],
        *,
        seed: int,
        progress: Progress,
    ) -> dict[str, list[Chain]]:
        """{question id: its chains of these indices}"""
        drawn: dict[str, list[Chain]] = {}
        progress(0, len(questions))
        for batch in self._batches(questions, params.listings_per_batch):
            asked = [question for listing in batch for question in listing]
            prompts = {question.question_id: split_prompt(self.processor, question) for question in asked}
            firsts = [listing[0] for listing in batch]
            prefix = self._encode_prefixes(firsts, [prompts[first.question_id].prefix for first in firsts])
            row_of = [row for row, listing in enumerate(batch) for _ in listing]
            width = max(1, params.rows_per_batch // len(indices))
            for start in range(0, len(asked), width):
                part = asked[start : start + width]
                fork = prefix.fork(torch.tensor(row_of[start : start + width], device=self.device))
                read = self._read(fork, [prompts[question.question_id].suffix for question in part])
                drawn |= self._decode(read, part, params, indices, seed=seed)
            progress(len(drawn), len(questions))
        return drawn

    def _batches(self, questions: Sequence[Question], size: int) -> Iterator[list[list[Question]]]:
        """Questions grouped by listing, listings of like length together."""
        ordered = sorted(questions, key=likeness)
        listings = [list(group) for _, group in groupby(ordered, key=lambda q: q.listing.listing_id)]
        for start in range(0, len(listings), size):
            yield listings[start : start + size]

    def _encode_prefixes(self, questions: Sequence[Question], texts: Sequence[str]) -> _Encoded:
        """Photos of each question's listing and the text after them, read once."""
        inputs = self._reader.read([question.listing for question in questions], texts)
        positions, following = self._reader.positions(inputs)
        inputs = model_inputs(on_device({**inputs, "position_ids": positions}, self.device))
        output = self.model(**inputs, use_cache=True, logits_to_keep=1)
        mask = inputs["attention_mask"]
        return _Encoded(output.past_key_values, mask, following.to(self.device), output.logits[:, -1])

    def _read(self, encoded: _Encoded, texts: Sequence[str]) -> _Encoded:
        """Go on with one text per row."""
        tokens = self.processor.tokenizer(
            list(texts), padding=True, padding_side="left", add_special_tokens=False, return_tensors="pt"
        ).to(self.device)
        return self._advance(encoded, tokens["input_ids"], tokens["attention_mask"])

    def _advance(self, encoded: _Encoded, ids: Tensor, mask: Tensor) -> _Encoded:
        """Go on with (rows, n) tokens, real where mask is 1; the last column must be real."""
        positions = encoded.next_position[:, None] + (mask.cumsum(1) - 1).clamp(min=0)
        whole = torch.cat([encoded.mask, mask], 1)
        output = self.model(
            input_ids=ids,
            attention_mask=whole,
            position_ids=positions,
            past_key_values=encoded.cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return _Encoded(output.past_key_values, whole, positions[:, -1] + 1, output.logits[:, -1])

    def _decode(
        self,
        read: _Encoded,
        questions: Sequence[Question],
        params: SampleParams,
        indices: Sequence[int],
        *,
        seed: int,
    ) -> dict[str, list[Chain]]:
        """Draw the chains of questions whose prompts have been read.

        Chains of a question that have said the same so far are one row of the cache: they part when their
        draws differ. A chain that has ended leaves the batch.
        """
        noise = torch.from_numpy(_noise(questions, indices, params.max_new_tokens, seed)).to(self.device)
        going = torch.arange(len(noise), device=self.device)
        node = going // len(indices)
        tokens_of: list[list[int]] = [[] for _ in going]
        logprobs = torch.zeros(len(going), dtype=torch.float64, device=self.device)
        for step in range(params.max_new_tokens):
            tokens, gained = _draw(read.logits, node, noise[going, step], params.temperature)
            logprobs[going] += gained
            goes_on = ~torch.isin(tokens, self._stops)
            going, node, tokens = going[goes_on], node[goes_on], tokens[goes_on]
            for row, token in zip(going.tolist(), tokens.tolist(), strict=True):
                tokens_of[row].append(token)
            if step + 1 == params.max_new_tokens or not len(going):
                break
            said, node = torch.unique(torch.stack([node, tokens], 1), dim=0, return_inverse=True)
            rows = said[:, 0]
            if not torch.equal(rows, torch.arange(len(read.mask), device=self.device)):
                read = read.fork(rows)  # only where chains part or have ended must the cache be copied
            read = self._advance(read, said[:, 1:], torch.ones_like(said[:, 1:]))
        return self._chains(questions, indices, tokens_of, logprobs.tolist())

    def _chains(
        self,
        questions: Sequence[Question],
        indices: Sequence[int],
        tokens: list[list[int]],
        logprobs: list[float],
    ) -> dict[str, list[Chain]]:
        texts = self.processor.tokenizer.batch_decode(tokens, skip_special_tokens=True)
        said = iter(zip(texts, logprobs, strict=True))
        drawn: dict[str, list[Chain]] = {}
        for question in questions:
            chains = []
            for index in indices:
                text, logprob = next(said)
                answer = parse_answer(text, question.attribute)
                number = 0 if index == GREEDY else index
                chains.append(Chain(question.question_id, number, text.strip(), answer, round(logprob, 4)))
            drawn[question.question_id] = chains
        return drawn


def _draw(logits: Tensor, node: Tensor, noise: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """One token per chain by inverse transform sampling, and its log-probability (nats) at temperature 1.

    Args:
        logits: (nodes, vocabulary).
        node: (chains,) the row of logits that a chain draws from.
        noise: (chains,) uniform in [0, 1), or negative to take the likeliest token.
    """
    scores = logits.float()
    total = torch.logsumexp(scores, -1)
    chance = (noise >= 0).nonzero().flatten()
    tokens = torch.empty_like(node) if len(chance) == len(node) else scores.argmax(-1)[node]
    if len(chance):
        plain = temperature == 1
        scaled = scores - total[:, None] if plain else torch.log_softmax(scores / temperature, -1)
        cumulative = scaled.exp_().cumsum(-1, dtype=torch.float64)[node[chance]]
        threshold = (noise[chance] * cumulative[:, -1])[:, None]
        drawn = torch.searchsorted(cumulative, threshold, right=True).flatten()
        tokens[chance] = drawn.clamp(max=logits.shape[-1] - 1)
    return tokens, (scores[node, tokens] - total[node]).double()


def _noise(
    questions: Sequence[Question], indices: Sequence[int], steps: int, seed: int
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """(questions x chains, steps) uniforms; each row depends on seed, question id and chain index alone."""
    rows = []
    for question in questions:
        for index in indices:
            key = hashlib.sha256(f"{seed}:{question.question_id}:{index}".encode()).digest()
            chance = np.random.Generator(np.random.Philox(key=int.from_bytes(key[:16], "big")))
            rows.append(np.full(steps, -1.0) if index == GREEDY else chance.random(steps))
    return np.stack(rows)


def _stop_tokens(model: Any, tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """Ids that end a chain: the model's own list and the tokenizer's end of turn."""
    configured = model.generation_config.eos_token_id
    stops = configured if isinstance(configured, list) else [configured]
    return sorted({stop for stop in (*stops, tokenizer.eos_token_id) if stop is not None})
