"""A packed tree must teach what separate prompts would: siblings never see each other."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from training.ml.model import load_model, load_processor
from training.ml.packing import Branch, Packed, Said, Tree, pack_trees
from training.ml.params import ModelParams
from training.ml.tiny import build_tiny
from training.ml.tower import see_all_at_once

Tiny = tuple[Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor]
PREFIX = "<|im_start|>user\nPhoto 1: <|vision_start|><|image_pad|><|vision_end|>\nVertical: cap\n"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    folder = tmp_path_factory.mktemp("tiny")
    build_tiny(folder, texts=["Photo 1 shows red. Answer: red"], seed=1)
    params = ModelParams(base=str(folder), device="cpu", dtype="float32", threads=1)
    model, processor = load_model(params), load_processor(params)
    assert isinstance(model, Qwen2_5_VLForConditionalGeneration) and isinstance(
        processor, Qwen2_5_VLProcessor
    )
    return model, processor


def _tree(branches: list[Branch], photos: int = 1) -> Tree:
    generator = torch.Generator().manual_seed(photos)
    photo = "Photo: <|vision_start|><|image_pad|><|vision_end|>"
    return Tree(
        PREFIX + photo * (photos - 1), torch.randn(photos, 64, 384, generator=generator).half(), branches
    )


def _branch(attribute: str, question: str, chains: list[list[int]], shown: list[bool]) -> Branch:
    """A chain for each photo, in order."""
    said = zip(chains, shown, strict=True)
    return Branch(attribute, question, [Said(ids, photo, shows) for photo, (ids, shows) in enumerate(said)])


@torch.inference_mode()
def _losses(packed: Packed, model: Qwen2_5_VLForConditionalGeneration) -> torch.Tensor:
    inputs = packed.inputs | {"pixel_values": packed.inputs["pixel_values"].float()}
    hidden = model.model(**inputs).last_hidden_state[packed.rows, packed.predictors]
    return torch.nn.functional.cross_entropy(model.lm_head(hidden), packed.targets, reduction="none")


def test_a_chain_costs_the_same_alone_as_among_siblings_and_other_listings(
    tiny: Tiny,
) -> None:
    model, processor = tiny
    first, second = [65, 66, 67, 68], [90, 91, 92]
    alone = pack_trees(
        [_tree([_branch("brim", "Attribute: brim?", [second], [True])])], model, processor, guess_weight=1.0
    )
    crowd = [
        _tree(
            [
                _branch(
                    "closure",
                    "Attribute: a longer question about the closure",
                    [first, second],
                    [True, False],
                ),
                _branch("brim", "Attribute: brim?", [first, second], [False, True]),
            ]
        ),
        _tree([_branch("colour", "Attribute: colour", [first], [True])], photos=2),
    ]
    packed = pack_trees(crowd, model, processor, guess_weight=1.0)
    losses = _losses(packed, model)
    brim_second = slice(len(first) + len(second) + len(first), 2 * (len(first) + len(second)))
    assert packed.targets[brim_second].tolist() == second
    torch.testing.assert_close(losses[brim_second], _losses(alone, model), atol=1e-4, rtol=1e-4)


def test_a_packed_chain_costs_what_a_plain_sequence_does(
    tiny: Tiny,
) -> None:
    model, processor = tiny
    chain = [70, 71, 72]
    tree = _tree([_branch("brim", "Attribute: brim?", [chain], [True])])
    packed = pack_trees([tree], model, processor, guess_weight=1.0)
    text = PREFIX.replace("<|image_pad|>", "<|image_pad|>" * 16) + "Attribute: brim?"
    prompt = processor.tokenizer(text, add_special_tokens=False).input_ids
    ids = torch.tensor([prompt + chain])
    with torch.inference_mode():
        logits = model(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            mm_token_type_ids=(ids == processor.image_token_id).int(),
            pixel_values=tree.patches[0].float(),
            image_grid_thw=torch.tensor([[1, 8, 8]]),
        ).logits[0, len(prompt) - 1 : -1]
    plain = torch.nn.functional.cross_entropy(logits, torch.tensor(chain), reduction="none")
    torch.testing.assert_close(_losses(packed, model), plain, atol=1e-4, rtol=1e-4)


def test_guesses_weigh_less_and_are_not_counted_as_reads(
    tiny: Tiny,
) -> None:
    model, processor = tiny
    branch = _branch("brim", "Attribute: brim?", [[65, 66, 67], [70, 71, 72]], [False, True])
    packed = pack_trees([_tree([branch])], model, processor, guess_weight=0.25)
    assert packed.weights.tolist() == [1.0, 1.0, 0.25, 1.0, 1.0, 1.0]
    right = packed.targets.clone()
    assert packed.reads(right) == [("brim", True)]
    right[-1] += 1
    assert packed.reads(right) == [("brim", False)]


def test_what_is_pointed_at_and_how_often_a_photo_is_named_are_weights_of_numbers(tiny: Tiny) -> None:
    model, processor = tiny
    named = Branch(
        "brim", "Attribute: brim?", [Said([65, 66, 67], 0, False, 0.5), Said([65, 68, 67], 1, True, 1.5)]
    )
    pointed = Branch("brim", "Which photo?", [Said([65, 68, 70], 1, True)], points=True)
    tree = _tree([named, pointed], photos=2)
    packed = pack_trees([tree, tree], model, processor, guess_weight=0.25, point_weight=4.0)
    assert packed.weights.tolist() == 2 * [1.0, 0.5, 0.25, 1.0, 1.5, 1.0, 1.0, 4.0, 1.0]
    assert packed.looks.tolist() == [[2, 0], [5, 1], [11, 2], [14, 3]]
    assert packed.points.tolist() == [[7, 1], [16, 3]]
    assert packed.knows.tolist() == [[1, 1], [10, 3]], "once a question, a photo that shows the attribute"
    assert packed.pointed(packed.targets) == 1.0
    assert packed.reads(packed.targets) == [("brim", True)] * 2
    assert (
        pack_trees([_tree([named], photos=2)], model, processor, guess_weight=1.0).pointed(packed.targets)
        is None
    )


def test_photos_that_are_seen_at_once_are_seen_as_one_by_one(tiny: Tiny, tmp_path: Path) -> None:
    model, processor = tiny
    model.save_pretrained(tmp_path)
    other = load_model(ModelParams(base=str(tmp_path), device="cpu", dtype="float32", threads=1))
    assert isinstance(other, Qwen2_5_VLForConditionalGeneration)
    see_all_at_once(other)
    packed = pack_trees(
        [_tree([_branch("brim", "Attribute: brim?", [[65, 66, 67]] * 3, [True] * 3)], photos=3)],
        model,
        processor,
        guess_weight=1.0,
    )
    torch.testing.assert_close(_losses(packed, other), _losses(packed, model), atol=1e-5, rtol=1e-5)


def test_the_tiny_model_is_a_hub_folder_of_at_most_8_mb(tmp_path: Path) -> None:
    build_tiny(tmp_path, texts=["Photo 1 shows red."])
    assert (tmp_path / "model.safetensors").stat().st_size < 8_000_000
    names = {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "processor_config.json",
        "chat_template.jinja",
    }
    assert names <= {path.name for path in tmp_path.iterdir()}
    processor = load_processor(ModelParams(base=str(tmp_path)))
    text = "Größe 42 \N{MIDDLE DOT} ₹1,299 \N{SARI}\n"
    assert processor.tokenizer.decode(processor.tokenizer(text).input_ids) == text
