"""What commands say about a round."""

from collections.abc import Iterator

from django.core.management.base import CommandError, OutputWrapper
from django.urls import reverse

from training import selectors
from training.dashboards import Dashboard, Row
from training.selectors import RoundProgress


def report_end(round_id: int, progress: RoundProgress | None, *, out: OutputWrapper) -> None:
    """Say where the round is, or that it is queued where nobody waited for it.

    Raises:
        CommandError: when it ended without success, with its error.
    """
    round_ = selectors.rounds().get(pk=round_id)
    if round_.error or (progress is not None and progress.is_resumable):
        raise CommandError(f"round {round_id} is {round_.status}: {round_.error or 'a person ended it'}")
    out.write(f"round {round_id} is {round_.status}: {reverse('training:round', args=[round_id])}")


def accuracy_table(dashboard: Dashboard) -> str:
    """Greedy gold accuracy in percent, a row a vertical and last the whole."""
    models = [model.label for model in dashboard.models]
    header = ["vertical", *models, "majority", "most frequent", "questions"]
    rows = [list(_cells(row)) for row in _rows(dashboard)]
    widths = [max(len(cell) for cell in column) for column in zip(header, *rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (header, *rows)
    )


def _rows(dashboard: Dashboard) -> Iterator[Row]:
    yield from (vertical.whole for vertical in dashboard.verticals)
    if dashboard.whole:
        yield dashboard.whole


def _cells(row: Row) -> Iterator[str]:
    yield row.label
    yield from (figure.percent if figure else "-" for figure in row.figures)
    yield row.majority.percent if row.majority else "-"
    yield row.majority_class_percent
    yield str(row.questions)
