"""Losses that teach a small model, beside its own, to find the photo that a chain names.

Left to the loss of its words it reads all photos at once, also where they are of different products: a head
that looks for the same number elsewhere, and for what stands there, has nothing to begin with. So it is told,
in steps that each have a loss of their own:

1. the image tokens know what their photo shows (the loss of the warm-up);
2. so does, half-way through the layers, the photo's number behind them, and which attributes show at all;
3. the number in a chain looks there, a layer later, and then knows it as well;
4. in the last layer the word after it looks at that number;
5. where the next token is the number of a photo, another head looks at that of one which shows the attribute,
   whether the model is asked to point at it or may name any: it knows more than its chains say.

What of all this the question asks for, the model finds out by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from transformers import Qwen2_5_VLForConditionalGeneration
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import rotate_half

from training.ml.packing import LOOK, Packed
from training.ml.warmup import Facts, PhotoReader

Tell = Callable[[str, Tensor], object]
"""Told the name of a weight, `seeing` or `looking`, and a loss."""


POINTS = 2
"""The head that looks for a photo which shows the attribute; head 0 looks for the one that a chain names."""


class Teacher:
    """The losses of one step, which hooks compute while the model runs."""

    def __init__(
        self,
        model: Qwen2_5_VLForConditionalGeneration,
        reader: PhotoReader,
        packed: Packed,
        shown: Facts,
        named: Facts,
    ) -> None:
        """`shown` is about the photos of all trees in order, `named` about the one that each chain names."""
        self.inner = model.model
        self.reader = reader
        self.shown = shown
        self.named = named
        self.mask = packed.inputs["attention_mask"]
        ended = packed.inputs["input_ids"] == model.config.vision_end_token_id
        self.photo_rows, ends = ended.nonzero(as_tuple=True)
        self.numbers = ends + LOOK
        """(photos,) the place of the number behind each photo."""
        places, photos = packed.looks.T
        self.rows = packed.rows[places]
        self.naming = packed.predictors[places]
        """(chains,) the place of the number in each chain."""
        self.named_numbers = self.numbers[photos]
        self.saying = packed.predictors[places + 1]
        """(chains,) the place that says what the photo shows."""
        points, pointed = torch.cat([packed.points, packed.knows]).T
        self.point_rows = packed.rows[points]
        self.pointing = packed.predictors[points]
        """(pointed,) the place whose next token is a number, where some photos show the attribute."""
        self.pointed = self.numbers[pointed]

    def hooks(self, tell: Tell) -> list[RemovableHandle]:
        """Set the hooks; each `tell`s its loss when its layer has run."""
        layers: Any = self.inner.language_model.layers
        half = len(layers) // 2

        def image(module: Any, inputs: Any, output: Any) -> None:
            tokens = output.pooler_output
            self._see(tell, tokens.view(len(self.numbers), -1, tokens.shape[-1]).mean(1), self.shown)

        def number(module: Any, inputs: Any, output: Any) -> None:
            states = output[self.photo_rows, self.numbers]
            self._see(tell, states, self.shown)
            tell("seeing", self.reader.kinds_loss(states, self.shown))

        def chain(module: Any, inputs: Any, output: Any) -> None:
            self._see(tell, output[self.rows, self.naming], self.named)

        def find(module: Any, inputs: Any, given: Any) -> None:
            self._look(tell, module, given, self.rows, self.naming, self.named_numbers)
            if len(self.pointing):
                self._look(tell, module, given, self.point_rows, self.pointing, self.pointed, head=POINTS)

        def say(module: Any, inputs: Any, given: Any) -> None:
            self._look(tell, module, given, self.rows, self.saying, self.naming)

        visual: Any = self.inner.visual
        return [
            visual.register_forward_hook(image),
            layers[half - 1].register_forward_hook(number),
            layers[half].register_forward_hook(chain),
            layers[half].self_attn.register_forward_pre_hook(find, with_kwargs=True),
            layers[-1].self_attn.register_forward_pre_hook(say, with_kwargs=True),
        ]

    def _see(self, tell: Tell, states: Tensor, facts: Facts) -> None:
        tell("seeing", self.reader.loss(states, facts))

    def _look(
        self,
        tell: Tell,
        attention: Any,
        given: Any,
        rows: Tensor,
        askers: Tensor,
        wanted: Tensor,
        *,
        head: int = 0,
    ) -> None:
        loss = attention_loss(
            attention,
            given["hidden_states"],
            given["position_embeddings"],
            self.mask,
            rows=rows,
            askers=askers,
            wanted=wanted,
            head=head,
        )
        tell("looking", loss)


def attention_loss(
    attention: Any,
    states: Tensor,
    rotary: tuple[Tensor, Tensor],
    mask: Tensor,
    *,
    rows: Tensor,
    askers: Tensor,
    wanted: Tensor,
    head: int = 0,
) -> Tensor:
    """Mean negative log share (nats) that a head of `attention` gives to the wanted places.

    Args:
        attention: the module of one layer.
        states: (rows, length, hidden) what it is given.
        rotary: cosines and sines, each (rows, length, head size).
        mask: (rows, 1, length, length) true where a token may look.
        rows: (n,) the row of each token that looks.
        askers: (n,) its place.
        wanted: (n,) the place that it should look at.
    """
    size = attention.head_dim
    own = slice(head * size, (head + 1) * size)
    group = head // attention.num_key_value_groups
    shared = slice(group * size, (group + 1) * size)
    query = nn.functional.linear(
        states[rows, askers], attention.q_proj.weight[own], attention.q_proj.bias[own]
    )
    keys = nn.functional.linear(states, attention.k_proj.weight[shared], attention.k_proj.bias[shared])
    cosines, sines = rotary
    query = query * cosines[rows, askers] + rotate_half(query) * sines[rows, askers]
    keys = keys * cosines + rotate_half(keys) * sines
    scores = torch.einsum("nd,nld->nl", query, keys[rows]) * attention.scaling
    scores = scores.masked_fill(~mask[rows, 0, askers], float("-inf"))
    return nn.functional.cross_entropy(scores, wanted)
