"""Merge an adapter into full weights, for servers that load no adapters."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import torch
from peft import PeftModel
from transformers import AutoConfig

from training.ml.errors import DataError
from training.ml.model import load_model, load_processor
from training.ml.newfolder import new_folder
from training.ml.params import ModelParams

SPARE_BYTES = 64 << 20
"""Beside the weights: tokenizer, processor and card."""


def merge_adapter(params: ModelParams, adapter: Path, out: Path, *, texts: dict[str, str]) -> None:
    """Write the base model with the adapter added to its weights, as safetensors, and its processor.

    The sum is taken in float32 on the CPU and stored in the dtype in which the base model is stored, so that
    nothing is rounded twice (W + BA, LoRA, arXiv 2106.09685, section 4.1).

    Args:
        texts: {name: text} of files to write beside the weights.

    Raises:
        DataError: when base or adapter cannot be used, `out` is there already, or the disk is short.
    """
    exact = replace(params, device="cpu", dtype="float32", load_in_4bit=False)
    stored = AutoConfig.from_pretrained(params.base).dtype or torch.float32  # nosec B615
    with new_folder(out) as folder:
        model = load_model(exact, adapter)
        assert isinstance(model, PeftModel), "an adapter was asked for"
        merged = model.merge_and_unload().to(stored)
        _check_room(folder, sum(one.numel() * one.element_size() for one in merged.parameters()))
        merged.save_pretrained(folder)
        load_processor(params).save_pretrained(folder)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")


def _check_room(folder: Path, weights: int) -> None:
    """Go on where so many bytes of weights fit beside the folder's other files."""
    free, needed = shutil.disk_usage(folder).free, weights + SPARE_BYTES
    if free < needed:
        raise DataError(
            f"{folder.parent} has {free / 1e9:.2f} GB free, and the merged model takes {needed / 1e9:.2f} "
            "GB: make room, or give a folder on another disk"
        )
