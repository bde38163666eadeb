"""What people do to imports: upload, plan, check, load, cancel, resume, discard."""

from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from catalog import selectors
from catalog.errors import CatalogError
from catalog.imaging.errors import ImageError
from catalog.imaging.sources import photo_reader
from catalog.importing.dialect import Dialect
from catalog.importing.files import find_format, opened_rows
from catalog.importing.folder import LISTINGS, SCHEMA
from catalog.importing.guess import guess_plan
from catalog.importing.plan import Plan, plan_faults
from catalog.importing.rows import RowReader
from catalog.importing.sample import Sample, take_sample
from catalog.models import Import, Status
from catalog.models.imports import Stage
from catalog.schema.codes import NAME_LENGTH
from catalog.schema.spec import read_schema
from catalog.selectors.imports import UPLOADS
from catalog.services.ledger import work_cancel, work_requeue, work_send
from catalog.services.schema import schema_merge
from catalog.services.workevents import work_record
from catalog.splits import parse_quota

IMPORT_RUN = "catalog.tasks.import_run"
"""By name: the tasks call services, not the other way round."""

GOLD, SEED = "20", "10"
"""Quotas of an upload, unless its person chooses others (METHOD: 10 labelled listings of each vertical)."""

ENDED = (Status.DONE, Status.FAILED, Status.CANCELLED)
OPEN = Q(stage__in=[Stage.PLAN, Stage.CHECK]) | Q(stage=Stage.LOAD, rows=0)
"""It has brought no listings: everything can still be changed."""


def import_upload(
    *,
    rows: "UploadedFile[bytes]",
    photos: "UploadedFile[bytes] | None" = None,
    place: str = "",
    by: User | None = None,
) -> Import:
    """Keep an uploaded file of rows, and its photos if they come as an archive; else they lie in a `place`.

    Raises:
        CatalogError: for files that cannot be used; nothing is kept then.
    """
    folder = f"{UPLOADS}/{uuid4().hex}"
    kept: list[str] = []
    try:
        for file in (rows, photos):
            if file is not None:
                kept.append(default_storage.save(f"{folder}/{_base_name(file)}", file))
        place = kept[1] if photos else place
        return import_open(name=_base_name(rows), path=kept[0], photos=place, quotas=(GOLD, SEED), by=by)
    except BaseException:
        for name in kept:
            default_storage.delete(name)
        raise


def import_open(
    *,
    name: str,
    path: str,
    photos: str = "",
    plan: Plan | None = None,
    quotas: tuple[str, str] | None = None,
    by: User | None = None,
) -> Import:
    """Take note of a file that is to be imported, and guess from its beginning how to read it, unless told.

    Raises:
        CatalogError: when the file holds no rows, or there is no such place of photos.
    """
    check_place(photos)
    sample = _sample(path, plan or (written := find_format(path)))
    if plan is None:
        plan = guess_plan(sample, selectors.schema_now(), kind=written.kind, dialect=written.dialect)
    if quotas is not None:
        plan = replace(plan, gold=quotas[0], seed=quotas[1])
    now = timezone.now()
    with transaction.atomic():
        row = Import.objects.create(
            name=name[:NAME_LENGTH],
            path=path,
            photos=photos,
            plan=plan.to_json(),
            sample=sample.to_json(),
            status=Status.DONE,
            started=now,
            heartbeat=now,
            finished=now,
            created_by=by,
        )
        work_record(Import, pk=row.pk, verb="opened", by=by, after={"file": row.name})
    return row


def folder_open(*, folder: Path, plan: Plan, by: User | None = None) -> Import:
    """Take note of a data folder that is to be imported, and bring its schema to the catalogue's.

    Raises:
        CatalogError: when its schema or listings cannot be used; nothing is written then.
    """
    schema = read_schema(folder / SCHEMA)
    path = str((folder / LISTINGS).resolve())
    name, place = folder.resolve().name, str(folder.resolve())
    opened = import_open(name=name, path=path, photos=place, plan=plan, by=by)
    schema_merge(schema=schema, note=f"from the folder {name}", by=by)
    return opened


def check_place(place: str) -> None:
    """Look whether photos can be read from there.

    Raises:
        CatalogError: when they cannot.
    """
    try:
        with photo_reader(place):
            pass
    except ImageError as error:
        raise CatalogError(f"photos: {error}") from error


def import_plan(*, import_id: int, plan: Plan) -> bool:
    """Read the file in this way from now on. False when that is no longer open: it is queued, or was loaded.

    Raises:
        CatalogError: for a plan that cannot be used.
    """
    plan_check(plan)
    return _change(import_id, plan=plan.to_json())


def plan_check(plan: Plan) -> None:
    """Look whether files can be read in this way.

    Raises:
        CatalogError: when they cannot.
    """
    for fault in plan_faults(plan):
        raise CatalogError(fault)
    RowReader(plan, selectors.schema_now())  # raises for a vertical that is not there
    for quota in (plan.gold, plan.seed):
        parse_quota(quota)


