"""The pages of accuracy: everything, a vertical, an attribute; one round, and the rounds before."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from training.dashboards import model_label
from training.drilldown import Gold, Model
from training.ml.figures import MACRO, MACRO_F1, MACRO_MAJORITY, WEIGHTED, WEIGHTED_MAJORITY
from training.ml.strategies import plan_of
from training.models import ZERO_SHOT, Method, Metric, Round, RoundFigure
from training.pages.accuracycells import Cell, Codes, accuracy_cell, address, figure_cell, unparseable_cell
from training.pages.accuracytests import Tested, tested
from training.pages.accuracytrend import TrendRow, trend
from training.selectors import accuracy as selectors
from training.selectors.accuracy import Slice

SELF_TRAINING = "self_training"
MEANS = (MACRO, WEIGHTED, MACRO_MAJORITY, WEIGHTED_MAJORITY)


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model of the round on the page's slice."""

    iteration: int
    label: str
    greedy: Cell
    majority: Cell | None
    champion: Cell | None
    """Today's, the same in every row."""
    rival: Cell | None
    """The same iteration of the self-training round, or of the round that self-training is held against."""
    macro: Cell | None
    weighted: Cell | None
    unparseable: Cell
    is_best: bool

    @property
    def key(self) -> str:
        return f"model-{self.iteration}"


@dataclass(frozen=True, slots=True)
class PartRow:
    """A vertical, or an attribute of the page's one: a cell for each model of the round."""

    label: str
    address: str
    cells: tuple[Cell | None, ...]
    best: Cell
    """Of the model that is best on the page's slice."""
    first: Cell | None
    """Of the round's first trained model, which the plot shows beside it."""
    macro: Cell | None
    unparseable: Cell


@dataclass(frozen=True, slots=True)
class AccuracyPage:
    """What a page of accuracy shows."""

    slice: Slice
    rounds: tuple[Round, ...]
    """To choose from."""
    round: Round | None = None
    """None: nothing was evaluated yet."""
    is_measured: bool = True
    """Whether the round was asked about the slice."""
    strategy: str = ""
    models: tuple[ModelRow, ...] = ()
    parts: tuple[PartRow, ...] = ()
    tests: tuple[Tested, ...] = ()
    trend: tuple[TrendRow, ...] = ()
    champion: str = ""
    """Which model the champion is, in words; empty without one."""
    rival: str = ""
    """The strategy of the other kind that the models are drawn beside; empty where no round has it."""
    rival_round: int | None = None

    @property
    def best(self) -> ModelRow | None:
        return next((one for one in self.models if one.is_best), None)

    @property
    def has_figures(self) -> bool:
        """Whether precision, averages and tests were kept when the round was evaluated."""
        return any(model.macro for model in self.models) or not self.models


def accuracy_page(slice_: Slice, wanted: int | None) -> AccuracyPage | None:
    """The page of the slice for the round that is wanted; None: the champion's, or the newest.

    Returns None for a round that was not evaluated.
    """
    champion = selectors.champion()
    asked_for = [one for one in (wanted, champion.round_id if champion else None) if one is not None]
    rounds = selectors.rounds_measured(with_ids=asked_for)
    round_ = _chosen(rounds, wanted, champion)
    if round_ is None:
        return None if wanted is not None else AccuracyPage(slice_, ())
    rival = _rival(rounds, round_)
    metrics = selectors.accuracies(slice_, [one.pk for one in rounds])
    by_model = _by_model(metrics)
    figures = list(selectors.figures(slice_, round_.pk, (*MEANS, MACRO_F1)))
    names = {one.pk: plan_of(one.params).first_label for one in rounds}
    models = _models(slice_, round_, champion, rival, by_model, figures)
    shown = tuple(sorted(rounds, key=lambda one: one.pk, reverse=True))
    if not models:
        return AccuracyPage(slice_, shown, round_, is_measured=False)
    return AccuracyPage(
        slice=slice_,
        rounds=shown,
        round=round_,
        strategy=plan_of(round_.params).label,
        models=models,
        parts=_parts(slice_, round_, models, figures) if slice_.attribute is None else (),
        tests=tested(selectors.differences(slice_, round_.pk), slice_, names),
        trend=trend(slice_, rounds, metrics, selectors.champion_changes()),
        champion=_model_name(champion, names) if champion and (champion, Method.GREEDY) in by_model else "",
        rival=_kind(rival) if rival else "",
        rival_round=rival.pk if rival else None,
    )


def _chosen(rounds: Sequence[Round], wanted: int | None, champion: Model | None) -> Round | None:
    by_id = {one.pk: one for one in rounds}
    if wanted is not None:
        return by_id.get(wanted)
    return by_id.get(champion.round_id if champion else 0) or next(iter(rounds), None)


def _rival(rounds: Sequence[Round], round_: Round) -> Round | None:
    """The newest round of the other kind: self-training for any other strategy, and the other way about."""
    kind = _is_self_training(round_)
    others = [one for one in rounds if _is_self_training(one) != kind and plan_of(one.params).repeated]
    return max(others, key=lambda one: one.pk, default=None)


