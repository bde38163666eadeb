"""A claimed import -> its stages: a check, or loading and settling. It can stop anywhere, and go on there."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from django.db import reset_queries
from django.db.models import F, QuerySet
from django.utils import timezone

from catalog import selectors
from catalog.errors import CatalogError
from catalog.imaging.errors import ImageError
from catalog.imaging.sources import PhotoReader, photo_reader
from catalog.importing.batches import Batch, Batches, is_twice
from catalog.importing.files import opened_rows
from catalog.importing.photos import photo_problems
from catalog.importing.plan import Plan, Role
from catalog.importing.rows import RowReader
from catalog.importing.seen import Seen
from catalog.models import Import, ImportProblem, Status, Vertical
from catalog.models.imports import Stage
from catalog.services.imports_write import Target, batch_write, conflicts, known_listings, problems_write
from catalog.services.ledger import CancelRequested, Claim, ClaimLost, held, pulse, work_close, work_done
from catalog.services.photos import photos_intake
from catalog.services.settle import import_settle
from catalog.splits import parse_quota

logger = logging.getLogger(__name__)

Tell = Callable[[int, int], object]
"""Told after each batch how far the reading is, and of how much: in bytes or rows of the file."""


def import_run(claim: Claim, *, tell: Tell = lambda position, size: None) -> None:
    """Run the claimed import to its end: done, failed or cancelled, unless the claim is lost on the way."""
    try:
        with pulse(claim):
            row = Import.objects.get(pk=claim.pk)
            if row.stage == Stage.CHECK:
                _check(claim, row, tell)
            else:
                if row.loaded is None:
                    _load(claim, row, tell)
                _settle(claim, row)
            with held(claim):
                work_done(claim=claim)
    except ClaimLost:
        logger.warning("import %s is no longer this worker's: stopped without writing", claim.pk)
    except CancelRequested:
        _end_cancelled(claim)
    except (CatalogError, ImageError) as error:
        _end_failed(claim, str(error))
    except Exception as error:
        logger.exception("import %s failed", claim.pk)
        remedy = "The worker's log has the traceback; once the cause is mended, resume the import."
        _end_failed(claim, f"{type(error).__name__}: {error}. {remedy}")


def _check(claim: Claim, row: Import, tell: Tell) -> None:
    """Find everything that is wrong with the file, from its beginning, and write nothing else."""
    _note(claim, rows=0, rows_before=0, accepted=0, listings_refused=0, listings_without_photos=0)
    _forget_problems(claim)
    with _read(claim, row, after=0) as (batches, reader, photos, size), closing(Seen()) as seen:
        for batch in batches:
            accepted = _check_batch(batch, reader, photos, seen)
            with held(claim):
                problems_write(batch.problems, import_id=claim.pk)
                _count(claim, batch, accepted=accepted, listings_without_photos=_without_photos(batch))
            reset_queries()
            tell(batch.position, size)


def _load(claim: Claim, row: Import, tell: Tell) -> None:
    """Write the file's listings, batch by batch, from the row after the last batch that was written."""
    _note(claim, stage=Stage.LOAD, settled=False)
    if row.rows == 0:
        _forget_problems(claim)
    with _read(claim, row, after=row.rows) as (batches, reader, photos, size):
        target = _target(claim.pk, reader)
        for batch in batches:
            names = [name for listing in batch.listings.values() for name in listing.images or ()]
            found = photos_intake(names=names, read=photos.read) if names else {}
            with held(claim):
                written = batch_write(batch, found, target, meanwhile=batches.read_ahead)
                _count(
                    claim,
                    batch,
                    listings_created=written.created,
                    listings_updated=written.updated,
                    listings_unchanged=written.unchanged,
                    listings_without_photos=written.without_photos,
                )
            reset_queries()  # Where DEBUG is on, Django keeps the text of every statement.
            tell(batch.position, size)
    _note(claim, loaded=timezone.now(), position=F("size"))


def _settle(claim: Claim, row: Import) -> None:
    """Find the near-duplicates of the new listings, and give them their splits."""
    plan = Plan.from_json(row.plan)
    _note(claim, stage=Stage.SETTLE)
    import_settle(
        import_id=claim.pk,
        gold=parse_quota(plan.gold),
        seed=parse_quota(plan.seed),
        tell=lambda: _note(claim),
    )


@contextmanager
def _read(claim: Claim, row: Import, *, after: int) -> Iterator[tuple[Batches, RowReader, PhotoReader, int]]:
    """Batches of the file after this row, how they are read, where its photos come from, and its size."""
    plan = Plan.from_json(row.plan)
    reader = RowReader(plan, selectors.schema_now())
    place = row.photos if plan.column_of(Role.IMAGES) else ""
    with opened_rows(row.path, plan) as rows, photo_reader(place) as photos:
        _note(claim, size=rows.size)
        yield Batches(rows, reader, after=after), reader, photos, rows.size


def _check_batch(batch: Batch, reader: RowReader, photos: PhotoReader, seen: Seen) -> int:
    """Refuse what the catalogue, the rows before or the photos speak against; returns how many are good."""
    before = seen.add((listing.external_id, listing.row) for listing in batch.listings.values())
    known = known_listings(batch.listings)
    for external_id, listing in list(batch.listings.items()):
        there = known.get(external_id)
        problems = conflicts(listing, there, reader) if there else []
        if external_id in before:
            problems.append(is_twice(listing, reader, earlier=before[external_id]))
        problems += photo_problems(listing, photos)
        if problems:
            batch.refuse(problems)
            del batch.listings[external_id]
    return len(batch.listings)


def _without_photos(batch: Batch) -> int:
    return sum(listing.images == {} for listing in batch.listings.values())


def _target(import_id: int, reader: RowReader) -> Target:
    left = Import.objects.filter(settled=False, created_listings__isnull=False).exclude(pk=import_id)
    return Target(
        import_id=import_id,
        reader=reader,
        verticals=dict(Vertical.objects.values_list("code", "pk")),
        unsettled=frozenset(left.values_list("pk", flat=True).distinct()),
    )


def _row(claim: Claim) -> QuerySet[Import]:
    """The ledger row; none once the claim is lost."""
    return Import.objects.filter(pk=claim.pk, claim=claim.token, status=Status.RUNNING)


def _note(claim: Claim, **fields: Any) -> None:
    """Set fields of the ledger row, which is also a sign of life."""
    with held(claim):
        if fields:
            _row(claim).update(**fields)


def _count(claim: Claim, batch: Batch, **more: int) -> None:
    """Add a batch to the ledger row; within `held`."""
    counts = {name: F(name) + number for name, number in (more | {"listings_refused": batch.refused}).items()}
    _row(claim).update(rows=batch.rows, position=batch.position, **counts)


def _forget_problems(claim: Claim) -> None:
    with held(claim):
        ImportProblem.objects.filter(of=claim.pk).delete()


def _end_failed(claim: Claim, error: str) -> None:
    work_close(Import, pk=claim.pk, status=Status.FAILED, error=error, claim=claim.token)


def _end_cancelled(claim: Claim) -> None:
    """Close as cancelled, with what landed settled, unless a person cancels that too."""
    if (
        _row(claim)
        .filter(stage=Stage.LOAD, cancel_requested=True)
        .update(cancel_requested=False, stage=Stage.SETTLE)
    ):
        try:
            with pulse(claim):
                _settle(claim, Import.objects.get(pk=claim.pk))
                _note(claim, stage=Stage.LOAD)
        except ClaimLost:
            return
        except CancelRequested:
            pass
    work_close(Import, pk=claim.pk, status=Status.CANCELLED, claim=claim.token)
