"""The tiny base model: the Qwen2.5-VL architecture at 1-2 M parameters with a byte-level BPE of its own.

Everything that a hub model folder holds is here (config, weights, tokenizer, image processor, chat template),
so that the loop loads it by the same code as Qwen2.5-VL-3B-Instruct.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    PreTrainedTokenizerFast,
    ProcessorMixin,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
)
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from training.ml.processor import photo_processor

VOCABULARY = 2048
PHOTO_PIXELS = 64
PATCH = 8
MERGE = 2
"""A 64 px photo is 64 patches of 8 px, merged 2 x 2 into 16 tokens."""

PAD, TURN_START, TURN_END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
VISION_START, VISION_END, IMAGE, VIDEO = (
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
SPECIAL = [PAD, TURN_START, TURN_END, VISION_START, VISION_END, IMAGE, VIDEO]

CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{{ '" + TURN_START + "' + message.role + '\\n' }}"
    "{%- if message.content is string -%}{{ message.content }}"
    "{%- else -%}{%- for part in message.content -%}"
    "{%- if part.type == 'image' -%}{{ '" + VISION_START + IMAGE + VISION_END + "' }}"
    "{%- else -%}{{ part.text }}{%- endif -%}"
    "{%- endfor -%}{%- endif -%}"
    "{{ '" + TURN_END + "\\n' }}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '" + TURN_START + "assistant\\n' }}{%- endif -%}"
)


def build_tiny(out: Path, *, texts: Iterable[str], seed: int = 0) -> None:
    """Write a random-weight tiny model folder whose tokenizer is trained on `texts`."""
    processor = tiny_processor(texts)
    torch.manual_seed(seed)
    model = Qwen2_5_VLForConditionalGeneration(tiny_config(processor.tokenizer))
    model.generation_config.eos_token_id = processor.tokenizer.eos_token_id
    model.generation_config.pad_token_id = processor.tokenizer.pad_token_id
    model.save_pretrained(out)
    processor.save_pretrained(out)


def tiny_processor(texts: Iterable[str]) -> ProcessorMixin:
    """Tokenizer trained on `texts`, image processor for square 64 px photos, chat template."""
    size = {"shortest_edge": PHOTO_PIXELS**2, "longest_edge": PHOTO_PIXELS**2}
    images = Qwen2VLImageProcessorPil(size=size, patch_size=PATCH, merge_size=MERGE)
    return photo_processor(Qwen2_5_VLProcessor)(images, train_tokenizer(texts), chat_template=CHAT_TEMPLATE)


def train_tokenizer(texts: Iterable[str]) -> PreTrainedTokenizerFast:
    """Byte-level BPE: any text can be written, frequent words are one token."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        pad_token=PAD,
        eos_token=TURN_END,
        additional_special_tokens=SPECIAL,
        model_max_length=8192,
    )


def tiny_config(tokenizer: PreTrainedTokenizerFast) -> Qwen2_5_VLConfig:
    """About 1.3 M parameters: text 4 x 128, vision 4 x 96."""

    def token_id(token: str) -> int:
        return tokenizer.get_vocab()[token]

    return Qwen2_5_VLConfig(
        text_config={
            "vocab_size": VOCABULARY,
            "hidden_size": 128,
            "intermediate_size": 384,
            "num_hidden_layers": 4,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 8192,
            "rope_parameters": {"rope_type": "default", "mrope_section": [4, 6, 6], "rope_theta": 10_000.0},
            "bos_token_id": None,
            "eos_token_id": token_id(TURN_END),
            "pad_token_id": token_id(PAD),
        },
        vision_config={
            "depth": 4,
            "hidden_size": 96,
            "intermediate_size": 256,
            "num_heads": 3,
            "patch_size": PATCH,
            "spatial_merge_size": MERGE,
            "window_size": PHOTO_PIXELS,
            "fullatt_block_indexes": [0, 1, 2, 3],
            "out_hidden_size": 128,
        },
        image_token_id=token_id(IMAGE),
        video_token_id=token_id(VIDEO),
        vision_start_token_id=token_id(VISION_START),
        vision_end_token_id=token_id(VISION_END),
        tie_word_embeddings=True,
    )
