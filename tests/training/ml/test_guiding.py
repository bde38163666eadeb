"""The loss of where to look is the share of the model's own attention, and its gradient turns a head."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import Qwen2_5_VLForConditionalGeneration

from training.ml.guiding import attention_loss
from training.ml.model import load_model
from training.ml.params import ModelParams
from training.ml.tiny import build_tiny

ROWS, ASKERS, WANTED = torch.tensor([0, 1]), torch.tensor([4, 5]), torch.tensor([1, 3])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Qwen2_5_VLForConditionalGeneration:
    folder: Path = tmp_path_factory.mktemp("tiny")
    build_tiny(folder, texts=["Photo 1 shows red."], seed=2)
    loaded = load_model(ModelParams(base=str(folder), device="cpu", dtype="float32", threads=1))
    assert isinstance(loaded, Qwen2_5_VLForConditionalGeneration)
    loaded.set_attn_implementation("eager")
    return loaded


def looked(model: Qwen2_5_VLForConditionalGeneration, *, layer: int, head: int) -> tuple[torch.Tensor, Any]:
    """The loss in a layer, and what the model attends to there (rows, heads, length, length)."""
    ids = torch.tensor([[65, 66, 67, 68, 69, 70], [90, 91, 92, 93, 94, 95]])
    mask = torch.ones(2, 1, 6, 6, dtype=torch.bool).tril()
    losses: list[torch.Tensor] = []

    def ask(attention: Any, inputs: Any, given: Any) -> None:
        losses.append(
            attention_loss(
                attention,
                given["hidden_states"],
                given["position_embeddings"],
                mask,
                rows=ROWS,
                askers=ASKERS,
                wanted=WANTED,
                head=head,
            )
        )

    attention: Any = model.model.language_model.layers[layer].self_attn
    hook = attention.register_forward_pre_hook(ask, with_kwargs=True)
    output = model.model(input_ids=ids, output_attentions=True)
    hook.remove()
    return losses[0], output.attentions[layer]


@pytest.mark.parametrize(("layer", "head"), [(0, 0), (2, 1), (3, 3)])
def test_the_loss_is_the_share_of_the_models_own_attention(
    model: Qwen2_5_VLForConditionalGeneration, layer: int, head: int
) -> None:
    loss, attended = looked(model, layer=layer, head=head)
    shares = attended[ROWS, head, ASKERS, WANTED]
    torch.testing.assert_close(loss, -shares.log().mean())


def test_steps_against_the_loss_turn_the_head_to_the_wanted_places(
    model: Qwen2_5_VLForConditionalGeneration,
) -> None:
    optimizer = torch.optim.Adam(model.model.language_model.layers[1].self_attn.parameters(), lr=1e-2)
    for _ in range(60):
        loss, attended = looked(model, layer=1, head=0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert attended[ROWS, 0, ASKERS, WANTED].min() > 0.9
