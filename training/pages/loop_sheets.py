"""The tables of the loop's dashboard, to be taken away as CSV."""

from catalog.exporting.tables import Column, Kind, numbers, shares, texts
from training.models import LabelUse
from training.pages.loop import LoopPage
from training.sheets import Sheet, Sheets, three


def loop_sheets(page: LoopPage) -> Sheets:
    """{name: table} of what the page shows; times in seconds."""
    return {
        "rounds": lambda: _rounds(page),
        "agreement": lambda: _agreement(page),
        "learned": lambda: _learned(page),
        "stages": lambda: _stages(page),
        "costs": lambda: _costs(page),
        "routings": lambda: _routings(page),
    }


def _rounds(page: LoopPage) -> Sheet:
    columns = (
        *numbers("round"),
        Column("started", Kind.TIME),
        *numbers("pool_listings"),
        *shares("teaching_seconds", "measuring_seconds", "first_accuracy", "best_accuracy", "low", "high"),
        *texts("best_model"),
        *numbers("gold_questions", "used"),
    )
    rows = [
        (
            *(row.round_id, row.created, row.pool),
            *(None if one is None or not one.timed else one.seconds for one in (row.taught, row.measured)),
            row.first and row.first.value,
            *three(row.best),
            *(row.best_label, row.best and row.best.questions, row.pairs_used),
        )
        for row in page.rows
    ]
    return Sheet(columns, rows)


def _agreement(page: LoopPage) -> Sheet:
    columns = (*texts("model"), *numbers("agreeing", "chains", "questions"), *shares("share"))
    agreements = page.inside.agreements if page.inside else None
    if agreements is None:
        return Sheet(columns, [])
    rows = [
        (model, row.count, row.chains, row.cells[place].questions, row.cells[place].share)
        for place, model in enumerate(agreements.models)
        for row in agreements.rows
    ]
    return Sheet(columns, rows)


def _learned(page: LoopPage) -> Sheet:
    columns = (
        *numbers("iteration", "questions"),
        *texts("kind"),
        *numbers("made", "used", "from_seed", "from_verdicts"),
    )
    learned = page.inside.learned if page.inside else ()
    rows = [
        (one.learned.iteration, one.questions, one.learned.name)
        + (one.learned.found, one.learned.used, one.learned.from_seed, one.learned.from_verdicts)
        for one in learned
    ]
    return Sheet(columns, rows)


def _stages(page: LoopPage) -> Sheet:
    columns = (*texts("what", "device"), *shares("seconds", "share"))
    found = (*page.inside.machine, *page.inside.people) if page.inside else ()
    return Sheet(columns, [(one.label, one.device, one.seconds, one.share) for one in found])


def _costs(page: LoopPage) -> Sheet:
    columns = (
        *numbers("round", "pool_listings"),
        *shares("gpu_seconds", "cpu_seconds", "unknown_seconds"),
        *shares(*(f"{use.value}_seconds" for use in LabelUse), "cost", "cost_per_thousand"),
        *texts("currency"),
    )
    rows = [
        (
            *(row.round_id, row.pool or None),
            *((row.machine.gpu, row.machine.cpu, row.machine.unknown) if row.machine else (None,) * 3),
            *((row.uses[use].seconds if use in row.uses else None) for use in LabelUse),
            *(
                None if money is None else float(money.amount)
                for money in (row.money, row.money_per_thousand)
            ),
            page.prices.currency,
        )
        for row in page.costs
    ]
    return Sheet(columns, rows)


def _routings(page: LoopPage) -> Sheet:
    columns = (
        *numbers("routing"),
        *texts("version", "state"),
        *shares("target_precision"),
        *numbers("questions", "accepted"),
        *shares("coverage", "expected_precision", "at_least", "calibration_error"),
    )
    rows = [
        (
            *(one.routing.pk, one.version_label, one.routing.get_state_display()),
            *(one.settings.target.precision, one.figures.questions, one.figures.accepted),
            *(one.figures.coverage, one.figures.precision, one.bound, one.error),
        )
        for one in page.routings
    ]
    return Sheet(columns, rows)
