"""Two runs are the same when every slice has the same answers right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from training.ml.comparison import differences, evaluations
from training.ml.metrics import Accuracy

SHAPE = Accuracy("lamp", "shape", 20, 12, 1, 0.5)
WHOLE = Accuracy("", "", 40, 30, 2, 0.5)


def result(*greedy: Accuracy) -> dict[str, Any]:
    rows = [row.to_json() for row in greedy]
    return {"greedy": rows, "majority": [WHOLE.to_json()]}


def test_equal_runs_do_not_differ() -> None:
    run = {"0-evaluate": result(SHAPE, WHOLE)}
    assert differences(run, {"0-evaluate": result(SHAPE, WHOLE)}) == []


def test_a_slice_that_differs_is_named_with_both_counts() -> None:
    found = {"0-evaluate": result(replace(SHAPE, correct=11, unparseable=0), WHOLE)}
    assert [str(one) for one in differences({"0-evaluate": result(SHAPE, WHOLE)}, found)] == [
        "0-evaluate, greedy, lamp / shape: 12 of 20 right, 1 without an answer, now 11 of 20 right"
    ]


def test_an_evaluation_that_is_missing_differs() -> None:
    expected = {"0-evaluate": result(WHOLE), "1-evaluate": result(WHOLE)}
    assert [str(one) for one in differences(expected, {"0-evaluate": result(WHOLE)})] == [
        f"1-evaluate, {method}, all: 30 of 40 right, 2 without an answer, now not measured"
        for method in ("greedy", "majority")
    ]


def test_only_what_was_measured_is_compared() -> None:
    results = {"0-sft": {"steps": 4}, "0-evaluate": result(WHOLE) | {"seconds": 3.5}}
    assert evaluations(results) == {"0-evaluate": result(WHOLE)}
