"""The tables of the pages of accuracy, as CSV."""

from collections.abc import Iterator

from catalog.exporting.tables import Row, numbers, shares, texts
from training.pages.accuracy import AccuracyPage
from training.pages.accuracyvalues import ValuesPage
from training.sheets import Sheet, Sheets, interval, three


def sheets(page: AccuracyPage) -> Sheets:
    """What every page of accuracy has."""
    found = {"models": lambda: _models(page), "rounds": lambda: _rounds(page), "tests": lambda: _tests(page)}
    return {**found, "parts": lambda: _parts(page)} if page.slice.attribute is None else found


def values_sheets(page: ValuesPage | None) -> Sheets:
    """What the page of an attribute has beside them."""
    return {"values": lambda: _values(page), "confusions": lambda: _confusions(page)} if page else {}


def _models(page: AccuracyPage) -> Sheet:
    columns = (
        *texts("model"),
        *(
            column
            for name in ("accuracy", "majority_accuracy", "mean", "weighted")
            for column in interval(name)
        ),
        *interval("unparseable"),
        *numbers("questions", "labels_to_halve"),
    )
    rows = [
        (
            one.label,
            *(part for cell in (one.greedy, one.majority, one.macro, one.weighted) for part in three(cell)),
            *three(one.unparseable),
            *(one.greedy.count, one.greedy.to_halve),
        )
        for one in page.models
    ]
    return Sheet(columns, rows)


def _parts(page: AccuracyPage) -> Sheet:
    """A row for each part and model."""
    columns = (*texts("part", "model"), *interval("accuracy"), *numbers("questions", "labels_to_halve"))

    def rows() -> Iterator[Row]:
        for part in page.parts:
            for model, cell in zip(page.models, part.cells, strict=True):
                if cell:
                    yield part.label, model.label, *three(cell), cell.count, cell.to_halve

    return Sheet(columns, rows())


def _tests(page: AccuracyPage) -> Sheet:
    columns = (
        *texts("model", "against", "kind"),
        *shares("points", "p"),
        *numbers("only_model_right", "only_other_right", "questions"),
    )
    rows = [
        (one.model, one.other, one.why, one.points, one.p_value, one.alone, one.other_alone, one.questions)
        for one in page.tests
    ]
    return Sheet(columns, rows)


def _rounds(page: AccuracyPage) -> Sheet:
    columns = (
        *numbers("round"),
        *texts("strategy"),
        *interval("first"),
        *interval("best"),
        *interval("champion"),
        *numbers("questions"),
    )
    rows = [
        (
            one.round_id,
            one.strategy,
            *three(one.first),
            *three(one.best),
            *three(one.champion),
            one.best.count,
        )
        for one in page.trend
    ]
    return Sheet(columns, rows)


def _values(page: ValuesPage) -> Sheet:
    columns = (
        *texts("answer"),
        *(column for name in ("precision", "recall", "f1") for column in interval(name)),
        *numbers("true", "said"),
    )
    rows = [
        (one.answer, *three(one.precision), *three(one.recall), *three(one.f1), one.true, one.said)
        for one in page.values
    ]
    return Sheet(columns, rows)


def _confusions(page: ValuesPage) -> Sheet:
    rows = [
        (row.truth, said, cell.count)
        for row in (page.heat.rows if page.heat else ())
        for said, cell in zip(page.heat.heads if page.heat else (), row.cells, strict=True)
        if cell.count
    ]
    return Sheet((*texts("truth", "said"), *numbers("questions")), rows)
