"""Each preset says why its numbers are what they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from training.ml.params import LoopParams
from training.ml.presets import PRESETS, Preset, preset_params
from training.ml.strategies import PLANS, follow

CHOSEN = {"model.base", "preset", "iterations", "seed"}
"""What a round says, not the hardware."""


def changed(params: Any, defaults: Any, name: str = "") -> Iterator[str]:
    """Dotted names of the values that are not the defaults."""
    if isinstance(params, dict):
        for key in params:
            yield from changed(params[key], defaults[key], f"{name}.{key}" if name else key)
    elif params != defaults:
        yield name


@pytest.mark.parametrize("name", PRESETS)
def test_every_number_that_a_preset_changes_has_its_reason(name: str) -> None:
    params = preset_params(name, base="some/model", iterations=2, seed=4)
    numbers = set(changed(params.to_json(), LoopParams().to_json())) - CHOSEN
    assert set(PRESETS[name].reasons) == numbers
    assert all(reason.endswith(".") for reason in PRESETS[name].reasons.values())


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_for_any_base_model(name: str) -> None:
    params = preset_params(name, base="some/model", iterations=2, seed=4)
    assert (params.model.base, params.preset, params.iterations, params.seed) == ("some/model", name, 2, 4)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=list(PRESETS))
def test_batches_are_made_of_whole_ones(preset: Preset) -> None:
    for optim in (preset.params.sft.optim, preset.params.dpo.optim, preset.params.self_training.optim):
        assert optim.batch_size % optim.per_device_batch_size == 0


def test_a_strategy_without_iterations_has_none() -> None:
    assert [follow(LoopParams(iterations=3), strategy).iterations for strategy in PLANS] == [3, 0, 3, 3]
