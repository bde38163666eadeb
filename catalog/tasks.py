"""What the Celery worker is asked to do for the catalogue."""

from celery import shared_task

from catalog.services import idempotency, imports_queue, imports_run, people, photos
from catalog.services.ledger import worker_name

RENDER_SECONDS = 20.0
"""Less than the beat: what a worker has to do besides waits no longer."""


@shared_task(name="catalog.tasks.photos_render")
def photos_render() -> None:
    """Make thumbnails and web sizes for a while (every 30 seconds, see CELERY_BEAT_SCHEDULE)."""
    photos.photos_render(seconds=RENDER_SECONDS)


@shared_task(name="catalog.tasks.import_run")
def import_run(import_id: int) -> None:
    """Run a queued import, then render its photos. A message that comes twice does nothing."""
    imports_queue.imports_sweep()
    claim = imports_queue.import_claim(import_id=import_id, worker=worker_name())
    if claim is not None:
        imports_run.import_run(claim)
        imports_queue.imports_send_next()
        photos_render.delay()


@shared_task(name="catalog.tasks.import_sweep")
def import_sweep() -> None:
    """End imports whose worker died, and send forgotten ones (every 30 seconds, see CELERY_BEAT_SCHEDULE).

    Answers that the API keeps by their keys are forgotten here as well, once their time is over.
    """
    idempotency.answers_forget()
    imports_queue.imports_sweep()
    imports_queue.imports_send_next(waiting_for=imports_queue.FORGOTTEN_AFTER)


@shared_task(name="catalog.tasks.sessions_sweep")
def sessions_sweep() -> None:
    """Forget sessions that have run out (every hour, see CELERY_BEAT_SCHEDULE)."""
    people.sessions_forget()
