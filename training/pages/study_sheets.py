"""The tables of the pages of studies, to be taken away as CSV."""

from collections.abc import Sequence
from functools import partial

from catalog.exporting.tables import Column, Columns, Kind, numbers, shares, texts
from training.ml.study.guard_counts import COUNTS
from training.pages.studies import COMPARED, StudyLine, StudyPage
from training.pages.study_cells import Cell
from training.pages.study_charts import Drawing, Head
from training.sheets import Sheet, Sheets


def list_sheets(lines: Sequence[StudyLine]) -> Sheets:
    """{name: table} of the list: accuracies as shares, gains in points."""
    return {"studies": lambda: _studies(lines)}


def study_sheets(page: StudyPage) -> Sheets:
    """{name: table} of a study: means over seeds in percent and points, accuracies of seeds as shares."""
    drawn = {drawing.key: partial(_drawn, drawing) for drawing in page.drawings}
    return {
        "arms": lambda: _arms(page),
        "targets": lambda: _targets(page),
        "guards": lambda: _guards(page),
        "seeds": lambda: _seeds(page),
        **drawn,
    }


def _studies(lines: Sequence[StudyLine]) -> Sheet:
    columns = (
        *numbers("study"),
        *texts("title", "listings"),
        Column("recorded", Kind.TIME),
        *numbers("seeds"),
        *shares("sft", "final", *_names("gain")),
        *numbers("targets_met", "targets_missed"),
    )
    rows = [
        (
            *(line.study.pk, line.study.title, line.listings, line.study.recorded, line.seeds),
            *(line.study.summary.get("sft"), line.study.summary.get("final"), *_three(line.gain)),
            *(line.met, line.missed),
        )
        for line in lines
    ]
    return Sheet(columns, rows)


def _targets(page: StudyPage) -> Sheet:
    rows = [(one.name, one.wanted, one.found, one.outcome.value) for one in page.line.targets]
    return Sheet(texts("target", "wanted", "found", "outcome"), rows)


def _arms(page: StudyPage) -> Sheet:
    columns = (
        *texts("group", "arm", "text", "step"),
        *numbers("seeds"),
        *(column for measure in COMPARED for column in shares(*_names(measure.value))),
    )
    rows = [
        (
            *(group.title, one.arm.name, one.arm.text, one.step, one.seeds),
            *(value for cell in one.cells for value in _three(cell)),
        )
        for group in page.groups
        for one in group.arms
    ]
    return Sheet(columns, rows)


def _guards(page: StudyPage) -> Sheet:
    rows = [
        (arm.name, arm.text, *(getattr(counts, name) for name in COUNTS)) for arm, counts in page.guards.arms
    ]
    return Sheet((*texts("arm", "text"), *numbers(*COUNTS)), rows)


def _seeds(page: StudyPage) -> Sheet:
    columns = (
        *texts("arm"),
        *numbers("seed"),
        *texts("step"),
        *shares("greedy", "majority", "agreement"),
        *numbers("learned_from"),
        *shares("names_evidence"),
        *numbers("pool", "questions"),
        *shares("majority_class", "seconds"),
    )
    rows = [
        (
            *(one.run.arm.name, one.run.seed, one.step, one.greedy, one.majority, one.agreement),
            *(one.learned_from, one.names_evidence, one.run.pool, one.run.questions),
            *(one.run.majority_class, one.run.seconds),
        )
        for one in page.seeds
    ]
    return Sheet(columns, rows)


def _drawn(drawing: Drawing) -> Sheet:
    columns: Columns = (
        *texts("at"),
        *(column for head in drawing.heads for column in shares(*_names(_named(head)))),
    )
    rows = [(row.label, *(value for cell in row.cells for value in _three(cell))) for row in drawing.rows]
    return Sheet(columns, rows)


def _named(head: Head) -> str:
    return (head.text or head.defined.removeprefix("study_")).lower().replace(" ", "_")


def _names(name: str) -> tuple[str, str, str]:
    return name, f"{name}_low", f"{name}_high"


def _three(cell: Cell | None) -> tuple[float | None, ...]:
    return (cell.mean, cell.low, cell.high) if cell else (None, None, None)
