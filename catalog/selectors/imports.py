"""Reads of imports: where one is, what was wrong with its rows, how its listings will look."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

from django.db.models import Count, Min, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from catalog.importing.error_file import error_file
from catalog.importing.files import opened_rows
from catalog.importing.plan import Plan
from catalog.importing.raw import Problem
from catalog.importing.rows import NO_VERTICAL
from catalog.importing.sample import Sample
from catalog.models import Import, ImportProblem, Status
from catalog.models.imports import Stage
from catalog.selectors.progress import WorkProgress, silent_seconds

EXAMPLES = 3
SHORT_SECONDS = 100
UPLOADS = "imports"
"""The folder in the media storage that uploaded files lie in."""
UNKNOWN_MOST = 100
PROBLEM_PAGE = 2000
"""Problems of a query, while an error file is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProgress(WorkProgress):
    """Where an import is."""

    stage: str
    rows: int
    share: float | None
    """how far the reading is, from 0 to 1; None: not known"""
    rows_per_second: float | None
    """since it was last started"""
    seconds_left: int | None
    ahead: int
    """imports that run or were queued before a queued one"""
    outcome: str
    """how many listings were what, in words"""
    seconds: float
    """since it was last started, to its end if it has ended"""

    @property
    def time_left(self) -> str:
        """In words."""
        return duration(self.seconds_left or 0)

    @property
    def time_taken(self) -> str:
        """In words."""
        return duration(self.seconds)

    @property
    def is_open(self) -> bool:
        """It has brought nothing: everything about it can still be changed."""
        if self.is_active:
            return False
        return self.stage in (Stage.PLAN, Stage.CHECK) or (self.stage == Stage.LOAD and self.rows == 0)

    @property
    def is_planned(self) -> bool:
        """Its columns are being chosen."""
        return self.is_open and self.stage == Stage.PLAN

    @property
    def is_check(self) -> bool:
        """Its rows are or were checked, and not loaded."""
        return self.stage == Stage.CHECK

    @property
    def is_done(self) -> bool:
        """It came to the end of its stage."""
        return self.status == Status.DONE

    @property
    def percent(self) -> int | None:
        """How far the reading is, rounded down so that only the end is 100."""
        return None if self.share is None else int(100 * self.share)

    @property
    def is_loaded(self) -> bool:
        """It was to bring listings, and did."""
        return self.status == Status.DONE and self.stage == Stage.SETTLE


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Problems of one kind in one column."""

    field: str
    reason: str
    count: int
    examples: tuple[Problem, ...]


def imports() -> QuerySet[Import]:
    """Every import, newest first, without the beginnings of their files."""
    return Import.objects.select_related("created_by").defer("sample")


def import_get(import_id: int) -> Import:
    """The import.

    Raises:
        Http404: where there is none.
    """
    return get_object_or_404(imports(), pk=import_id)


def import_sample(import_id: int) -> Sample:
    """How the file of an import begins."""
    return Sample.from_json(Import.objects.values_list("sample", flat=True).get(pk=import_id))


def import_progress(row: Import) -> ImportProgress:
    """Where the import is, by its ledger row."""
    now = timezone.now()
    running = row.status == Status.RUNNING
    seconds = ((row.finished or now) - row.started).total_seconds() if row.started else 0.0
    done = row.rows - row.rows_before
    rate = done / seconds if running and seconds > 0 and done else None
    share = min(1.0, row.position / row.size) if row.size else None
    left = None
    if rate and share and row.stage != Stage.SETTLE:
        left = math.ceil(row.rows * (1 - share) / share / rate)
    return ImportProgress(
        status=row.status,
        silent_seconds=silent_seconds(row),
        stage=row.stage,
        rows=row.rows,
        share=share,
        rows_per_second=rate,
        seconds_left=left,
        ahead=_ahead(row),
        outcome=outcome(row),
        seconds=seconds,
    )


def problems(import_id: int, *, field: str | None = None, reason: str = "") -> QuerySet[ImportProblem]:
    """What is wrong with rows of an import, in their order; of one kind if a field and a reason are given."""
    found = ImportProblem.objects.filter(of=import_id).order_by("row", "pk")
    return found if field is None else found.filter(field=field, reason=reason)


def problem_groups(import_id: int) -> list[ProblemGroup]:
    """The kinds of problems of an import, the most frequent first, each with its first rows."""
    kinds = (
        ImportProblem.objects.filter(of=import_id)
        .order_by()
        .values_list("field", "reason")
        .annotate(count=Count("pk"), first=Min("row"))
        .order_by("-count", "first")
    )
    return [
        ProblemGroup(field, reason, count, _first(problems(import_id, field=field, reason=reason)))
        for field, reason, count, _ in kinds
    ]


def unknown_verticals(import_id: int, *, column: str) -> list[str]:
    """Texts of the vertical column that named no vertical, if they are short enough to be known whole."""
    found = problems(import_id, field=column, reason=NO_VERTICAL).order_by()
    values = found.values_list("value", flat=True).distinct()[: UNKNOWN_MOST + 1]
    return sorted(value for value in values if not value.endswith("…"))[:UNKNOWN_MOST]


def import_errors(import_id: int) -> Iterator[str]:
    """The pieces of a CSV of the rows that did not land, with their cells and what is wrong with them.

    Raises:
        CatalogError: when the import's file cannot be read any more.
    """
    row = Import.objects.get(pk=import_id)
    plan, sample = Plan.from_json(row.plan), Sample.from_json(row.sample)
    with opened_rows(row.path, plan) as rows:
        columns = rows.columns or [column.name for column in sample.columns.values() if not column.holder]
        yield from error_file(_all_problems(import_id), rows, plan, columns)


def duration(seconds: float) -> str:
    """A stretch of time in words: "8 s", "3 min", "1 h 5 min"."""
    if seconds < SHORT_SECONDS:
        return f"{math.ceil(seconds)} s"
    minutes = math.ceil(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def outcome(row: Import) -> str:
    """How many listings were what: "2 created, 0 updated, 1 unchanged, 0 refused"."""
    if row.stage == Stage.CHECK:
        return f"{row.accepted} good, {row.listings_refused} refused"
    counts = (row.listings_created, row.listings_updated, row.listings_unchanged, row.listings_refused)
    text = "{} created, {} updated, {} unchanged, {} refused".format(*counts)
    is_same = row.listings_unchanged and not any(counts[:2])
    return f"{text}: nothing changed" if is_same else text


def photos_name(row: Import) -> str:
    """What people call the place of an import's photos: of an upload, only the file's name."""
    return PurePath(row.photos).name if row.photos.startswith(f"{UPLOADS}/") else row.photos


def errors_name(row: Import) -> str:
    """What the file of an import's errors is called."""
    return f"{PurePath(row.name).stem}-errors-{row.pk}.csv"


def _ahead(row: Import) -> int:
    if row.status != Status.QUEUED or row.queued is None:
        return 0
    before = Import.objects.filter(status=Status.QUEUED, queued__lt=row.queued).count()
    return before + Import.objects.filter(status=Status.RUNNING).count()


def _first(rows: QuerySet[ImportProblem]) -> tuple[Problem, ...]:
    return tuple(Problem(*row) for row in rows.values_list(*Problem._fields)[:EXAMPLES])


def _all_problems(import_id: int) -> Iterator[Problem]:
    """All problems of an import, page by page: the memory of a page, whatever the database."""
    row = pk = 0
    while True:
        rest = problems(import_id).filter(Q(row__gt=row) | Q(row=row, pk__gt=pk))
        page = list(rest.values_list("pk", *Problem._fields)[:PROBLEM_PAGE])
        if not page:
            return
        yield from (Problem(*fields) for _, *fields in page)
        pk, row = page[-1][:2]