def _is_self_training(round_: Round) -> bool:
    return bool(round_.params.get("strategy") == SELF_TRAINING)


def _kind(round_: Round) -> str:
    """The strategy in a word or two."""
    return "Self-training" if _is_self_training(round_) else plan_of(round_.params).label


def _by_model(metrics: Sequence[Metric]) -> dict[tuple[Model, str], Metric]:
    return {(Model(one.round_id, one.iteration), one.method): one for one in metrics}


def _model_name(model: Model, names: Mapping[int, str]) -> str:
    return f"Round {model.round_id}, {model_label(model.iteration, names.get(model.round_id, 'SFT'))}"


def _models(
    slice_: Slice,
    round_: Round,
    champion: Model | None,
    rival: Round | None,
    by_model: Mapping[tuple[Model, str], Metric],
    figures: Sequence[RoundFigure],
) -> tuple[ModelRow, ...]:
    greedy = {
        model.iteration: metric
        for (model, method), metric in by_model.items()
        if model.round_id == round_.pk and method == Method.GREEDY
    }
    trained = [one for one in greedy if one > ZERO_SHOT] or list(greedy)
    best = max(trained, key=lambda one: (greedy[one].value, -one), default=None)
    means = _means(slice_, figures)
    first_label = plan_of(round_.params).first_label

    def cell(model: Model | None, method: Method = Method.GREEDY) -> Cell | None:
        metric = by_model.get((model, method.value)) if model else None
        return accuracy_cell(metric, slice_.codes) if metric else None

    rows = []
    for iteration, metric in greedy.items():
        rows.append(
            ModelRow(
                iteration=iteration,
                label=model_label(iteration, first_label),
                greedy=accuracy_cell(metric, slice_.codes),
                majority=cell(Model(round_.pk, iteration), Method.MAJORITY),
                champion=cell(champion),
                rival=cell(Model(rival.pk, iteration)) if rival else None,
                macro=means.get((iteration, MACRO)),
                weighted=means.get((iteration, WEIGHTED)),
                unparseable=unparseable_cell(metric, slice_.codes),
                is_best=iteration == best,
            )
        )
    return tuple(rows)


def _means(slice_: Slice, figures: Sequence[RoundFigure]) -> dict[tuple[int, str], Cell]:
    """{(iteration, name): the slice's own}; an attribute's is its mean F1."""
    own = {
        (one.iteration, one.name): _behind(one, slice_.codes)
        for one in figures
        if one.vertical_id == (slice_.vertical.pk if slice_.vertical else None)
        and one.attribute_id == (slice_.attribute.pk if slice_.attribute else None)
    }
    renamed = {(one, MACRO): cell for (one, name), cell in own.items() if name == MACRO_F1}
    return own | renamed


def _parts(
    slice_: Slice, round_: Round, models: Sequence[ModelRow], figures: Sequence[RoundFigure]
) -> tuple[PartRow, ...]:
    name = MACRO_F1 if slice_.vertical else MACRO
    macros = {
        (one.attribute_id or one.vertical_id, one.iteration): one for one in figures if one.name == name
    }
    best = next(model.iteration for model in models if model.is_best)
    found: defaultdict[int, dict[int, Metric]] = defaultdict(dict)
    for metric in selectors.accuracies_within(slice_, round_.pk):
        found[metric.attribute_id or metric.vertical_id or 0][metric.iteration] = metric
    rows = []
    for key, by_iteration in found.items():
        shown = by_iteration.get(best) or max(by_iteration.values(), key=lambda one: one.iteration)
        codes = _codes(slice_, shown)
        cells = {one: accuracy_cell(metric, codes) for one, metric in by_iteration.items()}
        macro = macros.get((key, shown.iteration))
        rows.append(
            PartRow(
                label=_label(shown),
                address=part_address(codes, round_.pk),
                cells=tuple(cells.get(model.iteration) for model in models),
                best=cells[shown.iteration],
                first=cells.get(0),
                macro=_behind(macro, codes) if macro else None,
                unparseable=unparseable_cell(shown, codes),
            )
        )
    return tuple(rows)


def _behind(figure: RoundFigure, codes: Codes) -> Cell:
    """A mean, with the questions that it is about."""
    return figure_cell(figure, address(Gold(figure.round_id, figure.iteration), codes))


def _label(metric: Metric) -> str:
    named = metric.attribute or metric.vertical
    return named.label if named else ""


def _codes(slice_: Slice, metric: Metric) -> Codes:
    if slice_.vertical and metric.attribute:
        return slice_.vertical.code, metric.attribute.code
    return metric.vertical.code if metric.vertical else "", ""


def part_address(codes: Codes, round_id: int) -> str:
    """The page of accuracy of a vertical or an attribute, for the round."""
    name = "accuracy_attribute" if codes[1] else "accuracy_vertical"
    return f"{reverse(f'training:{name}', args=[code for code in codes if code])}?round={round_id}"
