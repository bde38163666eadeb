"""The loop stops for one of four reasons, and says which with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from training.ml.params import CollapseParams, LoopParams
from training.ml.stopping import Judged, stop_reason


def models(
    gold: Sequence[float], agreement: Sequence[float | None] = (), parseable: Sequence[float] = ()
) -> list[Judged]:
    """A model for each gold accuracy; agreement stays at one half and all answers can be read unless told."""
    return [
        Judged(
            gold=one,
            parseable=parseable[number] if parseable else 1.0,
            agreement=agreement[number] if agreement else 0.5,
            learned_from=10 if number else None,
        )
        for number, one in enumerate(gold)
    ]


def reason(judged: Sequence[Judged], **params: Any) -> str:
    return stop_reason(judged, LoopParams(**{"iterations": 9, "patience": 9, **params}))


@pytest.mark.parametrize(
    ("gold", "patience", "said"),
    [
        ([0.5], 1, ""),
        ([0.5, 0.6], 1, ""),
        ([0.5, 0.5], 1, "gold accuracy has not improved for 1 iteration"),
        ([0.5, 0.4], 2, ""),
        ([0.5, 0.4, 0.5], 2, "gold accuracy has not improved for 2 iterations"),
        ([0.5, 0.4, 0.6], 2, ""),
    ],
)
def test_patience_is_counted_from_the_best_model(gold: list[float], patience: int, said: str) -> None:
    assert reason(models(gold), patience=patience) == said


@pytest.mark.parametrize(
    ("gold", "agreement", "window", "collapsed"),
    [
        ([0.5, 0.5], [0.6, 0.65], 1, True),
        ([0.5, 0.5], [0.6, 0.649], 1, False),
        ([0.5, 0.4], [0.6, 0.7], 1, True),
        ([0.5, 0.51], [0.6, 0.9], 1, False),
        ([0.5, 0.4], [0.6, 0.7], 2, False),
        ([0.5, 0.6, 0.5], [0.6, 0.62, 0.66], 2, True),
        ([0.5, 0.4, 0.51], [0.6, 0.7, 0.8], 2, False),
        ([0.4, 0.5, 0.5], [0.6, 0.7, 0.8], 1, True),
    ],
)
def test_surer_and_no_better_is_a_collapse(
    gold: list[float], agreement: list[float], window: int, collapsed: bool
) -> None:
    said = reason(models(gold, agreement), collapse=CollapseParams(window=window))
    assert said.startswith("collapse: ") == collapsed
    assert bool(said) == collapsed


def test_a_collapse_is_named_with_its_numbers_before_impatience() -> None:
    said = reason(models([0.558, 0.551], [0.612, 0.68]), patience=1, collapse=CollapseParams(window=1))
    assert said == (
        "collapse: within 1 iteration mean agreement on gold rose from 61.2 % to 68.0 % "
        "while gold accuracy did not rise (55.8 % to 55.1 %)"
    )


def test_without_noted_agreement_nothing_counts_as_collapse() -> None:
    assert reason(models([0.5, 0.5], [None, 0.9])) == ""


@pytest.mark.parametrize(
    ("parseable", "said"),
    [
        ([0.9, 0.95, 0.76], ""),
        (
            [0.9, 0.95, 0.7],
            "collapse: the share of gold chains that end in an allowed answer fell from 95.0 % to 70.0 %",
        ),
        ([0.0, 0.0, 0.0], ""),
    ],
)
def test_answers_that_can_no_longer_be_read_are_a_collapse(parseable: list[float], said: str) -> None:
    assert reason(models([0.5, 0.6, 0.7], parseable=parseable)) == said


@pytest.mark.parametrize(
    ("strategy", "said"),
    [
        ("sft_dpo", "no pairs are left: every question is unanimous or below the vote threshold"),
        ("champion_dpo", "no pairs are left: every question is unanimous or below the vote threshold"),
        ("self_training", "no confident answers are left: no question has an agreement of 0.85"),
    ],
)
def test_nothing_to_learn_from_is_named_even_after_the_last_iteration(strategy: str, said: str) -> None:
    first, last = models([0.5, 0.6])
    nothing = Judged(last.gold, last.parseable, last.agreement, learned_from=0)
    assert reason([first, nothing], strategy=strategy, iterations=1) == said


def test_the_last_iteration_needs_no_other_reason() -> None:
    judged = models([0.5, 0.4], [0.5, 0.9], [1.0, 0.1])
    assert reason(judged, patience=1, iterations=1) == ""
    assert reason(judged, patience=1, iterations=2) != ""


def test_a_run_without_iterations_ends_without_a_reason() -> None:
    assert reason(models([0.5]), strategy="sft", iterations=0, patience=1) == ""
