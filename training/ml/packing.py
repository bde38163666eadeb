"""Trees of text as packed sequences: a prefix, questions under it, chains under each question.

A token attends to its own segment up to itself and to the segments above; siblings do not see each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

_ROOT = -1
"""Parent of the prefix."""
LOOK = 2
"""Tokens of a chain up to the number of the photo that it names: what follows is what it sees there."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A question of a listing with the token ids of its chains, one for each of its photos, in order."""

    attribute: str
    question: str
    chains: list[list[int]]
    shown: list[bool]
    """Whether the photo that the chain names shows the attribute."""
    pointed: list[int] = field(default_factory=list)
    """Ids that end with the number of a photo which shows the attribute; empty: none is pointed at."""
    target: int = 0
    """That photo, from 0."""


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
    looks: list[tuple[int, int]]
    """(place in targets of the first token after its photo's number, the photo among all) of each chain."""
    points: list[tuple[int, int]]
    """(place in targets of a number that is pointed at, the photo among all)"""

    def reads(self, predicted: Tensor) -> list[tuple[str, bool]]:
        """(attribute, whether all after the photo's number was predicted) of chains that look at evidence."""
        hits = predicted == self.targets
        return [(attribute, bool(hits[span][LOOK:].all())) for attribute, span in self.spans]


@dataclass(frozen=True, slots=True)
class _Said:
    """A chain in a sequence: `predicting` are the places whose outputs predict `ids`."""

    attribute: str
    shown: bool
    predicting: list[int]
    ids: list[int]
    photo: int
    """In its tree, from 0."""
    points: bool = False


@dataclass(slots=True)
class _Sequence:
    """One tree laid out in a line."""

    ids: list[int]
    positions: list[int]
    segments: list[int]
    parents: list[int]
    """Of each segment."""
    chains: list[_Said]
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

    Args:
        guess_weight: loss weight of what a chain sees in a photo that does not show the attribute. The
            number of the photo weighs the same in every chain: none is looked at more often than another.
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
        "pixel_values": torch.cat([tree.patches.flatten(0, 1) for tree in trees]).float(),
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
    before = 0
    for row, sequence in enumerate(laid):
        for said in sequence.chains:
            if said.points:
                points.append((len(targets) + len(said.ids) - 1, before + said.photo))
            else:
                looks.append((len(targets) + LOOK, before + said.photo))
            if said.shown:
                spans.append((said.attribute, slice(len(targets), len(targets) + len(said.ids))))
            rows += [row] * len(said.ids)
            predictors += said.predicting
            targets += said.ids
            weights += _weights(said, guess_weight, point_weight)
        before += sequence.photos
    places = torch.tensor(rows), torch.tensor(predictors)
    return Packed(inputs, *places, torch.tensor(targets), torch.tensor(weights), spans, looks, points)


def _weights(said: _Said, guess_weight: float, point_weight: float) -> list[float]:
    if said.points:  # Its other words are never said by themselves.
        return [0.0] * (len(said.ids) - 1) + [point_weight]
    return [1.0] * LOOK + [1.0 if said.shown else guess_weight] * (len(said.ids) - LOOK)


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
        for photo, (chain, shown) in enumerate(zip(branch.chains, branch.shown, strict=True)):
            first = len(sequence.ids)
            _append(sequence, chain[:-1], start=start + len(question), parent=asked)
            predicting = [last, *range(first, len(sequence.ids))]
            sequence.chains.append(_Said(branch.attribute, shown, predicting, chain, photo))
        if branch.pointed:
            first = len(sequence.ids)
            _append(sequence, branch.pointed[:-1], start=start + len(question), parent=asked)
            predicting = [last, *range(first, len(sequence.ids))]
            pointed = _Said(branch.attribute, False, predicting, branch.pointed, branch.target, points=True)
            sequence.chains.append(pointed)
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
