"""What a round will take is arithmetic that can be done by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from training.ml.estimate import Estimate, Measured, Sizes, estimate, optimiser_steps, speed_of, work
from training.ml.overrides import override
from training.ml.params import LoopParams, OptimParams, Strategy
from training.ml.presets import PRESETS, Speed, preset_params
from training.ml.strategies import follow

SIZES = Sizes(seed=40, gold=80, pool=96)
FAST = Speed(chains=100, sft_examples=10, dpo_pairs=4)
CHAINS = 80 * 9 * 4 + 96 * 8 * 3 + 40 * 8 * 2
"""Of SFT and two iterations of DPO."""


ANY_STEPS = [f"{stage}.optim.least_steps=0" for stage in ("sft", "dpo", "self_training")]


def params(strategy: Strategy = "sft_dpo", iterations: int = 2) -> LoopParams:
    """The preset, with few steps for few examples."""
    preset = preset_params("tiny", base="some/model", iterations=iterations, seed=0)
    return override(follow(preset, strategy), ANY_STEPS)


def figures(found: Estimate) -> tuple[int, int, int]:
    return found.chains, found.pairs, found.steps


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [
        # Gold: 8 chains and a greedy one, zero-shot, SFT and each iteration. SFT: 3 epochs of 3 steps of 16.
        # Pool: 8 chains in each iteration, and of the last model in the end. Seed set: 8 in each iteration
        # that pairs them. DPO: 136 pairs are 9 steps.
        ("sft", (80 * 9 * 2 + 96 * 8, 0, 9)),
        ("sft_dpo", (80 * 9 * 4 + 96 * 8 * 3 + 40 * 8 * 2, (96 + 40) * 2, 9 + 9 * 2)),
        ("champion_dpo", (80 * 9 * 4 + 96 * 8 * 3 + 40 * 8 * 2, (96 + 40) * 2, 9 * 2)),
        ("self_training", (80 * 9 * 4 + 96 * 8 * 3, 0, 9 + 6 * 2)),
    ],
)
def test_chains_pairs_and_steps_are_added_up(strategy: Strategy, wanted: tuple[int, int, int]) -> None:
    assert figures(estimate(params(strategy), SIZES)) == wanted


def test_a_seed_set_that_is_not_paired_is_not_sampled() -> None:
    alone = override(params(), ["pair.use_seed=false"])
    assert figures(estimate(alone, SIZES)) == (80 * 9 * 4 + 96 * 8 * 3, 96 * 2, 9 + 6 * 2)


def test_time_is_the_sum_of_sampling_and_trainings() -> None:
    found = estimate(params(), SIZES, measured=FAST, source="as measured in round 7")
    assert found.seconds == pytest.approx(CHAINS / 100 + 40 * 3 / 10 + (96 + 40) * 2 / 4)
    assert (found.speed_from, found.is_measured) == ("as measured in round 7", True)


def test_few_examples_take_as_long_as_their_least_steps() -> None:
    least = override(params(), ["sft.optim.least_steps=90", "dpo.optim.least_steps=30"])
    found = estimate(least, SIZES, measured=FAST, source="as measured in round 7")
    # 40 answers are 3 steps of 16, which take 30 epochs; 136 pairs are 9, which take 30 / 9.
    assert found.seconds == pytest.approx(CHAINS / 100 + 40 * 30 / 10 + 30 / 9 * 136 * 2 / 4)
    assert found.steps == 90 + 2 * 30


def test_without_a_measured_round_the_presets_figures_count_and_say_so() -> None:
    found = estimate(params("sft"), SIZES)
    speed = PRESETS["tiny"].speed
    assert found.seconds == pytest.approx((80 * 9 * 2 + 96 * 8) / speed.chains + 40 * 3 / speed.sft_examples)
    assert (found.speed_from, found.is_measured) == (PRESETS["tiny"].speed_from, False)


def test_disk_holds_every_adapter_a_checkpoint_and_the_chains() -> None:
    preset = PRESETS["tiny"]
    found = estimate(params(iterations=1), SIZES)
    assert found.disk_bytes == preset.adapter_bytes * 5 + preset.chain_bytes * (
        80 * 9 * 3 + 96 * 8 * 2 + 40 * 8
    )


@pytest.mark.parametrize(
    ("examples", "batch", "per_device", "epochs", "steps"),
    [(40, 16, 16, 3, 9), (40, 16, 4, 1, 3), (41, 16, 4, 1, 3), (0, 16, 4, 3, 0), (10, 16, 4, 1.5, 2)],
)
def test_steps_are_counted_as_the_trainer_does(
    examples: int, batch: int, per_device: int, epochs: float, steps: int
) -> None:
    assert optimiser_steps(examples, OptimParams(1e-3, epochs, batch, per_device)) == steps


def test_few_examples_take_as_many_steps_as_are_asked_for() -> None:
    optim = OptimParams(1e-3, 3, 16, 4, least_steps=90)
    assert optimiser_steps(160, optim) == 90
    assert optimiser_steps(161, optim) == 90
    assert optimiser_steps(1_600, optim) == 300


def test_several_gpus_share_a_step() -> None:
    assert optimiser_steps(40, OptimParams(1e-3, 1, 4, 4), devices=4) == 3


def test_speed_is_work_by_time_and_the_fallbacks_where_nothing_was_done() -> None:
    stages = [
        Measured("zero_shot", 300, 2),
        Measured("sample", 100, 2),
        Measured("sft", 60, 12),
        Measured("vote", 0, 99),
    ]
    assert speed_of(stages, fallback=FAST) == Speed(chains=100, sft_examples=5, dpo_pairs=4)


def test_work_is_counted_in_what_the_stage_does() -> None:
    tuned = replace(params(), dpo=replace(params().dpo, optim=OptimParams(1e-4, 2, 16, 16)))
    done = {
        stage: work(stage, tuned, SIZES, reported=50)
        for stage in ("sample", "sample_seed", "predict", "evaluate", "sft", "dpo", "retrain", "pairs")
    }
    assert done == {
        "sample": 768,
        "sample_seed": 320,
        "predict": 50,
        "evaluate": 720,
        "sft": 150,
        "dpo": 100,
        "retrain": 50,
        "pairs": 0,
    }


def test_what_reviews_settled_is_learned_by_sft_beside_the_seed() -> None:
    more = replace(SIZES, reviewed=24)
    chains, pairs, steps = figures(estimate(params("sft"), SIZES))
    assert figures(estimate(params("sft"), more)) == (chains, pairs, steps + 3)
    assert figures(estimate(params("champion_dpo"), more)) == figures(estimate(params("champion_dpo"), SIZES))
    spent = (
        estimate(params("sft"), more, measured=FAST).seconds
        - estimate(params("sft"), SIZES, measured=FAST).seconds
    )
    assert spent == pytest.approx(24 * 3 / 10)