def import_reread(*, import_id: int, dialect: Dialect) -> bool:
    """Look at the beginning of the file again in this dialect, and guess its columns anew.

    False as import_plan.

    Raises:
        CatalogError: when the file cannot be read in this dialect.
    """
    row = Import.objects.get(pk=import_id)
    before = Plan.from_json(row.plan)
    sample = _sample(row.path, replace(before, dialect=dialect))
    guess = guess_plan(sample, selectors.schema_now(), kind=before.kind, dialect=dialect)
    guess = replace(guess, gold=before.gold, seed=before.seed)
    return _change(import_id, plan=guess.to_json(), sample=sample.to_json())


def import_check(*, import_id: int, send: bool = True) -> bool:
    """Queue a check of all rows, which writes nothing but what is wrong with them. False as import_plan."""
    return _queue(import_id, Stage.CHECK, send=send)


def import_load(*, import_id: int, send: bool = True) -> bool:
    """Queue the loading of all rows. False as import_plan."""
    return _queue(import_id, Stage.LOAD, send=send)


@transaction.atomic
def import_resume(*, import_id: int, send: bool = True) -> bool:
    """Queue a failed or cancelled import again: it goes on where it stopped. False when it is neither."""
    if not work_requeue(Import, pk=import_id):
        return False
    Import.objects.filter(pk=import_id).update(queued=timezone.now(), started=None, rows_before=F("rows"))
    _send_on_commit(import_id, send=send)
    return True


def import_cancel(*, import_id: int) -> bool:
    """End a queued import now, a running one with its present batch. False when it is neither."""
    return work_cancel(Import, pk=import_id)


@transaction.atomic
def import_discard(*, import_id: int) -> bool:
    """Forget an import that brought no listings, and what was uploaded for it. False as import_plan."""
    rows = _open(import_id).filter(status__in=ENDED)
    found = rows.first()
    if found is None or not rows.delete()[0]:
        return False
    work_record(Import, pk=import_id, verb="discarded", after={"file": found.name})
    if not Import.objects.filter(path=found.path).exists():
        for name in (found.path, found.photos):
            if name.startswith(f"{UPLOADS}/"):
                transaction.on_commit(partial(default_storage.delete, name))
    return True


def import_again(*, import_id: int, by: User | None = None) -> Import:
    """Take note of the file of an import once more, to be read in another way.

    Raises:
        CatalogError: when its file or photos are gone.
    """
    row = Import.objects.get(pk=import_id)
    plan = Plan.from_json(row.plan)
    return import_open(name=row.name, path=row.path, photos=row.photos, plan=plan, by=by)


def import_send(*, import_id: int) -> None:
    """Tell the workers of a queued import; one that cannot be told of fails, with the remedy."""
    work_send(Import, pk=import_id, task=IMPORT_RUN, queue="default")


def _sample(path: str, plan: Plan) -> Sample:
    with opened_rows(path, plan) as rows:
        sample = take_sample(rows)
    if not sample.seen:
        raise CatalogError(f"{PurePath(path).name}: it has no rows: add at least one listing")
    return sample


def _open(import_id: int) -> QuerySet[Import]:
    """The import, if it has brought no listings."""
    return Import.objects.filter(OPEN, pk=import_id)


def _change(import_id: int, **fields: Any) -> bool:
    """Set fields and go back to the stage in which columns are chosen."""
    now = timezone.now()
    ended = _open(import_id).filter(status__in=ENDED)
    times = {"started": F("created"), "heartbeat": now, "finished": now}
    return bool(ended.update(stage=Stage.PLAN, status=Status.DONE, error="", **times, **fields))


@transaction.atomic
def _queue(import_id: int, stage: Stage, *, send: bool) -> bool:
    counts = dict.fromkeys(
        (
            *("rows", "rows_before", "position", "size", "accepted"),
            *("listings_created", "listings_updated", "listings_unchanged"),
            *("listings_refused", "listings_without_photos"),
        ),
        0,
    )
    ended = _open(import_id).filter(status__in=ENDED)
    queued = ended.update(
        stage=stage,
        status=Status.QUEUED,
        queued=timezone.now(),
        error="",
        worker="",
        started=None,
        heartbeat=None,
        finished=None,
        **counts,
    )
    if queued:
        work_record(Import, pk=import_id, verb="checked" if stage is Stage.CHECK else "confirmed")
        _send_on_commit(import_id, send=send)
    return bool(queued)


def _send_on_commit(import_id: int, *, send: bool) -> None:
    if send:
        transaction.on_commit(lambda: import_send(import_id=import_id))


def _base_name(file: "UploadedFile[bytes]") -> str:
    return PurePath(file.name or "rows").name
