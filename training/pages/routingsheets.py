"""The tables of a routing, as CSV."""

from collections.abc import Iterator, Sequence

from catalog.exporting.tables import Column, Kind, Row, numbers, shares, texts
from training.pages.live import LiveRow
from training.pages.routing import VerticalThresholds
from training.pages.routing_curves import Curves
from training.sheets import Sheet, Sheets

RELIABILITY = (*shares("expected", "right", "right_low", "right_high"), *numbers("judged"))
TRADEOFF = shares("coverage", "expected_precision")
THRESHOLDS = (
    *texts("vertical", "attribute"),
    *shares("accepted_from"),
    *numbers("right_above", "judged_above", "judged"),
    *shares("expected_precision", "precision_at_least"),
    Column("is_pooled", Kind.FLAG),
    *numbers("accepted", "to_review"),
    *shares("coverage"),
    *texts("what_is_missing"),
)

LIVE = (
    *texts("vertical"),
    *numbers("audited"),
    *shares("accuracy", "accuracy_low", "accuracy_high"),
    *numbers("reviewed"),
    *shares("naive_accuracy"),
)


def of_routing(
    verticals: Sequence[VerticalThresholds], curves: Curves | None, live: Sequence[LiveRow]
) -> Sheets:
    """Thresholds, the curves that the dry run left, and how accurate the version is since."""
    return {
        "thresholds": lambda: Sheet(THRESHOLDS, _thresholds(verticals)),
        "reliability": lambda: Sheet(RELIABILITY, _reliability(curves)),
        "tradeoff": lambda: Sheet(TRADEOFF, _tradeoff(curves)),
        "live": lambda: Sheet(LIVE, _live(live)),
    }


def _thresholds(verticals: Sequence[VerticalThresholds]) -> Iterator[Row]:
    for vertical in verticals:
        for one in vertical.rows:
            row, figures = one.row, one.figures
            yield (
                *(vertical.label, one.label, row.threshold, row.correct, row.above, row.judged),
                *(row.expected, row.bound, one.shares_bound, figures.accepted, figures.reviewed),
                *(figures.coverage, one.state),
            )


def _reliability(curves: Curves | None) -> Iterator[Row]:
    for row in curves.reliability if curves else ():
        yield row.bin.expected, row.bin.precision, *row.bin.interval, row.bin.questions


def _tradeoff(curves: Curves | None) -> Iterator[Row]:
    for row in curves.tradeoff if curves else ():
        yield row.point.coverage, row.point.precision


def _live(rows: Sequence[LiveRow]) -> Iterator[Row]:
    for row in rows:
        one = row.one
        yield (row.label, one.questions, one.accuracy, one.low, one.high, one.reviewed, one.naive)
