"""What a prediction is compared with: one `generate` call with N sequences for each question, one by one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import torch

from training.ml.encoding import open_photos
from training.ml.model import load_model, load_processor
from training.ml.params import ModelParams, SampleParams
from training.ml.prompts import prompt_messages
from training.ml.records import Attribute, Listing, Question
from training.predict_benchmark.clients import Product


def peer_rate(
    params: ModelParams,
    adapter: Path,
    sample: SampleParams,
    asked: Sequence[tuple[Product, str, Sequence[Attribute]]],
    *,
    seconds: float,
) -> float:
    """Requests a second that `generate` answers, each a listing with all its attributes.

    Args:
        asked: (photos, vertical as the model knows it, attributes) of what is asked about, in turn.
    """
    model: Any = load_model(params, adapter)
    processor = load_processor(params)
    _answer(model, processor, sample, *asked[0])  # The first is slower than all others.
    done, began = 0, time.monotonic()
    while time.monotonic() - began < seconds:
        _answer(model, processor, sample, *asked[done % len(asked)])
        done += 1
    return done / (time.monotonic() - began)


@torch.inference_mode()
def _answer(
    model: Any,
    processor: Any,
    sample: SampleParams,
    product: Product,
    vertical: str,
    attributes: Sequence[Attribute],
) -> None:
    listing = Listing("peer", vertical, product.photos, title=uuid4().hex[:8])
    for attribute in attributes:
        messages = prompt_messages(Question(listing, attribute))
        text = processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        photos = open_photos(listing)
        inputs = processor(images=[photos], text=[text], add_special_tokens=False, return_tensors="pt")
        model.generate(
            **inputs.to(model.device),
            do_sample=True,
            temperature=sample.temperature,
            top_k=0,
            num_return_sequences=sample.chains,
            max_new_tokens=sample.max_new_tokens,
        )
