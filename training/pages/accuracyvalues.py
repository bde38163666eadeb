"""One model on one attribute: each value's precision and recall, and which answers it takes for which."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.states import state_of
from training.dashboards import model_label
from training.drilldown import EXACTLY, Judged, Model
from training.ml.figures import F1, MACRO_F1, PRECISION, RECALL
from training.models import Confusion, RoundFigure
from training.pages.accuracycells import Cell, answered, figure_cell
from training.selectors import accuracy as selectors
from training.selectors.accuracy import Slice

MOST_ANSWERS = 12
"""In the table of confusions: rarer ones are one row and one column."""
MOST_PAIRS = 15
SHADES = 8
OTHERS, UNPARSEABLE = "others", "unparseable"


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A value or state of the attribute."""

    answer: str
    is_state: bool
    precision: Cell | None
    recall: Cell | None
    f1: Cell
    true: int
    """Of how many gold questions it is the answer, or one of them."""
    said: int


@dataclass(frozen=True, slots=True)
class HeatCell:
    """How often one answer was given where people gave another."""

    count: int
    shade: int
    """0 to SHADES, by the share of the row."""
    percent: str
    """Of the row."""
    is_right: bool
    address: str


@dataclass(frozen=True, slots=True)
class HeatRow:
    """What was said where people gave one answer."""

    truth: str
    count: int
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """An answer that was taken for another."""

    truth: str
    said: str
    """Empty: unparseable."""
    count: int
    percent: str
    """Of the questions with this truth."""
    address: str


@dataclass(frozen=True, slots=True)
class Heat:
    """The confusions as a table."""

    heads: tuple[str, ...]
    rows: tuple[HeatRow, ...]
    mistakes: tuple[Mistake, ...]
    """The most frequent ones."""
    wrong: int


@dataclass(frozen=True, slots=True)
class ValuesPage:
    """What the page of an attribute adds for one model."""

    iteration: int
    label: str
    values: tuple[ValueRow, ...]
    heat: Heat | None
    """None where answers were not kept."""


def values_page(slice_: Slice, model: Model, first_label: str) -> ValuesPage:
    """The values and confusions of a model on the slice's attribute."""
    assert slice_.attribute is not None
    rows = selectors.figures(slice_, model.round_id, (PRECISION, RECALL, F1, MACRO_F1))
    figures = list(rows.filter(iteration=model.iteration).order_by("pk"))
    values, confusions = _values(figures, model, slice_), selectors.confusions(slice_.attribute, model)
    return ValuesPage(
        iteration=model.iteration,
        label=model_label(model.iteration, first_label),
        values=values,
        heat=heat(confusions, model, slice_, [one.answer for one in values]) if confusions else None,
    )


def _values(figures: Iterable[RoundFigure], model: Model, slice_: Slice) -> tuple[ValueRow, ...]:
    """In the order in which the rows were written, which is the schema's."""
    by_answer: dict[str, dict[str, RoundFigure]] = {}
    for figure in figures:
        if figure.answer:
            by_answer.setdefault(figure.answer, {})[figure.name] = figure
    return tuple(_value(answer, found, model, slice_) for answer, found in by_answer.items())


def _value(answer: str, found: dict[str, RoundFigure], model: Model, slice_: Slice) -> ValueRow:
    said = answered(model, slice_.codes, said=answer)
    true = answered(model, slice_.codes, truth=answer)
    precision, recall = found.get(PRECISION), found.get(RECALL)
    return ValueRow(
        answer=answer,
        is_state=state_of(answer) is not None,
        precision=figure_cell(precision, said) if precision else None,
        recall=figure_cell(recall, true) if recall else None,
        f1=figure_cell(found[F1]),
        true=recall.count if recall else 0,
        said=precision.count if precision else 0,
    )


def heat(confusions: Sequence[Confusion], model: Model, slice_: Slice, order: Sequence[str]) -> Heat:
    """The table of confusions; answers that are not among the most frequent are put together.

    Args:
        order: the attribute's values and states as they come; answers of several values follow.
    """
    times, truths = Counter[str](), Counter[str]()
    for one in confusions:
        truths[one.truth] += one.count
        for answer in {one.truth, one.said} - {""}:
            times[answer] += one.count
    place_of = {answer: place for place, answer in enumerate(order)}
    frequent = sorted(times, key=lambda one: (-times[one], one))[:MOST_ANSWERS]
    shown = sorted(frequent, key=lambda one: (place_of.get(one, len(order)), one))
    rest = len(times) > len(shown)
    cells = Counter[tuple[str, str]]()
    right = Counter[tuple[str, str]]()
    for one in confusions:
        truth = one.truth if one.truth in shown else OTHERS
        said = (one.said if one.said in shown else OTHERS) if one.said else UNPARSEABLE
        cells[truth, said] += one.count
        if one.truth == one.said:
            right[truth, said] += one.count
    heads = (*shown, *([OTHERS] if rest else []), UNPARSEABLE)
    rows = [
        HeatRow(truth, total, tuple(_cell(truth, said, cells, right, total, model, slice_) for said in heads))
        for truth in heads[:-1]
        if (total := sum(cells[truth, said] for said in heads))
    ]
    return Heat(heads, tuple(rows), _mistakes(confusions, truths, model, slice_), _wrong(confusions))


def _cell(
    truth: str,
    said: str,
    cells: Counter[tuple[str, str]],
    right: Counter[tuple[str, str]],
    total: int,
    model: Model,
    slice_: Slice,
) -> HeatCell:
    count = cells[truth, said]
    share = count / total
    is_one_list = count and OTHERS not in (truth, said)
    return HeatCell(
        count=count,
        shade=0 if not count else max(1, round(SHADES * share)),
        percent=f"{100 * share:.0f}",
        is_right=truth == said and right[truth, said] == count,
        address=_behind(model, slice_, truth, "" if said == UNPARSEABLE else said) if is_one_list else "",
    )


def _mistakes(
    confusions: Sequence[Confusion], truths: Counter[str], model: Model, slice_: Slice
) -> tuple[Mistake, ...]:
    return tuple(
        Mistake(
            truth=one.truth,
            said=one.said,
            count=one.count,
            percent=f"{100 * one.count / truths[one.truth]:.0f}",
            address=_behind(model, slice_, one.truth, one.said),
        )
        for one in [one for one in confusions if one.truth != one.said][:MOST_PAIRS]
    )


def _wrong(confusions: Sequence[Confusion]) -> int:
    return sum(one.count for one in confusions if one.truth != one.said)


def _behind(model: Model, slice_: Slice, truth: str, said: str) -> str:
    """The listings of a pair of whole answers."""
    judged = None if said else Judged.UNPARSEABLE
    whole = EXACTLY if slice_.attribute and slice_.attribute.multi else ""
    said = f"{whole}{said}" if said else ""
    return answered(model, slice_.codes, truth=f"{whole}{truth}", said=said, judged=judged)
