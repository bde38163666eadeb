"""Tables and the summary say what the stages reported."""

from __future__ import annotations

import re
from typing import Any

from training.ml.metrics import Accuracy
from training.ml.report import accuracy_tables, loop_columns, loop_summary
from training.ml.run import Stage


def rows(correct: int) -> list[dict[str, Any]]:
    return [
        Accuracy("bag", "colour", 8, correct, 0, 0.5).to_json(),
        Accuracy("bag", "", 8, correct, 0, 0.5).to_json(),
        Accuracy("", "", 8, correct, 0, 0.5).to_json(),
    ]


RESULTS: dict[Stage, dict[str, Any]] = {
    Stage(0, "zero_shot"): {"greedy": rows(1), "majority": rows(2), "seconds": 1.0},
    Stage(0, "sft"): {"steps": 4, "seconds": 2.5},
    Stage(0, "evaluate"): {"greedy": rows(4), "majority": rows(5), "seconds": 1.0},
    Stage(1, "sample"): {"chains": 80, "seconds": 1.0},
    Stage(1, "evaluate"): {"greedy": rows(6), "majority": rows(7), "seconds": 1.0},
}


def test_the_summary_has_every_accuracy_in_order_and_the_time_of_all_stages() -> None:
    assert loop_summary(RESULTS, pool=30) == {
        "zero_shot": 1 / 8,
        "sft": 4 / 8,
        "iterations": [6 / 8],
        "majority": [5 / 8, 7 / 8],
        "majority_class": 0.5,
        "questions": 8,
        "pool": 30,
        "loop_seconds": 6.5,
    }


def test_the_tables_have_a_column_for_each_model_and_a_row_for_each_slice() -> None:
    per_vertical, per_attribute, interval = accuracy_tables(loop_columns(RESULTS)).split("\n\n")
    titles = re.split("  +", per_vertical.splitlines()[0])
    assert titles == ["vertical", "zero-shot", "SFT", "iteration 1", "majority vote", "majority class", "n"]
    assert [line.split() for line in per_vertical.splitlines()[1:]] == [
        [name, "12.5", "50.0", "75.0", "87.5", "50.0", "8"] for name in ("bag", "all")
    ]
    assert per_attribute.splitlines()[1].split() == [
        "bag",
        "/",
        "colour",
        "12.5",
        "50.0",
        "75.0",
        "87.5",
        "50.0",
        "8",
    ]
    assert len(per_attribute.splitlines()) == 2
    assert interval == "95 % interval of 'majority vote' over all questions: 52.9 to 97.8"


def test_the_cells_of_a_column_are_aligned() -> None:
    per_vertical = accuracy_tables(loop_columns(RESULTS)).split("\n\n")[0]
    assert len({len(line) for line in per_vertical.splitlines()}) == 1
