"""A random-weight model that is measured in a blink."""

from __future__ import annotations

from training.ml.bench.models import SMALL, Size

MINI = Size(
    "mini",
    text=SMALL.text
    | {
        "hidden_size": 48,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "rope_parameters": {"rope_type": "default", "mrope_section": [4, 4, 4], "rope_theta": 10_000.0},
    },
    vision=SMALL.vision
    | {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_heads": 2,
        "window_size": 32,
        "fullatt_block_indexes": [1],
    },
    pixels=32,
)
