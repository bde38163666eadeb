"""Targets are met, missed or not measured, by what a study's last line says."""

from __future__ import annotations

from typing import Any

import pytest

from training.ml.study.targets import Outcome, targets

MET, MISSED, OPEN = Outcome.MET, Outcome.MISSED, Outcome.OPEN
LINE: dict[str, Any] = {
    "seeds": [11, 12, 13, 14, 15],
    "sft": 0.7,
    "gain_points": 10.6,
    "gain_points_interval": [8.04, 13.2],
    "vs_self_training": 5.0,
    "vs_self_training_interval": [None, None],
    "verticals": {"lamp": 12.0, "kurta": 9.0},
    "verticals_worse": [],
    "pool": {"0": 0.0, "10": 1.0, "20": 3.0, "40": 6.0, "80": 10.6, "160": 9.0},
    "below_ceiling": 8.0,
    "gap_closed": 0.5,
}
NAMES = [
    *("Seeds", "SFT", "Gain over SFT", "Lead over self-training", "Every vertical", "The pool"),
    "The ceiling",
]


def outcomes(**changes: Any) -> dict[str, Outcome]:
    return {one.name: one.outcome for one in targets({**LINE, **changes})}


def test_a_study_that_just_reaches_everything_meets_every_target() -> None:
    found = targets(LINE)
    assert [one.name for one in found] == NAMES
    assert {one.outcome for one in found} == {MET}
    told = {one.name: one.found for one in found}
    assert told["Gain over SFT"] == "+10.6 points [+8.0, +13.2]"
    assert told["Lead over self-training"] == "+5.0 points"
    assert told["The pool"] == "10: +1.0, 20: +3.0, 40: +6.0, 80: +10.6"
    assert told["The ceiling"] == "50 %"
    assert told["Every vertical"] == "none of 2 is below"


@pytest.mark.parametrize(
    ("name", "changes", "outcome"),
    [
        ("Seeds", {"seeds": [11, 12, 13, 14]}, MISSED),
        ("SFT", {"sft": 0.649}, MISSED),
        ("SFT", {"sft": 0.801}, MISSED),
        ("Gain over SFT", {"gain_points": 10.5}, MISSED),
        ("Lead over self-training", {"vs_self_training": -0.2}, MISSED),
        ("Lead over self-training", {"vs_self_training": None}, OPEN),
        ("Every vertical", {"verticals_worse": ["lamp"]}, MISSED),
        ("Every vertical", {"verticals": {}}, OPEN),
        ("The pool", {"pool": {}}, OPEN),
        ("The pool", {"pool": {"0": 0, "10": 1.0, "20": 3.0}}, OPEN),
        ("The pool", {"pool": {"0": 0, "10": 3.0, "20": 3.0}}, MISSED),
        ("The pool", {"pool": LINE["pool"] | {"80": 5.9}}, MISSED),
        ("The ceiling", {"gap_closed": 0.49}, MISSED),
        ("The ceiling", {"gap_closed": None}, OPEN),
        ("The ceiling", {"gap_closed": None, "below_ceiling": None}, OPEN),
    ],
)
def test_each_target_follows_its_figure_alone(name: str, changes: dict[str, Any], outcome: Outcome) -> None:
    assert outcomes(**changes) == {**dict.fromkeys(NAMES, MET), name: outcome}


def test_a_ceiling_that_is_no_ceiling_is_told() -> None:
    [ceiling] = [one for one in targets({**LINE, "gap_closed": None}) if one.name == "The ceiling"]
    assert ceiling.found == "it is no higher than SFT"


def test_one_seed_has_no_interval_that_a_vertical_could_be_below() -> None:
    assert outcomes(seeds=[11])["Every vertical"] is OPEN


def test_of_a_line_that_says_nothing_nothing_was_measured() -> None:
    assert {one.outcome for one in targets({})} == {OPEN}
    assert all(one.wanted and not one.found for one in targets({}))
