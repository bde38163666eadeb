"""What a million listings cost, reckoned from sizes: python -m training.ml.bench.sizing [PRICE OF A GPU HOUR]

docs/sizing.md explains the formula and holds the tables that this prints.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from training.ml.markdown import table

MILLION = 1_000_000
PRODUCTS_SHARE = 0.4
"""Of a GPU's published matrix products a second, while prompts are read."""
BANDWIDTH_SHARE = 0.6
"""Of its published memory bandwidth, while chains are said."""


@dataclass(frozen=True, slots=True)
class Model:
    """Sizes of a model from its published configuration."""

    name: str
    text: float
    """Weights of the language model's layers."""
    head: float
    """Weights of its head."""
    vision: float
    """Weights of the vision tower's layers, which every patch passes; four patches are a token."""
    merger: float
    """Weights of the layers that make tokens of patches."""
    layers: int
    width: int
    cache: int
    """Bytes of keys and values of a token in bfloat16."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """Published figures of a GPU."""

    name: str
    products: float
    """Dense bfloat16 operations a second."""
    bandwidth: float
    """Bytes a second."""
    rows: int
    """Chains that are said together."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a listing asks for."""

    photos: int = 3
    photo_tokens: int = 256
    text_tokens: int = 60
    attributes: int = 5
    question_tokens: int = 120
    chains: int = 8
    chain_tokens: int = 24

    @property
    def prefix(self) -> int:
        return self.photos * self.photo_tokens + self.text_tokens


MODELS = (
    Model("Qwen2.5-VL-3B", 2.775e9, 0.311e9, 0.630e9, 0.037e9, 36, 2048, 36_864),
    Model("Qwen2.5-VL-7B", 6.525e9, 0.545e9, 0.630e9, 0.045e9, 28, 3584, 57_344),
)
GPUS = (
    Gpu("L4, 24 GB", 121e12, 300e9, 48),
    Gpu("A100 SXM, 80 GB", 312e12, 2039e9, 192),
    Gpu("H100 SXM, 80 GB", 989e12, 3350e9, 192),
)


def seeing(model: Model, work: Work) -> float:
    """Operations of the vision tower for one listing."""
    tokens = work.photos * work.photo_tokens
    return 2 * tokens * (4 * model.vision + model.merger)


def reading(model: Model, work: Work) -> float:
    """Operations of the language model before chains begin: the prefix once, each question once."""
    asked = work.attributes * work.question_tokens
    seen = work.prefix**2 / 2 + asked * (work.prefix + work.question_tokens / 2)
    return 2 * (work.prefix + asked) * model.text + 4 * model.layers * model.width * seen


def saying(model: Model, gpu: Gpu, work: Work) -> float:
    """Seconds in which a listing's chains are said, by memory or by products, whichever takes longer.

    Each step reads the weights once for all rows, and each row's keys and values.
    """
    tokens = work.attributes * work.chains * work.chain_tokens
    context = work.prefix + work.question_tokens + work.chain_tokens / 2
    weights = model.text + model.head
    moved = 2 * weights / gpu.rows + model.cache * context
    products = 2 * weights + 4 * model.layers * model.width * context
    by_memory = moved / (BANDWIDTH_SHARE * gpu.bandwidth)
    return tokens * max(by_memory, products / (PRODUCTS_SHARE * gpu.products))


def hours(model: Model, gpu: Gpu, work: Work, *, kept: bool = False) -> float:
    """GPU hours of a million listings; `kept`: photos were seen before."""
    operations = reading(model, work) + (0 if kept else seeing(model, work))
    seconds = operations / (PRODUCTS_SHARE * gpu.products) + saying(model, gpu, work)
    return seconds * MILLION / 3600


def sizing_table(price: float | None = None, work: Work | None = None) -> Iterator[str]:
    """Lines of a Markdown table, with costs where the price of a GPU hour is given."""
    asked = work or Work()
    head = ("model", "GPU", "hours", "hours, photos seen before", "chains a second")
    rows = [_cells(model, gpu, asked, price) for model in MODELS for gpu in GPUS]
    return table(head if price is None else (*head, "cost"), rows, left=(0, 1))


def _cells(model: Model, gpu: Gpu, asked: Work, price: float | None) -> tuple[str, ...]:
    whole, kept = hours(model, gpu, asked), hours(model, gpu, asked, kept=True)
    rate = asked.attributes * asked.chains * MILLION / whole / 3600
    cost = () if price is None else (f"{whole * price:,.0f}",)
    return (model.name, gpu.name, f"{whole:,.0f}", f"{kept:,.0f}", f"{rate:,.0f}", *cost)


if __name__ == "__main__":
    print("\n".join(sizing_table(float(sys.argv[1]) if len(sys.argv) > 1 else None)))
