"""Results as text tables and as one JSON object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from training.ml.metrics import Accuracy, gold_accuracy
from training.ml.run import Stage

Columns = Mapping[str, Sequence[Accuracy]]
"""{column title: accuracies of the same questions, in the same order}"""

StageResults = Mapping[Stage, Mapping[str, Any]]


def accuracy_tables(columns: Columns) -> str:
    """A table per vertical and a table per attribute, in per cent, beside the majority-class share and n."""
    last = list(columns)[-1]
    low, high = columns[last][-1].interval
    return "\n\n".join(
        [
            _table("vertical", columns, per_attribute=False),
            _table("vertical / attribute", columns, per_attribute=True),
            f"95 % interval of {last!r} over all questions: {_percent(low)} to {_percent(high)}",
        ]
    )


def loop_columns(results: StageResults) -> Columns:
    """zero-shot, SFT or the champion, each iteration, and the majority vote of the last model."""
    evaluated = _evaluations(results)
    first = _first_model(results)
    by_title = {_title(stage, first): result["greedy"] for stage, result in evaluated.items()}
    by_title["majority vote"] = list(evaluated.values())[-1]["majority"]
    return {title: [Accuracy.from_json(row) for row in rows] for title, rows in by_title.items()}


def loop_summary(results: StageResults, *, pool: int) -> dict[str, Any]:
    """Gold accuracies over all verticals, sizes and seconds of a run.

    `sft` is the model before the first iteration, also where that is the champion.
    `iterations` has the greedy accuracy after each iteration. `majority` has that of the majority vote, first
    of the SFT model and then after each iteration: what it is above greedy is the next iteration's head-room.
    """
    evaluated = _evaluations(results)
    zero_shot, *trained = evaluated.values()
    whole = Accuracy.from_json(zero_shot["greedy"][-1])
    sft, *iterations = (gold_accuracy(result) for result in trained)
    return {
        "zero_shot": gold_accuracy(zero_shot),
        "sft": sft,
        "iterations": iterations,
        "majority": [gold_accuracy(result, "majority") for result in trained],
        "majority_class": whole.majority_class,
        "questions": whole.questions,
        "pool": pool,
        "loop_seconds": round(sum(result["seconds"] for result in results.values()), 1),
    }


def _evaluations(results: StageResults) -> StageResults:
    return {stage: result for stage, result in results.items() if "greedy" in result}


def _first_model(results: StageResults) -> str:
    return "champion" if Stage(0, "champion") in results else "SFT"


def _title(stage: Stage, first: str) -> str:
    if stage.iteration:
        return f"iteration {stage.iteration}"
    return {"zero_shot": "zero-shot", "evaluate": first}[stage.name]


def _table(title: str, columns: Columns, *, per_attribute: bool) -> str:
    header = [title, *columns, "majority class", "n"]
    lines = []
    for aligned in zip(*columns.values(), strict=True):
        first = aligned[0]
        if bool(first.attribute) == per_attribute:
            name = f"{first.vertical} / {first.attribute}" if per_attribute else first.vertical or "all"
            cells = [_percent(row.value) for row in aligned]
            lines.append([name, *cells, _percent(first.majority_class), str(first.questions)])
    widths = [max(map(len, column)) for column in zip(header, *lines, strict=True)]
    return "\n".join(_line(cells, widths) for cells in (header, *lines))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, *numbers = (
        cell.rjust(width) if place else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join((name, *numbers))


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
