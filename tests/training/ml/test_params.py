"""Parameters survive JSON, and overrides change one of them by name and type."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from training.ml.errors import DataError
from training.ml.overrides import override
from training.ml.params import LoopParams, OptimParams, PairParams, tiny_params


@pytest.mark.parametrize("params", [LoopParams(), tiny_params(base="some/model", seed=3, iterations=1)])
def test_parameters_survive_json(params: LoopParams) -> None:
    assert LoopParams.from_json(json.loads(json.dumps(params.to_json()))) == params


def test_a_key_that_is_no_parameter_is_refused() -> None:
    row = LoopParams().to_json()
    row["sft"]["optim"]["momentum"] = 0.9
    with pytest.raises(TypeError, match="momentum"):
        LoopParams.from_json(row)


@pytest.mark.parametrize(("batch", "per_device", "steps"), [(16, 4, 4), (16, 16, 1), (2, 4, 1)])
def test_accumulation_makes_up_the_batch(batch: int, per_device: int, steps: int) -> None:
    assert OptimParams(1e-3, 1, batch, per_device).gradient_accumulation_steps == steps


@pytest.mark.parametrize(
    ("examples", "devices", "epochs"),
    [(480, 1, 3), (160, 1, 9), (161, 1, 90 / 11), (160, 2, 18), (1, 1, 90), (0, 1, 3), (10_000, 1, 3)],
)
def test_few_examples_are_seen_more_often(examples: int, devices: int, epochs: float) -> None:
    optim = OptimParams(1e-3, 3, 16, 16, least_steps=90)
    assert optim.epochs_of(examples, devices=devices) == pytest.approx(epochs)


@pytest.mark.parametrize(("examples", "epochs"), [(480, 3), (320, 4.5), (160, 5), (1, 5), (0, 3)])
def test_no_example_is_seen_more_often_than_at_most(examples: int, epochs: float) -> None:
    optim = OptimParams(1e-3, 3, 16, 16, least_steps=90, most_epochs=5)
    assert optim.epochs_of(examples) == pytest.approx(epochs)


def test_the_epochs_that_are_asked_for_are_not_bounded() -> None:
    assert OptimParams(1e-3, 8, 16, 16, least_steps=90, most_epochs=5).epochs_of(160) == 8


@pytest.mark.parametrize(
    ("assignment", "value"),
    [
        ("sft.optim.learning_rate=1e-3", 1e-3),
        ("sft.optim.epochs=2", 2.0),
        ("sample.chains=16", 16),
        ("sft.use_evidence=false", False),
        ("model.max_pixels=4096", 4096),
        ("model.max_pixels=null", None),
        ("dpo.optim.gradient_checkpointing=true", True),
        ("pair.weighting=margin", "margin"),
        ("model.device=cuda:1", "cuda:1"),
        ("model.base=7", "7"),
        ("model.base=a=b", "a=b"),
    ],
)
def test_an_override_is_read_by_the_type_of_its_field(assignment: str, value: object) -> None:
    changed: Any = override(LoopParams(), [assignment])
    for name in assignment.partition("=")[0].split("."):
        changed = getattr(changed, name)
    assert changed == value
    assert type(changed) is type(value)


def test_overrides_change_nothing_else_and_the_last_wins() -> None:
    changed = override(LoopParams(), ["pair.weighting=margin", "seed=1", "seed=2"])
    assert changed == replace(LoopParams(), pair=PairParams(weighting="margin"), seed=2)


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("sft.optim.learning_rate", "expected NAME=VALUE"),
        ("sft.optim.rate=1", "there is no parameter 'rate' here, but learning_rate, epochs"),
        ("sampling.chains=1", "there is no parameter 'sampling' here, but model, sft"),
        ("sft.optim=1", "'optim' holds learning_rate, .*: name a single value"),
        ("seed.x=1", "'seed' holds nothing: name a single value"),
        ("sample.chains=many", "'many' does not fit: expected int"),
        ("sample.chains=1.5", "'1.5' does not fit: expected int"),
        ("sample.chains=true", "'true' does not fit: expected int"),
        ("sft.optim.epochs=true", "'true' does not fit: expected float"),
        ("model.max_pixels=big", "'big' does not fit: expected int, NoneType"),
        ("pair.weighting=votes", "'votes' does not fit: expected none, margin"),
    ],
)
def test_an_override_that_does_not_fit_says_what_does(assignment: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        override(LoopParams(), [assignment])
