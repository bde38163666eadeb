"""Prompts as model inputs: padded on the left, so that all end where the answers begin."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from transformers import ProcessorMixin

from training.ml.features import FeatureStore
from training.ml.photos import PhotoMemory
from training.ml.records import Listing
from training.ml.seeing import Seen, Seer, encoder_output, inner_model, joined

SEEN = "seen"
"""Key of a batch whose photos went through the vision tower already; elsewhere it has their pixels."""

Inputs = dict[str, Any]


class PromptReader:
    """Reads prompts for one model, with what was kept of their photos where there is a store.

    Without one, or where the model's family or adapter does not allow it, photos are prepared as its
    processor does it, and the vision tower sees them with every pass.

    Args:
        remember: keep photos in memory that will be shown again, as in training.
    """

    def __init__(
        self,
        model: Any,
        processor: ProcessorMixin,
        store: FeatureStore | None = None,
        *,
        remember: bool = False,
    ) -> None:
        self._processor: Any = processor
        self._model, self._inner = model, inner_model(model)
        self._store, self._remember = store, remember

    @cached_property
    def _seer(self) -> Seer | None:
        """Found out at the first prompt: a trainer puts the adapter on after it was given its batches."""
        if self._store is None or not Seer.can_keep(self._model, self._processor):
            return None
        return Seer(self._model, self._processor, self._store, remember=self._remember)

    @cached_property
    def _memory(self) -> PhotoMemory:
        return PhotoMemory(self._processor, remember=self._remember)

    def read(self, listings: Sequence[Listing], texts: Sequence[str]) -> Inputs:
        """Model inputs of (rows, length) for one text a listing, whose first image tokens are its photos.

        Raises:
            DataError: naming listing and file when a photo is missing or cannot be decoded.
        """
        if self._seer is None:
            return dict(
                self._processor(
                    images=[self._memory.open(listing) for listing in listings],
                    text=list(texts),
                    padding=True,
                    padding_side="left",
                    add_special_tokens=False,
                    return_tensors="pt",
                )
            )
        photos = [self._seer.see(listing) for listing in listings]
        written = [self._spelled(text, seen) for text, seen in zip(texts, photos, strict=True)]
        tokens = self._processor.tokenizer(
            written, padding=True, padding_side="left", add_special_tokens=False, return_tensors="pt"
        )
        every = [photo for seen in photos for photo in seen]
        return {
            "input_ids": tokens["input_ids"],
            "attention_mask": tokens["attention_mask"],
            "mm_token_type_ids": (tokens["input_ids"] == self._processor.image_token_id).int(),
            "image_grid_thw": torch.stack([photo.grid for photo in every]),
            SEEN: joined(every),
        }

    def positions(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """((rows, length) positions of the tokens, for Qwen-VL (3, rows, length); (rows,) the next one)."""
        mask = inputs["attention_mask"]
        if not hasattr(self._inner, "get_rope_index"):
            positions = (mask.cumsum(1) - 1).clamp(min=0)
            return positions, positions[:, -1] + 1
        placed, _ = self._inner.get_rope_index(
            inputs["input_ids"],
            image_grid_thw=inputs["image_grid_thw"],
            attention_mask=mask,
            mm_token_type_ids=inputs["mm_token_type_ids"],
        )
        return placed, placed.amax(dim=(0, 2)) + 1

    def _spelled(self, text: str, photos: Sequence[Seen]) -> str:
        """The text with as many image tokens for each photo as it takes."""
        token = self._processor.image_token
        first, *others = text.split(token, len(photos))
        parts = zip(photos, others, strict=True)
        return first + "".join(token * photo.tokens + rest for photo, rest in parts)


def model_inputs(inputs: Inputs) -> Inputs:
    """A batch as the model's forward takes it."""
    if SEEN not in inputs:
        return inputs
    others = {name: value for name, value in inputs.items() if name != SEEN}
    return {**others, "mm_encoder_outputs": encoder_output(inputs[SEEN])}


def on_device(inputs: Inputs, device: torch.device) -> Inputs:
    """The batch with its tensors on a device."""
    moved = {name: value.to(device) for name, value in inputs.items() if name != SEEN}
    if SEEN in inputs:
        moved[SEEN] = {name: tensor.to(device) for name, tensor in inputs[SEEN].items()}
    return moved
