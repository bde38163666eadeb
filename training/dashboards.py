"""Figures for people, read from stored Metric rows and nothing else."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.drilldown import Gold, listings_address
from training.ml.signed import signed_text
from training.models import ZERO_SHOT, Method, Metric, ModelVersion


@dataclass(frozen=True, slots=True)
class Figure:
    """A gold accuracy with its 95 % interval, as shares."""

    value: float
    low: float
    high: float
    questions: int
    is_best: bool = False
    """No model of the same row is better."""
    address: str = ""
    """Of the listings whose answers it counts."""

    @property
    def percent(self) -> str:
        return percent(self.value)

    @property
    def low_percent(self) -> str:
        return percent(self.low)

    @property
    def high_percent(self) -> str:
        return percent(self.high)

    @property
    def interval_text(self) -> str:
        return f"{100 * self.low:.0f}–{100 * self.high:.0f}"


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """One model on all gold questions."""

    iteration: int
    label: str
    greedy: Figure
    majority: Figure
    version_id: int | None
    """None of the base model, and of a round whose versions are gone."""

    @property
    def head_room(self) -> float:
        """What the majority of chains knows better than one greedy chain: share of questions."""
        return self.majority.value - self.greedy.value

    @property
    def head_room_text(self) -> str:
        return signed_text(100 * self.head_room)


@dataclass(frozen=True, slots=True)
class Row:
    """Greedy accuracy on one slice, one figure a model."""

    label: str
    questions: int
    majority_class: float
    figures: tuple[Figure | None, ...]
    majority: Figure | None
    """Of the newest model's chains."""

    @property
    def majority_class_percent(self) -> str:
        return percent(self.majority_class)


@dataclass(frozen=True, slots=True)
class VerticalRows:
    """A vertical and its attributes."""

    whole: Row
    attributes: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The accuracies of one round, models in the order in which they were made."""

    models: tuple[ModelFigures, ...]
    verticals: tuple[VerticalRows, ...]
    whole: Row | None
    """None as long as nothing was evaluated."""

    def summary(self) -> dict[str, Any]:
        """Gold accuracies over all verticals as plain data; `majority` begins with SFT's."""
        by_iteration = {model.iteration: model for model in self.models}
        trained = [model for model in self.models if model.iteration > ZERO_SHOT]
        return {
            "zero_shot": by_iteration[ZERO_SHOT].greedy.value,
            "sft": by_iteration[0].greedy.value,
            "iterations": [model.greedy.value for model in trained[1:]],
            "majority": [model.majority.value for model in trained],
            "questions": by_iteration[0].greedy.questions,
        }


def round_dashboard(*, round_id: int, first_label: str = "SFT") -> Dashboard:
    """The round's accuracies, in two queries; `first_label` is what its strategy calls its first model."""
    order = ("vertical__position", "vertical__code", "attribute__position", "attribute__code", "iteration")
    metrics = (
        Metric.objects.filter(round_id=round_id).select_related("vertical", "attribute").order_by(*order)
    )
    slices: defaultdict[int | None, dict[int | None, list[Metric]]] = defaultdict(dict)
    for metric in metrics:
        slices[metric.vertical_id].setdefault(metric.attribute_id, []).append(metric)
    if None not in slices:
        return Dashboard(models=(), verticals=(), whole=None)
    whole = slices.pop(None)[None]
    versions = dict(ModelVersion.objects.filter(round_id=round_id).values_list("iteration", "pk"))
    models = _models(whole, first_label, versions)
    iterations = [model.iteration for model in models]
    return Dashboard(
        models=models,
        verticals=tuple(_vertical_rows(by_attribute, iterations) for by_attribute in slices.values()),
        whole=_row("All verticals", whole, iterations),
    )


def best_figures(*, round_ids: Sequence[int]) -> dict[int, tuple[Figure | None, Figure]]:
    """{round: (SFT's greedy accuracy, the best model's)} of the rounds with figures, in one query."""
    metrics = Metric.objects.filter(round_id__in=round_ids, method=Method.GREEDY, vertical=None).order_by(
        "iteration"
    )
    by_round: defaultdict[int, list[Metric]] = defaultdict(list)
    for metric in metrics:
        by_round[metric.round_id].append(metric)
    return {
        round_id: (
            next((figure_of(metric) for metric in found if metric.iteration == 0), None),
            figure_of(max(found, key=lambda metric: metric.value)),
        )
        for round_id, found in by_round.items()
    }


def gold_percents(*, round_id: int) -> dict[int, str]:
    """{iteration, -1 for zero-shot: greedy accuracy on all gold questions in percent}, in one query."""
    metrics = Metric.objects.filter(round_id=round_id, method=Method.GREEDY, vertical=None)
    return {metric.iteration: percent(metric.value) for metric in metrics}


def figure_of(metric: Metric, best: float = math.inf) -> Figure:
    """The accuracy as pages show it; the metric's vertical and attribute are to be there already."""
    return Figure(
        metric.value,
        metric.low,
        metric.high,
        metric.questions,
        is_best=metric.value >= best,
        address=listings_address(
            Gold(metric.round_id, metric.iteration, method=Method(metric.method)),
            vertical=metric.vertical.code if metric.vertical else "",
            attribute=metric.attribute.code if metric.attribute else "",
        ),
    )


def percent(share: float) -> str:
    """A share in percent with one decimal: 0.7843 is "78.4"."""
    return f"{100 * share:.1f}"


def model_label(iteration: int, first_label: str = "SFT") -> str:
    """How a person calls the model that an iteration made."""
    return {ZERO_SHOT: "Zero-shot", 0: first_label}.get(iteration, f"Iteration {iteration}")


def _models(
    metrics: Sequence[Metric], first_label: str, versions: Mapping[int, int]
) -> tuple[ModelFigures, ...]:
    greedy, majority = _by_iteration(metrics, Method.GREEDY), _by_iteration(metrics, Method.MAJORITY)
    best = max(metric.value for metric in greedy.values())
    return tuple(
        ModelFigures(
            iteration,
            model_label(iteration, first_label),
            figure_of(greedy[iteration], best),
            figure_of(majority[iteration]),
            versions.get(iteration),
        )
        for iteration in greedy
    )


def _vertical_rows(
    by_attribute: Mapping[int | None, list[Metric]], iterations: Sequence[int]
) -> VerticalRows:
    rows = {key: _row(_label(metrics[0]), metrics, iterations) for key, metrics in by_attribute.items()}
    whole = rows.pop(None)
    return VerticalRows(whole, tuple(rows.values()))


def _row(label: str, metrics: Sequence[Metric], iterations: Sequence[int]) -> Row:
    greedy, majority = _by_iteration(metrics, Method.GREEDY), _by_iteration(metrics, Method.MAJORITY)
    best = max(metric.value for metric in greedy.values())
    return Row(
        label=label,
        questions=metrics[0].questions,
        majority_class=metrics[0].majority_class,
        figures=tuple(figure_of(greedy[one], best) if one in greedy else None for one in iterations),
        majority=figure_of(majority[iterations[-1]]) if iterations[-1] in majority else None,
    )


def _by_iteration(metrics: Iterable[Metric], method: Method) -> dict[int, Metric]:
    return {metric.iteration: metric for metric in metrics if metric.method == method}


def _label(metric: Metric) -> str:
    named = metric.attribute or metric.vertical
    return named.label if named else ""
