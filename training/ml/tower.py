"""A vision tower that is asked about many photos of one size at once."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface, Qwen2_5_VLForConditionalGeneration


def see_all_at_once(model: Qwen2_5_VLForConditionalGeneration) -> None:
    """Let the vision tower attend within all photos in one call, not one by one; they are of one size.

    A GPU is asked once a layer in place of once a photo. The name holds "flash" as the tower gives the
    bounds of photos to such implementations alone.
    """
    AttentionInterface.register("flash_photos", _attend_within_photos)
    visual: Any = model.model.visual
    visual.config._attn_implementation = "flash_photos"


def _attend_within_photos(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Any, **given: Any
) -> tuple[Tensor, None]:
    """Attention of (1, heads, patches of all photos, size) within photos, which have as many patches each."""
    _, heads, patches, size = query.shape
    photos = len(given["cu_seq_lens_q"]) - 1

    def apart(states: Tensor) -> Tensor:
        return states.view(heads, photos, patches // photos, size).transpose(0, 1)

    seen = torch.nn.functional.scaled_dot_product_attention(
        apart(query), apart(key), apart(value), scale=given["scaling"]
    )
    return seen.permute(0, 2, 1, 3).reshape(1, patches, heads, size), None
