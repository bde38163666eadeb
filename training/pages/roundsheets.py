"""The tables of a round, and of two models side by side, as CSV."""

from collections.abc import Iterator

from catalog.exporting.tables import Row, numbers, shares, texts
from training.dashboards import Dashboard
from training.dashboards import Row as Accuracies
from training.pages.charts import Charts
from training.pages.compare import ComparePage, Line
from training.sheets import Sheet, Sheets, interval, three

MODELS = (
    *texts("model"),
    *interval("accuracy"),
    *interval("majority_accuracy"),
    *shares("head_room"),
    *numbers("questions"),
)
COMPARED = (
    *texts("vertical", "attribute"),
    *numbers("a_right", "b_right", "questions"),
    *shares("difference"),
    *numbers("only_a_right", "only_b_right"),
    *shares("p"),
)


def of_round(dashboard: Dashboard, charts: Charts) -> Sheets:
    """The tables of a round's page."""
    return {
        "models": lambda: Sheet(MODELS, _models(dashboard)),
        "figures": lambda: _figures(dashboard),
        "agreements": lambda: _agreements(charts),
        "steps": lambda: _steps(charts),
        "rates": lambda: _rates(charts),
    }


def of_comparison(page: ComparePage) -> Sheets:
    """The table of two models side by side."""
    return {"figures": lambda: Sheet(COMPARED, _compared(page))}


def _models(dashboard: Dashboard) -> list[Row]:
    return [
        (
            model.label,
            *three(model.greedy),
            *three(model.majority),
            model.head_room,
            model.greedy.questions,
        )
        for model in dashboard.models
    ]


def _figures(dashboard: Dashboard) -> Sheet:
    """Greedy accuracy, a column for each model."""
    models = [column for model in dashboard.models for column in interval(model.label)]
    columns = (*texts("vertical", "attribute"), *models, *shares("most_frequent"), *numbers("questions"))

    def rows() -> Iterator[Row]:
        for vertical in dashboard.verticals:
            yield (vertical.whole.label, "", *_accuracies(vertical.whole))
            for row in vertical.attributes:
                yield (vertical.whole.label, row.label, *_accuracies(row))
        if dashboard.whole:
            yield ("", "", *_accuracies(dashboard.whole))

    return Sheet(columns, rows())


def _accuracies(row: Accuracies) -> Row:
    found = [part for figure in row.figures for part in three(figure)]
    return (*found, row.majority_class, row.questions)


def _agreements(charts: Charts) -> Sheet:
    found = charts.agreements
    models = found.models if found else ()
    rows = (
        [(row.count, row.chains, *(one.questions for one in row.shares)) for row in found.rows]
        if found
        else []
    )
    return Sheet((*numbers("chains_that_agree", "chains"), *numbers(*models)), rows)


def _steps(charts: Charts) -> Sheet:
    steps = charts.losses.steps if charts.losses else ()
    columns = (*numbers("step"), *shares("loss", "reward_margin", "seconds"))
    return Sheet(columns, [(one.step, one.loss, one.margin, one.seconds) for one in steps])


def _rates(charts: Charts) -> Sheet:
    columns = (*texts("stage"), *numbers("chains"), *shares("seconds", "chains_per_second"))
    return Sheet(columns, [(one.label, one.chains, one.seconds, one.per_second) for one in charts.rates])


def _compared(page: ComparePage) -> Iterator[Row]:
    for vertical in page.verticals:
        yield (vertical.whole.slice.label, "", *_line(vertical.whole))
        for line in vertical.attributes:
            yield (vertical.whole.slice.label, line.slice.label, *_line(line))
    if page.whole:
        yield ("", "", *_line(page.whole))


def _line(line: Line) -> Row:
    of = line.slice
    return (
        *(of.first_right, of.second_right, of.questions, of.points / 100),
        *(of.first_alone, of.second_alone, of.p_value),
    )
