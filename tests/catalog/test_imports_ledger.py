"""What may happen to an import while it waits and runs: cancel, failure, a lost worker, and going on."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from catalog import tasks
from catalog.importing import batches
from catalog.importing.folder import folder_plan
from catalog.models import Import, Listing, Status
from catalog.models.imports import Stage
from catalog.selectors import listings_of
from catalog.services import imports, imports_queue, imports_run
from catalog.services.ledger import worker_name
from catalog.splits import Split
from tests.catalog.folders import file_opened, folder_loaded, folder_opened, loaded, resumed, row
from tests.factories import VerticalFactory
from tests.queues import Queue

pytestmark = pytest.mark.django_db

ROWS = [row(f"w{number}", images=[]) for number in range(7)]
Tell = Callable[[int, int], object]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PRODUCTS", 2)


@pytest.fixture
def opened(tmp_path: Path) -> Import:
    return folder_opened(tmp_path / "folder", ROWS)


def run(row: Import, tell: Tell) -> Import:
    """The import, loaded by a worker that is interrupted by `tell` after each batch."""
    imports.import_load(import_id=row.pk, send=False)
    claim = imports_queue.import_claim(import_id=row.pk, worker=worker_name())
    assert claim
    imports_run.import_run(claim, tell=tell)
    return Import.objects.get(pk=row.pk)


def after(batches: int, act: Callable[[], object]) -> Tell:
    """Act after so many batches."""
    seen = iter(range(1, 100))
    return lambda position, size: act() if next(seen) == batches else None


def landed() -> list[str]:
    return sorted(Listing.objects.values_list("external_id", flat=True))


EVERYTHING = [f"w{number}" for number in range(7)]


def test_a_cancelled_import_stops_with_its_batch_settles_what_landed_and_goes_on(opened: Import) -> None:
    done = run(opened, after(2, lambda: imports.import_cancel(import_id=opened.pk)))
    assert (done.status, done.stage, done.rows, done.settled) == (Status.CANCELLED, Stage.LOAD, 4, True)
    assert landed() == EVERYTHING[:4]
    assert len(listings_of(split=Split.POOL)) == 4
    done = resumed(done)
    assert (done.status, done.listings_created, done.rows, done.settled) == (Status.DONE, 7, 7, True)
    assert landed() == EVERYTHING


def test_an_import_that_fails_keeps_its_batches_out_of_rounds_until_it_goes_on(opened: Import) -> None:
    def fail() -> None:
        raise RuntimeError("the disk is full")

    done = run(opened, after(3, fail))
    assert (done.status, done.rows, done.settled) == (Status.FAILED, 6, False)
    assert done.error.startswith("RuntimeError: the disk is full. The worker's log has the traceback")
    assert (landed(), len(listings_of(split=Split.POOL))) == (EVERYTHING[:6], 0)
    done = resumed(done)
    assert (done.status, done.error, done.listings_created) == (Status.DONE, "", 7)
    assert len(listings_of(split=Split.POOL)) == 7


def die() -> None:
    raise KeyboardInterrupt


def dead(row: Import, *, after_batches: int) -> Import:
    """The import, whose worker ended without a word."""
    with pytest.raises(KeyboardInterrupt):
        run(row, after(after_batches, die))
    return Import.objects.get(pk=row.pk)


def test_an_import_whose_worker_is_silent_is_swept_and_goes_on(opened: Import, queue: Queue) -> None:
    lost = dead(opened, after_batches=2)
    assert lost.status == Status.RUNNING
    assert imports_queue.imports_sweep() == []
    assert imports_queue.imports_sweep(silent_for=timedelta()) == [lost.pk]
    lost.refresh_from_db()
    assert lost.status == Status.FAILED
    assert (
        lost.error
        == f"The worker ({worker_name()}) stopped answering. Resume the import to go on from there."
    )
    assert resumed(lost).listings_created == 7
    assert landed() == EVERYTHING


def test_an_import_whose_process_is_gone_is_swept_at_once(opened: Import, queue: Queue) -> None:
    lost = dead(opened, after_batches=1)
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    Import.objects.filter(pk=lost.pk).update(worker=worker_name(child))
    assert imports_queue.imports_sweep() == [lost.pk]


def test_the_imports_of_a_worker_that_is_known_to_have_ended_are_closed(opened: Import) -> None:
    lost = dead(opened, after_batches=1)
    assert imports_queue.importer_gone(pid=1) == []
    assert imports_queue.importer_gone(pid=os.getpid()) == [lost.pk]


def test_a_lost_import_that_was_to_be_cancelled_is_cancelled(opened: Import, queue: Queue) -> None:
    lost = dead(opened, after_batches=1)
    imports.import_cancel(import_id=lost.pk)
    imports_queue.imports_sweep(silent_for=timedelta())
    assert Import.objects.get(pk=lost.pk).status == Status.CANCELLED


def test_a_worker_that_lost_its_import_writes_nothing_more(opened: Import) -> None:
    def take_away() -> None:
        imports_queue.importer_gone(pid=os.getpid())

    done = run(opened, after(1, take_away))
    assert (done.status, done.rows) == (Status.FAILED, 2)
    assert landed() == EVERYTHING[:2]


def test_another_import_takes_over_what_one_that_stopped_left_unsettled(
    opened: Import, tmp_path: Path
) -> None:
    stopped = dead(opened, after_batches=2)
    imports_queue.importer_gone(pid=os.getpid())
    done = folder_loaded(tmp_path / "folder", ROWS)
    assert (done.listings_created, done.listings_unchanged) == (3, 4)
    assert len(listings_of(split=Split.POOL)) == 7
    assert not stopped.created_listings.exists()


def test_what_was_settled_before_an_import_went_on_is_not_taken_over(opened: Import, tmp_path: Path) -> None:
    run(opened, after(2, lambda: imports.import_cancel(import_id=opened.pk)))
    settled = landed()
    imports.import_resume(import_id=opened.pk, send=False)
    claim = imports_queue.import_claim(import_id=opened.pk, worker=worker_name())
    assert claim
    imports_run.import_run(claim, tell=after(1, lambda: imports_queue.importer_gone(pid=os.getpid())))
    assert len(landed()) > len(settled) > 0
    done = folder_loaded(tmp_path / "folder", ROWS)
    assert sorted(opened.created_listings.values_list("external_id", flat=True)) == settled
    assert sorted(done.created_listings.values_list("external_id", flat=True)) == EVERYTHING[len(settled) :]
    assert len(listings_of(split=Split.POOL)) == 7


def test_one_import_runs_at_a_time_and_the_next_one_follows(
    opened: Import,
    tmp_path: Path,
    queue: Queue,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    second = folder_opened(tmp_path / "second", ROWS)
    third = folder_opened(tmp_path / "third", ROWS)
    with django_capture_on_commit_callbacks(execute=True):
        for waiting in (third, second):
            imports.import_load(import_id=waiting.pk)
    assert queue.take() == [(imports.IMPORT_RUN, third.pk), (imports.IMPORT_RUN, second.pk)]

    def claim_another() -> None:
        assert imports_queue.import_claim(import_id=third.pk, worker="another") is None

    run(opened, after(1, claim_another))
    tasks.import_run(third.pk)
    assert queue.take() == [(imports.IMPORT_RUN, second.pk), ("catalog.tasks.photos_render", 0)]
    assert Import.objects.get(pk=third.pk).listings_unchanged == 7


def test_a_message_that_comes_twice_does_nothing(opened: Import, queue: Queue) -> None:
    imports.import_load(import_id=opened.pk, send=False)
    tasks.import_run(opened.pk)
    finished = Import.objects.get(pk=opened.pk).finished
    tasks.import_run(opened.pk)
    assert Import.objects.get(pk=opened.pk).finished == finished
    assert queue.take() == [("catalog.tasks.photos_render", 0)]


def test_a_forgotten_import_is_sent_again(opened: Import, queue: Queue) -> None:
    imports.import_load(import_id=opened.pk, send=False)
    tasks.import_sweep()
    assert queue.take() == []
    Import.objects.update(queued=timezone.now() - imports_queue.FORGOTTEN_AFTER)
    tasks.import_sweep()
    assert queue.take() == [(imports.IMPORT_RUN, opened.pk)]


def test_an_import_that_no_queue_takes_fails_with_the_remedy(
    opened: Import, no_queue: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        imports.import_load(import_id=opened.pk)
    opened.refresh_from_db()
    assert opened.status == Status.FAILED
    assert "Run manage.py serve, or set REDIS_URL" in opened.error


def test_what_runs_or_was_loaded_is_not_changed(opened: Import) -> None:
    imports.import_load(import_id=opened.pk, send=False)
    for change in (imports.import_check, imports.import_load, imports.import_resume, imports.import_discard):
        assert not change(import_id=opened.pk)
    assert not imports.import_plan(import_id=opened.pk, plan=folder_plan())
    imports.import_cancel(import_id=opened.pk)
    done = resumed(opened)
    assert done.status == Status.DONE
    assert not imports.import_load(import_id=opened.pk)
    assert not imports.import_cancel(import_id=opened.pk)


def test_a_check_that_was_cancelled_is_done_again_from_the_beginning(opened: Import) -> None:
    imports.import_check(import_id=opened.pk, send=False)
    claim = imports_queue.import_claim(import_id=opened.pk, worker=worker_name())
    assert claim
    imports_run.import_run(claim, tell=after(2, lambda: imports.import_cancel(import_id=opened.pk)))
    opened.refresh_from_db()
    assert (opened.status, opened.accepted) == (Status.CANCELLED, 4)
    assert (resumed(opened).accepted, Listing.objects.count()) == (7, 0)


def test_a_schema_that_lost_the_vertical_fails_the_import_with_the_remedy(tmp_path: Path) -> None:
    vertical = VerticalFactory.create(code="bag")
    opened = file_opened(tmp_path / "rows.csv", "sku\n1\n")
    vertical.delete()
    done = loaded(opened)
    assert (done.status, done.error) == (
        Status.FAILED,
        "vertical 'bag' is not in the schema: add it, or use one of none yet",
    )
