"""Photos as a frozen vision tower sees them, each looked at once.

For families that lay a photo out as rows of patches with a grid (Qwen-VL). A photo goes through the tower
alone: what was kept and what is made anew are the same bits, whatever photos were beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from torch import Tensor
from transformers import BatchFeature, ProcessorMixin
from transformers.modeling_outputs import BaseModelOutputWithPooling
from transformers.models.qwen3_vl.modeling_qwen3_vl import BaseModelOutputWithDeepstackFeatures

from training.ml.encoding import open_photo
from training.ml.features import FeatureStore
from training.ml.photos import MEMORY_BYTES, PATCH_KEYS
from training.ml.records import Listing
from training.ml.version import library_versions

GRID, POOLED, DEEP = "grid", "pooled", "deep."
"""Names of what is kept of a photo: (3,) its grid; (tokens, width) what its tokens become; the same for each
layer of the language model that looks at the photo again (Qwen3-VL)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One photo after the tower, on the CPU."""

    tensors: dict[str, Tensor]
    tokens: int

    @property
    def grid(self) -> Tensor:
        return self.tensors[GRID]


class Seer:
    """Looks at photos with the tower of one model, or finds what was seen earlier.

    Args:
        remember: keep what was seen in memory too, for photos that are shown again, as in training.
    """

    def __init__(
        self, model: Any, processor: ProcessorMixin, store: FeatureStore, *, remember: bool = False
    ) -> None:
        self._inner = inner_model(model)
        self._images: Any = processor.image_processor
        self._store = store
        self._most = MEMORY_BYTES if remember else 0
        self._known: dict[Path, Seen] = {}
        self._bytes = 0

    @staticmethod
    def can_keep(model: Any, processor: Any) -> bool:
        """The family's photos are rows of patches, and no adapter changes how they are seen."""
        tower = getattr(inner_model(model), "visual", None)
        laid_out = set(processor.image_processor.model_input_names) == PATCH_KEYS
        if tower is None or not laid_out:
            return False
        changed = ("lora_", "modules_to_save")
        return not any(mark in name for name, _ in tower.named_modules() for mark in changed)

    def see(self, listing: Listing) -> list[Seen]:
        """The listing's photos in order.

        Raises:
            DataError: naming listing and file when a photo is missing or cannot be decoded.
        """
        return [self._see(listing, path) for path in listing.images]

    def _see(self, listing: Listing, path: Path) -> Seen:
        if path in self._known:
            return self._known[path]
        try:
            photo = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            photo = ""  # open_photo says what is wrong.
        kept = self._store.get(self.fingerprint, photo) if photo else None
        if kept is None:
            kept = self._look(open_photo(listing, path))
            self._store.put(self.fingerprint, photo, kept)
        seen = Seen(kept, len(kept[POOLED]))
        if self._bytes < self._most:
            self._known[path] = seen
            self._bytes += sum(tensor.nbytes for tensor in kept.values())
        return seen

    @torch.no_grad()
    def _look(self, photo: Any) -> dict[str, Tensor]:
        patches: BatchFeature = self._images([photo], return_tensors="pt")
        device = next(self._inner.visual.parameters()).device
        grid = patches["image_grid_thw"]
        seen = self._inner.get_image_features(
            patches["pixel_values"].to(device), grid.to(device), return_dict=True
        )
        deep = getattr(seen, "deepstack_features", None) or []
        made = {POOLED: seen.pooler_output[0]}
        made |= {f"{DEEP}{level}": layer[0] for level, layer in enumerate(deep)}
        return {GRID: grid[0], **{name: tensor.cpu() for name, tensor in made.items()}}

    @cached_property
    def fingerprint(self) -> str:
        """A hash of what decides what is seen: weights, how photos are prepared, device and libraries."""
        tower = self._inner.visual
        weights = dict(tower.state_dict())
        first = next(tower.parameters())
        told = {
            "class": type(self._inner).__name__,
            "config": tower.config.to_dict(),
            "images": {**self._images.to_dict(), "_name_or_path": ""},
            "device": first.device.type,
            "versions": library_versions(),
        }
        digest = hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode())
        for name in sorted(weights):
            digest.update(f"{name} {weights[name].dtype}".encode())
            digest.update(weights[name].detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
        return digest.hexdigest()[:32]


def joined(photos: Sequence[Seen]) -> dict[str, Tensor]:
    """What a batch's photos became, one after the other, by name."""
    names = [name for name in photos[0].tensors if name != GRID]
    return {name: torch.cat([photo.tensors[name] for photo in photos]) for name in names}


def encoder_output(seen: dict[str, Tensor]) -> dict[str, BaseModelOutputWithPooling]:
    """`joined` photos as a model's forward takes them instead of pixels (mm_encoder_outputs)."""
    deep = [seen[name] for name in sorted(seen) if name.startswith(DEEP)]
    pooled: Any = (seen[POOLED],)
    if not deep:
        return {"image": BaseModelOutputWithPooling(pooler_output=pooled)}
    levels: Any = [(level,) for level in deep]
    return {"image": BaseModelOutputWithDeepstackFeatures(pooler_output=pooled, deepstack_features=levels)}


def inner_model(model: Any) -> Any:
    """The model without its head, and without the adapter's wrapping."""
    return (model.get_base_model() if isinstance(model, PeftModel) else model).model
