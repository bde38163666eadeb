"""Remembered photos give the batches that photos processed anew give."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from training.ml import photos
from training.ml.encoding import open_photos, split_prompt
from training.ml.errors import DataError
from training.ml.model import load_processor
from training.ml.params import ModelParams
from training.ml.photos import PhotoMemory
from training.ml.records import Question


@pytest.fixture
def asked(questions: list[Question], tmp_path: Path) -> list[Question]:
    """Questions about listings with photos of different sizes and numbers."""
    for name, size in (("a", (40, 40)), ("b", (64, 32)), ("c", (33, 50))):
        Image.effect_noise(size, 60).convert("RGB").save(tmp_path / f"{name}.png")
    both = (tmp_path / "a.png", tmp_path / "b.png")
    listings = [
        replace(questions[0].listing, images=images) for images in (both, (tmp_path / "c.png",), both)
    ]
    return [replace(question, listing=listing) for question, listing in zip(questions, listings, strict=True)]


def test_a_batch_is_the_one_that_the_plain_processor_makes(model: ModelParams, asked: list[Question]) -> None:
    plain, remembering = load_processor(model), load_processor(model)
    memory = PhotoMemory(remembering)
    texts = ["".join((parts.prefix, parts.suffix)) for parts in (split_prompt(plain, one) for one in asked)]
    options = {"padding": True, "padding_side": "left", "return_tensors": "pt"}
    expected = plain(images=[open_photos(one.listing) for one in asked], text=texts, **options)
    for _ in range(2):
        batch = remembering(images=[memory.open(one.listing) for one in asked], text=texts, **options)
        assert batch.keys() == expected.keys()
        assert all(torch.equal(batch[name], expected[name]) for name in expected)


def test_a_photo_is_opened_once(qwen: ModelParams, asked: list[Question]) -> None:
    memory = PhotoMemory(load_processor(qwen))
    first = memory.open(asked[0].listing)
    for path in asked[0].listing.images:
        path.unlink()
    again = memory.open(asked[2].listing)
    assert all(one is other for one, other in zip(first, again, strict=True))


def test_photos_beyond_the_memory_are_processed_each_time(
    qwen: ModelParams, asked: list[Question], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "MEMORY_BYTES", 1)
    processor = load_processor(qwen)
    plain = processor.image_processor
    memory = PhotoMemory(processor)
    images = [memory.open(one.listing) for one in asked[:2]]
    assert memory.open(asked[0].listing)[0] is images[0][0]
    assert memory.open(asked[1].listing)[0] is not images[1][0]
    assert torch.equal(
        memory(images, return_tensors="pt")["pixel_values"],
        plain(images, return_tensors="pt")["pixel_values"],
    )


def test_a_photo_that_is_gone_is_named(qwen: ModelParams, asked: list[Question]) -> None:
    asked[1].listing.images[0].unlink()
    with pytest.raises(DataError, match="c.png"):
        PhotoMemory(load_processor(qwen)).open(asked[1].listing)
