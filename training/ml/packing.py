"""Trees of text as packed sequences: a prefix, questions under it, chains under each question.

A token attends to its own segment up to itself and to the segments above; siblings do not see each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

_ROOT = -1
"""Parent of the prefix."""
LOOK = 2
"""Tokens of a chain up to the number of the photo that it names: what follows is what it sees there."""


@dataclass(frozen=True, slots=True)
class Said:
    """One answer to a question, as token ids."""

    ids: list[int]
    photo: int
    """That it names, from 0 in its tree."""
    shown: bool
    """Whether that photo shows the attribute."""
    share: float = 1.0
    """Loss weight of its number: how often it is named, of the mean."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A question of a listing with what is answered to it."""

    attribute: str
    question: str
    said: list[Said]
    points: bool = False
    """Asked is which photo shows the attribute; otherwise what it is, and every photo has its chain."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A listing's prefix with its photos (photos, patches, values) and its branches."""

    prefix: str
    patches: Tensor
    branches: list[Branch]


@dataclass(frozen=True, slots=True)
class Packed:
    """A batch of trees as model inputs, with the places that predict chain tokens."""

    inputs: dict[str, Tensor]
    rows: Tensor
    predictors: Tensor
    targets: Tensor
    weights: Tensor
    """(targets,) the loss weight of each predicted token."""
    spans: list[tuple[str, slice]]
    """(attribute, its slice of targets) of each chain whose photo shows the attribute."""
    looks: Tensor
    """(chains, 2): the place in targets of the first token after its photo's number; the photo among all."""
    points: Tensor
    """(pointed, 2): the place in targets of a number that is pointed at; the photo among all."""
    knows: Tensor
    """(known, 2): the place in targets of a number that may be any; a photo that shows the attribute."""

    def to(self, device: torch.device) -> Packed:
        """The same on another device."""
        moved: dict[str, Any] = {
            one.name: value.to(device, non_blocking=True)
            for one in fields(self)
            if isinstance(value := getattr(self, one.name), Tensor)
        }
        inputs = {name: value.to(device, non_blocking=True) for name, value in self.inputs.items()}
        return replace(self, inputs=inputs, **moved)

    def reads(self, predicted: Tensor) -> list[tuple[str, bool]]:
        """(attribute, whether all after the photo's number was predicted) of chains that look at evidence."""
        hits = (predicted == self.targets).cpu()
        return [(attribute, bool(hits[span][LOOK:].all())) for attribute, span in self.spans]

    def pointed(self, predicted: Tensor) -> float | None:
        """Share of the numbers that are pointed at which was predicted; None: there are none."""
        places = self.points[:, 0]
        if not len(places):
            return None
        return round((predicted[places] == self.targets[places]).float().mean().item(), 3)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A chain in a sequence: `predicting` are the places whose outputs predict its ids."""

    attribute: str
    said: Said
    predicting: list[int]
    points: bool
    known: int | None
    """A photo that shows the attribute, where others do not; told once a question."""


@dataclass(slots=True)
class _Sequence:
    """One tree laid out in a line."""

    ids: list[int]
    positions: list[int]
    segments: list[int]
    parents: list[int]
    """Of each segment."""
    chains: list[_Placed]
    photos: int


def pack_trees(
    trees: Sequence[Tree],
    model: Qwen2_5_VLForConditionalGeneration,
    processor: Qwen2_5_VLProcessor,
    *,
    guess_weight: float,
    point_weight: float = 0.0,
) -> Packed:
    """Lay out trees as one right-padded batch with a 4-D boolean attention mask and 3-axis positions.

    Photos stay in half precision.

    Args:
        guess_weight: loss weight of what a chain sees in a photo that does not show the attribute.
        point_weight: loss weight of a number that is pointed at.
    """
    grid = photo_grid(sum(len(tree.patches) for tree in trees), trees[0].patches.shape[1])
    prefixes = [_prefix_ids(tree, processor) for tree in trees]
    heads = _prefix_positions(prefixes, grid, model, processor)
    laid = [
        _lay_out(prefix, tree, processor, start=int(head.max()) + 1)
        for prefix, tree, head in zip(prefixes, trees, heads, strict=True)
    ]
    inputs = _padded(laid, heads, pad=processor.tokenizer.pad_token_id) | {
        "pixel_values": torch.cat([tree.patches.flatten(0, 1) for tree in trees]),
        "image_grid_thw": grid,
    }
    return _packed(laid, inputs, guess_weight, point_weight)


def _padded(laid: Sequence[_Sequence], heads: Sequence[Tensor], *, pad: int) -> dict[str, Tensor]:
    length = max(len(sequence.ids) for sequence in laid)
    ids = torch.full((len(laid), length), pad)
    positions = torch.zeros(3, len(laid), length, dtype=torch.long)
    mask = torch.zeros(len(laid), 1, length, length, dtype=torch.bool)
    for row, (sequence, head) in enumerate(zip(laid, heads, strict=True)):
        size = len(sequence.ids)
        ids[row, :size] = torch.tensor(sequence.ids)
        positions[:, row, :size] = torch.tensor(sequence.positions)
        positions[:, row, : head.shape[1]] = head
        mask[row, 0, :size, :size] = _sees(sequence)
        mask[row, 0, range(size, length), range(size, length)] = True  # a row without any key is not a number
    return {"input_ids": ids, "position_ids": positions, "attention_mask": mask}


def _packed(
    laid: Sequence[_Sequence], inputs: dict[str, Tensor], guess_weight: float, point_weight: float
) -> Packed:
    rows: list[int] = []
    predictors: list[int] = []
    targets: list[int] = []
    weights: list[float] = []
    spans: list[tuple[str, slice]] = []
    looks: list[tuple[int, int]] = []
    points: list[tuple[int, int]] = []
    knows: list[tuple[int, int]] = []
    before = 0
    for row, sequence in enumerate(laid):
        for placed in sequence.chains:
            said, first = placed.said, len(targets)
            if placed.known is not None:
                knows.append((first + LOOK - 1, before + placed.known))
            if placed.points:
                points.append((first + LOOK - 1, before + said.photo))
            else:
                looks.append((first + LOOK, before + said.photo))
                if said.shown:
                    spans.append((placed.attribute, slice(first, first + len(said.ids))))
            rows += [row] * len(said.ids)
            predictors += placed.predicting
            targets += said.ids
            weights += _weights(placed, guess_weight, point_weight)
        before += sequence.photos
    of_looks, of_points, of_knows = (
        torch.tensor(pairs, dtype=torch.long).view(-1, 2) for pairs in (looks, points, knows)
    )
    return Packed(
        inputs,
        torch.tensor(rows),
        torch.tensor(predictors),
        torch.tensor(targets),
        torch.tensor(weights),
        spans,
        of_looks,
        of_points,
        of_knows,
    )


def _weights(placed: _Placed, guess_weight: float, point_weight: float) -> list[float]:
    seen = len(placed.said.ids) - LOOK
    if placed.points:
        return [1.0] * (LOOK - 1) + [point_weight] + [1.0] * seen
    looks = [1.0] * (LOOK - 1) + [placed.said.share]
    return looks + [1.0 if placed.said.shown else guess_weight] * seen


def photo_grid(photos: int, patches: int) -> Tensor:
    """(photos, 3): time, height and width of square photos of this many patches each, in patches."""
    side = round(patches**0.5)
    return torch.tensor([[1, side, side]] * photos)


def _prefix_ids(tree: Tree, processor: Qwen2_5_VLProcessor) -> list[int]:
    tokens_per_photo = tree.patches.shape[1] // processor.image_processor.merge_size**2
    text = tree.prefix.replace(processor.image_token, processor.image_token * tokens_per_photo)
    ids: list[int] = processor.tokenizer(text, add_special_tokens=False).input_ids
    return ids


def _prefix_positions(
    prefixes: Sequence[list[int]],
    grid: Tensor,
    model: Qwen2_5_VLForConditionalGeneration,
    processor: Qwen2_5_VLProcessor,
) -> list[Tensor]:
    """Multimodal rotary positions (3, length) of each prefix."""
    length = max(map(len, prefixes))
    pad = processor.tokenizer.pad_token_id
    ids = torch.tensor([prefix + [pad] * (length - len(prefix)) for prefix in prefixes])
    mask = torch.tensor([[1] * len(prefix) + [0] * (length - len(prefix)) for prefix in prefixes])
    kinds = (ids == processor.image_token_id).int()
    positions, _ = model.model.get_rope_index(
        ids, image_grid_thw=grid, attention_mask=mask, mm_token_type_ids=kinds
    )
    return [positions[:, row, : len(prefix)] for row, prefix in enumerate(prefixes)]


def _lay_out(prefix: list[int], tree: Tree, processor: Qwen2_5_VLProcessor, *, start: int) -> _Sequence:
    """The tree in one line; `start` is the first position after the prefix."""
    sequence = _Sequence(list(prefix), [0] * len(prefix), [0] * len(prefix), [_ROOT], [], len(tree.patches))
    for branch in tree.branches:
        question = processor.tokenizer(branch.question, add_special_tokens=False).input_ids
        asked = _append(sequence, question, start=start, parent=0)
        last = len(sequence.ids) - 1
        showing = [said.photo for said in branch.said if said.shown]
        for said in branch.said:
            first = len(sequence.ids)
            _append(sequence, said.ids[:-1], start=start + len(question), parent=asked)
            predicting = [last, *range(first, len(sequence.ids))]
            told = said is branch.said[0] and 0 < len(showing) < len(branch.said)
            known = showing[0] if told else None
            sequence.chains.append(_Placed(branch.attribute, said, predicting, branch.points, known))
    return sequence


def _append(sequence: _Sequence, ids: list[int], *, start: int, parent: int) -> int:
    segment = len(sequence.parents)
    sequence.ids += ids
    sequence.positions += range(start, start + len(ids))
    sequence.segments += [segment] * len(ids)
    sequence.parents.append(parent)
    return segment


def _sees(sequence: _Sequence) -> Tensor:
    """(length, length) boolean: the row's token attends to the column's."""
    above = torch.eye(len(sequence.parents), dtype=torch.bool)
    for segment, parent in enumerate(sequence.parents):
        if parent != _ROOT:
            above[segment] |= above[parent]
    segments = torch.tensor(sequence.segments)
    size = len(sequence.ids)
    return above[segments][:, segments] & torch.ones(size, size, dtype=torch.bool).tril()
