"""Trees of text as packed sequences: a prefix, questions under it, chains under each question.

A token attends to its own segment up to itself and to the segments above; siblings do not see each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedModel, ProcessorMixin

IGNORED = -1


@dataclass(frozen=True, slots=True)
class Branch:
    """A question of a listing with the token ids of its chains."""

    attribute: str
    question: str
    chains: list[list[int]]
    shown: list[bool]
    """Whether the photo that the chain names shows the attribute."""


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

    def reads(self, predicted: Tensor) -> list[tuple[str, bool]]:
        """(attribute, whether all after the photo's number was predicted) of chains that look at evidence."""
        hits = predicted == self.targets
        return [(attribute, bool(hits[span][2:].all())) for attribute, span in self.spans]


@dataclass(slots=True)
class _Sequence:
    """One tree laid out: token ids, positions relative to the prefix's start, segment and parent of each."""

    ids: list[int]
    positions: list[int]
    segments: list[int]
    parents: list[int]


def pack_trees(
    trees: Sequence[Tree], model: PreTrainedModel, processor: ProcessorMixin, *, guess_weight: float
) -> Packed:
    """Lay out trees as one right-padded batch with a 4-D boolean attention mask and 3-axis positions.

    Args:
        guess_weight: loss weight of the tokens of a chain whose photo does not show the attribute.
    """
    tokenizer = processor.tokenizer
    image_tokens = processor.image_token * (
        trees[0].patches.shape[1] // processor.image_processor.merge_size**2
    )
    prefixes = [
        tokenizer(
            tree.prefix.replace(processor.image_token, image_tokens), add_special_tokens=False
        ).input_ids
        for tree in trees
    ]
    grid = _grid(trees)
    prefix_positions = _prefix_positions(
        prefixes, grid, model, tokenizer.pad_token_id, processor.image_token_id
    )
    laid = [
        _lay_out(prefix, tree, processor, start=int(at.max()) + 1)
        for prefix, tree, at in zip(prefixes, trees, prefix_positions, strict=True)
    ]
    length = max(len(one[0].ids) for one in laid)
    ids = torch.full((len(trees), length), tokenizer.pad_token_id)
    positions = torch.zeros(3, len(trees), length, dtype=torch.long)
    mask = torch.zeros(len(trees), 1, length, length, dtype=torch.bool)
    rows, predictors, targets, weights, spans = [], [], [], [], []
    for row, ((sequence, chains), at) in enumerate(zip(laid, prefix_positions, strict=True)):
        size = len(sequence.ids)
        ids[row, :size] = torch.tensor(sequence.ids)
        positions[:, row, :size] = torch.tensor(sequence.positions)
        positions[:, row, : at.shape[1]] = at
        mask[row, 0, :size, :size] = _sees(sequence)
        mask[row, 0, range(size, length), range(size, length)] = True
        for attribute, shown, predicting, predicted in chains:
            if shown:
                spans.append((attribute, slice(len(targets), len(targets) + len(predicted))))
            rows += [row] * len(predicted)
            predictors += predicting
            targets += predicted
            weights += [1.0 if shown else guess_weight] * len(predicted)
    inputs = {
        "input_ids": ids,
        "attention_mask": mask,
        "position_ids": positions,
        "pixel_values": torch.cat([tree.patches.flatten(0, 1) for tree in trees]).float(),
        "image_grid_thw": grid,
    }
    return Packed(
        inputs,
        torch.tensor(rows),
        torch.tensor(predictors),
        torch.tensor(targets),
        torch.tensor(weights),
        spans,
    )


def _grid(trees: Sequence[Tree]) -> Tensor:
    """(time, height, width) in patches of each photo; photos are square."""
    side = round(trees[0].patches.shape[1] ** 0.5)
    return torch.tensor([[1, side, side]] * sum(len(tree.patches) for tree in trees))


def _prefix_positions(
    prefixes: Sequence[list[int]], grid: Tensor, model: PreTrainedModel, pad: int, image: int
) -> list[Tensor]:
    """Multimodal rotary positions (3, length) of each prefix."""
    length = max(map(len, prefixes))
    ids = torch.tensor([prefix + [pad] * (length - len(prefix)) for prefix in prefixes])
    mask = torch.tensor([[1] * len(prefix) + [0] * (length - len(prefix)) for prefix in prefixes])
    positions, _ = model.model.get_rope_index(
        ids, image_grid_thw=grid, attention_mask=mask, mm_token_type_ids=(ids == image).int()
    )
    return [positions[:, row, : len(prefix)] for row, prefix in enumerate(prefixes)]


def _lay_out(
    prefix: list[int], tree: Tree, processor: ProcessorMixin, *, start: int
) -> tuple[_Sequence, list[tuple[str, bool, list[int], list[int]]]]:
    """The tree in one line, and for each chain (attribute, shown, predicting places, predicted ids)."""
    sequence = _Sequence(list(prefix), [0] * len(prefix), [0] * len(prefix), [IGNORED])
    chains = []
    for branch in tree.branches:
        question = processor.tokenizer(branch.question, add_special_tokens=False).input_ids
        asked = _append(sequence, question, start=start, parent=0)
        last = len(sequence.ids) - 1
        for chain, shown in zip(branch.chains, branch.shown, strict=True):
            first = len(sequence.ids)
            _append(sequence, chain[:-1], start=start + len(question), parent=asked)
            chains.append((branch.attribute, shown, [last, *range(first, len(sequence.ids))], chain))
    return sequence, chains


def _append(sequence: _Sequence, ids: list[int], *, start: int, parent: int) -> int:
    segment = len(sequence.parents)
    sequence.ids += ids
    sequence.positions += range(start, start + len(ids))
    sequence.segments += [segment] * len(ids)
    sequence.parents.append(parent)
    return segment


def _sees(sequence: _Sequence) -> Tensor:
    """(length, length) boolean: the row's token attends to the column's."""
    count = len(sequence.parents)
    above = torch.eye(count, dtype=torch.bool)
    for segment, parent in enumerate(sequence.parents):
        if parent != IGNORED:
            above[segment] |= above[parent]
    segments = torch.tensor(sequence.segments)
    size = len(sequence.ids)
    return above[segments][:, segments] & torch.ones(size, size, dtype=torch.bool).tril()
