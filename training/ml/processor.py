"""Processors that read photos and text only.

Qwen-VL and SmolVLM processors insist on a video processor, which needs torchvision. attrx never shows a
model a video, so the family's own processor class is loaded without that part.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from transformers import ProcessorMixin


@lru_cache
def photo_processor(family: type[ProcessorMixin]) -> type[ProcessorMixin]:
    """The processor class of a model family, less its video part; saved folders name the stock class."""

    def get_attributes(cls: type[ProcessorMixin]) -> list[str]:
        return [name for name in family.get_attributes() if name != "video_processor"]

    def arguments(cls: type[Any], *args: Any, **kwargs: Any) -> list[Any]:
        loaded = super(cls, cls)._get_arguments_from_pretrained(*args, **kwargs)
        parts = dict(zip(cls.get_attributes(), loaded, strict=True))
        return [parts.get(name) for name in family.get_attributes()]

    if "video_processor" not in family.get_attributes():
        return family
    members = {
        "get_attributes": classmethod(get_attributes),
        "_get_arguments_from_pretrained": classmethod(arguments),
        # SmolVLM's own asks its video part for defaults.
        "apply_chat_template": ProcessorMixin.apply_chat_template,
        "__module__": family.__module__,
    }
    return type(family.__name__, (family,), members)
