"""Two runs side by side: whether their accuracies are the same to the last question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.ml.metrics import Accuracy

METHODS = ("greedy", "majority")

Evaluations = Mapping[str, Mapping[str, Any]]
"""{stage key: the stage's result}, of zero_shot and evaluate."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One slice of one evaluation that is not the same."""

    stage: str
    method: str
    expected: Accuracy | None
    """None: the first run did not measure it."""
    found: Accuracy | None
    """None: the second run did not measure it."""

    def __str__(self) -> str:
        slice_ = self.expected or self.found
        assert slice_ is not None
        name = " / ".join(part for part in (slice_.vertical, slice_.attribute) if part) or "all"
        return f"{self.stage}, {self.method}, {name}: {_said(self.expected)}, now {_said(self.found)}"


def differences(expected: Evaluations, found: Evaluations) -> list[Difference]:
    """Every slice in which two runs differ, in order; evaluations that only one of them has differ wholly."""
    return [
        Difference(stage, method, before, now)
        for stage in dict.fromkeys([*expected, *found])
        for method in METHODS
        for before, now in _aligned(_rows(expected, stage, method), _rows(found, stage, method))
        if before != now
    ]


def evaluations(results: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What a run measured, without what else its stages reported."""
    return {
        key: {method: result[method] for method in METHODS}
        for key, result in results.items()
        if all(method in result for method in METHODS)
    }


def _rows(results: Evaluations, stage: str, method: str) -> Sequence[Accuracy]:
    return [Accuracy.from_json(row) for row in results.get(stage, {}).get(method, ())]


def _aligned(
    expected: Sequence[Accuracy], found: Sequence[Accuracy]
) -> Iterator[tuple[Accuracy | None, Accuracy | None]]:
    before, now = ({(row.vertical, row.attribute): row for row in rows} for rows in (expected, found))
    for key in dict.fromkeys([*before, *now]):
        yield before.get(key), now.get(key)


def _said(accuracy: Accuracy | None) -> str:
    if accuracy is None:
        return "not measured"
    unread = f", {accuracy.unparseable} without an answer" if accuracy.unparseable else ""
    return f"{accuracy.correct} of {accuracy.questions} right{unread}"
