"""Rows of training: who shares one, where its tokens lie, what each sees, and which predicts what.

A row is the prefix of a listing, padded on the left, and a tail, padded on the right: questions about the
listing one after the other, each with the rest of its prompt and then its completions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from training.ml.records import Listing

_NONE, _PADDING = -1, -2
"""Instead of the number of a question or a completion: the token belongs to none; it is none."""


class Said(NamedTuple):
    """One completion, as token ids."""

    example: int
    number: int
    """Among the completions of its example."""
    ids: list[int]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: the rest of its prompt as token ids, and its completions, of one example or several."""

    prompt: list[int]
    said: list[Said]

    @property
    def length(self) -> int:
        """Tokens of its part of a row."""
        return len(self.prompt) + sum(len(one.ids) - 1 for one in self.said)


@dataclass(frozen=True, slots=True)
class Shared:
    """A prefix with questions that share it."""

    listing: Listing
    text: str
    questions: list[Asked]


def as_rows(shared: Sequence[Shared], prefix: int) -> list[Shared]:
    """The same questions, each prefix with so few that the rows have the fewest tokens, padding counted.

    All are as long as the longest: a listing with many questions beside others with one gets several rows.

    Args:
        prefix: tokens of the longest prefix.
    """
    plans = [
        [replace(one, questions=part) for one in shared for part in _evenly(one.questions, most)]
        for most in range(1, max(len(one.questions) for one in shared) + 1)
    ]
    return min(plans, key=lambda rows: len(rows) * (prefix + max(map(_tail_length, rows))))


def _tail_length(row: Shared) -> int:
    return sum(one.length for one in row.questions)


def _evenly(questions: list[Asked], most: int) -> list[list[Asked]]:
    """Parts of at most so many, as few and as equal as can be."""
    parts = -(-len(questions) // most)
    cuts = [len(questions) * part // parts for part in range(parts + 1)]
    return [questions[start:end] for start, end in zip(cuts, cuts[1:], strict=False)]


@dataclass(slots=True)
class _Tail:
    """One tail, token by token."""

    ids: list[int] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    questions: list[int] = field(default_factory=list)
    completions: list[int] = field(default_factory=list)
    predictors: list[tuple[Said, list[int]]] = field(default_factory=list)

    def ask(self, asked: Asked) -> None:
        """Add a question with its completions."""
        question = self.questions[-1] + 1 if self.questions else 0
        self._add(asked.prompt, step=0, question=question, completion=_NONE)
        last = len(self.ids) - 1
        for number, said in enumerate(asked.said):
            # Its last token predicts nothing, and its first one is predicted by the prompt's last one.
            start = len(self.ids)
            self._add(said.ids[:-1], step=len(asked.prompt), question=question, completion=number)
            self.predictors.append((said, [last, *range(start, len(self.ids))]))

    def _add(self, ids: Sequence[int], *, step: int, question: int, completion: int) -> None:
        self.ids += ids
        self.steps += range(step, step + len(ids))
        self.questions += [question] * len(ids)
        self.completions += [completion] * len(ids)


@dataclass(frozen=True, slots=True)
class Tails:
    """The tails of a batch, (rows, width) each."""

    ids: Tensor
    steps: Tensor
    """Positions, counted from the first one after the prefix."""
    questions: Tensor
    completions: Tensor
    """Numbers of what a token belongs to, within its row and its question."""
    predictors: list[tuple[int, Said, list[int]]]
    """(row, completion, for each of its tokens the place in the tail whose output predicts it)"""

    def seen(self, prefix: Tensor) -> Tensor:
        """(rows, 1, length, length) boolean: the row's token attends to the column's.

        Args:
            prefix: (rows, length of the prefixes) where it is a token.
        """
        questions = torch.cat([torch.full_like(prefix, _NONE, dtype=torch.long), self.questions], 1)
        completions = torch.cat([torch.full_like(prefix, _NONE, dtype=torch.long), self.completions], 1)
        seen = _same_or_none(questions) & _same_or_none(completions)
        seen &= torch.cat([prefix, self.questions != _PADDING], 1)[:, None, :]
        seen = seen.tril()
        seen |= torch.eye(seen.shape[1], dtype=torch.bool)  # A row without any key is not a number.
        return seen[:, None]


def _same_or_none(numbers: Tensor) -> Tensor:
    """(rows, length, length): the column's token is of what the row's is of, or of none."""
    return (numbers[:, None, :] == _NONE) | (numbers[:, :, None] == numbers[:, None, :])


def lay_out(rows: Sequence[Shared], *, pad: int) -> Tails:
    """The tails of these rows; `pad` is the id of a token that is none."""
    tails = []
    for row in rows:
        tail = _Tail()
        for asked in row.questions:
            tail.ask(asked)
        tails.append(tail)

    def padded(parts: Sequence[Sequence[int]], value: int) -> Tensor:
        return pad_sequence([torch.tensor(part) for part in parts], batch_first=True, padding_value=value)

    return Tails(
        padded([tail.ids for tail in tails], pad),
        padded([tail.steps for tail in tails], 0),
        padded([tail.questions for tail in tails], _PADDING),
        padded([tail.completions for tail in tails], _PADDING),
        [(row, said, places) for row, tail in enumerate(tails) for said, places in tail.predictors],
    )
