"""Random-weight models of three families, small enough to be trained in a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    Qwen3VLProcessor,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
    SmolVLMProcessor,
)
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

from training.ml.params import ModelParams
from training.ml.processor import photo_processor
from training.ml.tiny import CHAT_TEMPLATE, IMAGE, PAD, SPECIAL, TURN_END, VIDEO, VISION_END, VISION_START

PHOTO_PIXELS = 32
PATCH = 8
WIDTH = 32
TEXT = {
    "hidden_size": WIDTH,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 4096,
}
QWEN_VISION = {
    "depth": 2,
    "hidden_size": WIDTH,
    "intermediate_size": 64,
    "num_heads": 2,
    "patch_size": PATCH,
    "out_hidden_size": WIDTH,
}
ROPE = {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 10_000.0}

UTTERANCE_END = "<end_of_utterance>"
SMOL_SPECIAL = [
    PAD,
    "<|im_start|>",
    UTTERANCE_END,
    "<fake_token_around_image>",
    "<global-img>",
    "<image>",
    "<video>",
]
SMOL_TEMPLATE = (
    "<|im_start|>{% for message in messages %}{{ message.role | capitalize }}"
    "{{ ':' if message.content[0].type == 'image' else ': ' }}"
    "{% for part in message.content %}{{ '<image>' if part.type == 'image' else part.text }}{% endfor %}"
    "<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)
"""Shaped like SmolVLM's own: the generation prompt ends before the space that an answer begins with."""

TEXTS = [
    "Photo 1 shows red.\nAnswer: red. Vertical: cap. Attribute: colour. Allowed values: red, green, blue"
]


def build(family: str, folder: Path) -> ModelParams:
    """Write a model folder of the family; returns parameters that load it on one CPU thread."""
    torch.manual_seed(0)
    FAMILIES[family](folder)
    return ModelParams(base=str(folder), device="cpu", dtype="float32", threads=1)


def _qwen2_5(folder: Path) -> None:
    tokenizer = _tokenizer(SPECIAL, end=TURN_END)
    config = Qwen2_5_VLConfig(
        text_config=_text(tokenizer, rope_parameters=ROPE),
        vision_config={**QWEN_VISION, "window_size": PHOTO_PIXELS, "fullatt_block_indexes": [0, 1]},
        **_qwen_ids(tokenizer),
    )
    _save(Qwen2_5_VLForConditionalGeneration(config), tokenizer, folder)
    _qwen_processor(Qwen2_5_VLProcessor, tokenizer, folder)


def _qwen3(folder: Path) -> None:
    tokenizer = _tokenizer(SPECIAL, end=TURN_END)
    config = Qwen3VLConfig(
        text_config=_text(tokenizer, head_dim=16, rope_parameters={**ROPE, "mrope_interleaved": True}),
        vision_config={**QWEN_VISION, "deepstack_visual_indexes": [0, 1], "num_position_embeddings": 16},
        **_qwen_ids(tokenizer),
    )
    _save(Qwen3VLForConditionalGeneration(config), tokenizer, folder)
    _qwen_processor(Qwen3VLProcessor, tokenizer, folder)


def _smol(folder: Path) -> None:
    tokenizer = _tokenizer(SMOL_SPECIAL, end=UTTERANCE_END)
    config = SmolVLMConfig(
        text_config={"model_type": "llama", **_text(tokenizer)},
        vision_config={
            "hidden_size": WIDTH,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": PHOTO_PIXELS,
            "patch_size": PATCH,
        },
        image_token_id=tokenizer.get_vocab()["<image>"],
        scale_factor=2,
    )
    _save(SmolVLMForConditionalGeneration(config), tokenizer, folder)
    edge = {"longest_edge": PHOTO_PIXELS}
    images = SmolVLMImageProcessorPil(size=edge, max_image_size=edge, do_image_splitting=False)
    tokens_per_photo = (PHOTO_PIXELS // PATCH // config.scale_factor) ** 2
    processor = photo_processor(SmolVLMProcessor)(
        images, tokenizer, None, image_seq_len=tokens_per_photo, chat_template=SMOL_TEMPLATE
    )
    processor.save_pretrained(folder)


FAMILIES: dict[str, Callable[[Path], None]] = {"qwen2_5_vl": _qwen2_5, "qwen3_vl": _qwen3, "smolvlm": _smol}


def _tokenizer(special: list[str], *, end: str) -> PreTrainedTokenizerFast:
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(TEXTS, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        pad_token=PAD,
        eos_token=end,
        additional_special_tokens=special,
        model_max_length=4096,
    )


def _text(tokenizer: PreTrainedTokenizerFast, **more: Any) -> dict[str, Any]:
    ids = {
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    return {**TEXT, "vocab_size": len(tokenizer), **ids, **more}


def _qwen_ids(tokenizer: PreTrainedTokenizerFast) -> dict[str, Any]:
    names = {"image": IMAGE, "video": VIDEO, "vision_start": VISION_START, "vision_end": VISION_END}
    return {f"{name}_token_id": tokenizer.get_vocab()[token] for name, token in names.items()}


def _qwen_processor(family: type, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    size = {"shortest_edge": PHOTO_PIXELS**2, "longest_edge": PHOTO_PIXELS**2}
    images = Qwen2VLImageProcessorPil(size=size, patch_size=PATCH, merge_size=2)
    photo_processor(family)(images, tokenizer, chat_template=CHAT_TEMPLATE).save_pretrained(folder)


def _save(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    # Adapters do not train the head: of this width, it needs large weights to be sure of any token.
    torch.nn.init.normal_(model.get_output_embeddings().weight, std=0.5)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)
