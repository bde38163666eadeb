"""The tables of the pages of health, as CSV."""

from collections.abc import Iterator, Sequence

from catalog.exporting.tables import Column, Columns, Kind, Row, numbers, shares, texts
from training.pages.health import Line, VerticalHealth, WeekCells
from training.pages.healthcells import Cell
from training.sheets import Sheet, Sheets

WEEK = (
    *shares("agreement", "agreement_before", "value_mix"),
    *texts("value_mix_attribute"),
    *shares("photos", "audited", "audited_low", "audited_high"),
)


def of_overview(lines: Sequence[Line]) -> Sheets:
    """The table of all verticals in the newest week."""
    columns = (*texts("vertical"), *WEEK, *numbers("open_alerts"))
    return {
        "verticals": lambda: Sheet(
            columns, [(line.vertical.label, *_week(line), line.alerts) for line in lines]
        )
    }


def of_vertical(page: VerticalHealth) -> Sheets:
    """The tables of one vertical: its weeks, and its attributes in the week that is shown."""
    columns = (
        *texts("week", "attribute"),
        *(column for name in ("agreement", "value_mix") for column in _compared(name)),
        *numbers("no_fitting_value", "answered"),
        *_compared("no_fitting_value")[1:],
    )
    return {
        "weeks": lambda: Sheet(
            (*texts("week"), *WEEK), [(row.week.isoformat(), *_week(row)) for row in page.weeks]
        ),
        "attributes": lambda: Sheet(columns, _attributes(page)),
    }


def _compared(name: str) -> Columns:
    return (*shares(name, f"{name}_p"), Column(f"{name}_is_alarm", Kind.FLAG))


def _week(cells: WeekCells) -> Row:
    agreement, mix, photos, audited = cells.agreement, cells.mix, cells.photos, cells.audited
    return (
        agreement and agreement.figure.value,
        agreement and agreement.figure.reference,
        mix.figure.value if mix and mix.is_compared else None,
        mix.figure.attribute.label if mix and mix.is_compared and mix.figure.attribute else "",
        photos.figure.value if photos and photos.is_compared else None,
        audited and audited.figure.value,
        audited and audited.figure.low,
        audited and audited.figure.high,
    )


def _attributes(page: VerticalHealth) -> Iterator[Row]:
    week = page.week.isoformat() if page.week else ""
    for row in page.attributes:
        asked = row.asked.figure if row.asked else None
        yield (
            *(week, row.label, *_judged(row.agreement), *_judged(row.mix)),
            *(asked and int(asked.value), asked and asked.count, *_judged(row.asked)[1:]),
        )


def _judged(cell: Cell | None) -> Row:
    return (cell.figure.value, cell.figure.adjusted, cell.matters) if cell else (None, None, None)
