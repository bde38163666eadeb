"""The tables of the pages of people as CSV."""

from collections.abc import Iterator, Sequence

from catalog.exporting.tables import Row, numbers, shares, texts
from labeling.selectors.targets import Progress
from labeling.selectors.worked import Stretch
from training.pages.people import Figures, Overview, PersonPage, Reliability, Targets
from training.sheets import Sheet, Sheets

FIGURES = (
    *numbers("listings", "questions"),
    *shares("median_seconds_a_listing", "median_seconds_a_question"),
    *numbers("questions_an_hour"),
    *shares("agreement"),
    *numbers("compared", "set_aside"),
)
VERDICTS = numbers("accepted", "another_value", "wrong_reasoning", "no_value", "verdicts")
RELIABILITY = (*shares("reliability", "low", "high"), *numbers("checked"))
DAYS = (*texts("from"), *numbers("listings", "questions"), *shares("hours"))
TARGETS = (
    *texts("vertical"),
    *numbers("target"),
    *numbers("seed_labelled", "seed_listings", "seed_waiting"),
    *numbers("gold_labelled", "gold_listings", "gold_waiting"),
)


def of_overview(page: Overview, targets: Targets) -> Sheets:
    """The tables of everybody's page."""
    return {
        "people": lambda: Sheet((*texts("person", "roles"), *FIGURES, *RELIABILITY), _people(page)),
        "verdicts": lambda: Sheet(
            (*texts("person"), *VERDICTS),
            [(line.person.get_username(), *_verdicts(line.figures)) for line in page.reviewers],
        ),
        "days": lambda: Sheet(DAYS, _days(page.days)),
        "targets": lambda: Sheet(TARGETS, _targets(targets)),
    }


def of_person(page: PersonPage) -> Sheets:
    """The tables of one person's page."""
    return {
        "verticals": lambda: Sheet(
            (*texts("vertical"), *FIGURES, *VERDICTS),
            [
                (one.row.vertical.label if one.row.vertical else "All", *_cells(one), *_verdicts(one))
                for one in (*page.verticals, page.total)
            ],
        ),
        "days": lambda: Sheet(DAYS, _days(page.days)),
        "reliability": lambda: Sheet(
            (*texts("vertical", "attribute"), *RELIABILITY),
            [
                (one.row.attribute.vertical.label, one.row.attribute.label, *_reliability(one))
                for one in page.attributes
                if one.row.attribute
            ],
        ),
    }


def _people(page: Overview) -> Iterator[Row]:
    for line in page.at_work:
        yield (
            *(line.person.get_username(), line.roles),
            *_cells(line.figures),
            *_reliability(line.reliability),
        )


def _cells(figures: Figures) -> Row:
    row = figures.row
    return (
        *(row.listings, row.questions, row.listing_seconds, row.question_seconds, figures.per_hour),
        *(figures.agreement.value, row.compared, row.set_aside),
    )


def _verdicts(figures: Figures) -> Row:
    row = figures.row
    return row.accepted, row.changed, row.reasoning, row.no_value, figures.verdicts


def _reliability(found: Reliability | None) -> Row:
    if found is None:
        return None, None, None, None
    return found.row.mean, found.row.low, found.row.high, found.checked


def _days(days: Sequence[Stretch]) -> list[Row]:
    return [(day.begin.isoformat(), day.listings, day.questions, round(day.hours, 3)) for day in days]


def _targets(targets: Targets) -> list[Row]:
    return [
        (row.vertical.label, targets.target, *_progress(row.seed), *_progress(row.gold))
        for row in targets.rows
    ]


def _progress(found: Progress) -> Row:
    return found.labelled, found.there, found.waiting
