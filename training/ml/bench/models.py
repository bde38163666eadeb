"""Random-weight Qwen2.5-VL models of a given size, whose chains never end by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from training.ml.bench.catalogue import ATTRIBUTES, WORDS
from training.ml.processor import photo_processor
from training.ml.prompts import question_text
from training.ml.tiny import CHAT_TEMPLATE, IMAGE, VIDEO, VISION_END, VISION_START, train_tokenizer

MERGE = 2


@dataclass(frozen=True, slots=True)
class Size:
    """The shape of a model, named as in Qwen2_5_VLConfig."""

    name: str
    text: dict[str, Any]
    vision: dict[str, Any]
    pixels: int
    """Side of its square photos."""
    tie: bool = True


SMALL = Size(
    "random_100m",
    text={
        "vocab_size": 2048,
        "hidden_size": 768,
        "intermediate_size": 2560,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "num_key_value_heads": 2,
        "rope_parameters": {"rope_type": "default", "mrope_section": [8, 12, 12], "rope_theta": 10_000.0},
    },
    vision={
        "depth": 8,
        "hidden_size": 320,
        "intermediate_size": 864,
        "num_heads": 5,
        "patch_size": 8,
        "window_size": 64,
        "fullatt_block_indexes": [3, 7],
    },
    pixels=64,
)
"""About 100 M parameters: the largest that two CPU cores measure in minutes."""

QWEN_3B = Size(
    "random_3b",
    text={
        "vocab_size": 151_936,
        "hidden_size": 2048,
        "intermediate_size": 11_008,
        "num_hidden_layers": 36,
        "num_attention_heads": 16,
        "num_key_value_heads": 2,
        "rope_parameters": {
            "rope_type": "default",
            "mrope_section": [16, 24, 24],
            "rope_theta": 1_000_000.0,
        },
    },
    vision={
        "depth": 32,
        "hidden_size": 1280,
        "intermediate_size": 3420,
        "num_heads": 16,
        "patch_size": 14,
        "window_size": 112,
        "fullatt_block_indexes": [7, 15, 23, 31],
    },
    pixels=448,
)
"""The configuration that Qwen2.5-VL-3B-Instruct publishes; 448 px are 256 tokens a photo."""


def build_random(size: Size, folder: Path, *, dtype: torch.dtype = torch.float32, device: str = "cpu") -> int:
    """Write a model folder of this size, made on the device, and return its number of parameters.

    Its tokenizer has no token that ends a turn, so every chain is as long as it may be: random weights would
    end chains by chance alone, and all who are measured have to say equally much.
    """
    tokenizer = train_tokenizer([*(question_text(one) for one in ATTRIBUTES), " ".join(WORDS)])
    tokenizer.eos_token = None
    side = {"shortest_edge": size.pixels**2, "longest_edge": size.pixels**2}
    images = Qwen2VLImageProcessorPil(size=side, patch_size=size.vision["patch_size"], merge_size=MERGE)
    processor = photo_processor(Qwen2_5_VLProcessor)(images, tokenizer, chat_template=CHAT_TEMPLATE)
    known = tokenizer.get_vocab()
    config = Qwen2_5_VLConfig(
        text_config={
            **size.text,
            "max_position_embeddings": 32_768,
            "bos_token_id": None,
            "eos_token_id": None,
            "pad_token_id": tokenizer.pad_token_id,
        },
        vision_config={
            **size.vision,
            "spatial_merge_size": MERGE,
            "out_hidden_size": size.text["hidden_size"],
        },
        image_token_id=known[IMAGE],
        video_token_id=known[VIDEO],
        vision_start_token_id=known[VISION_START],
        vision_end_token_id=known[VISION_END],
        tie_word_embeddings=size.tie,
    )
    torch.manual_seed(0)
    with torch.device(device):  # Billions of random numbers take a CPU a minute.
        model: Any = Qwen2_5_VLForConditionalGeneration(config)
    model.to(dtype)
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return int(model.num_parameters())
