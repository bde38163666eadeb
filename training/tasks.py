"""What the Celery worker is asked to do: ids in, ledger rows out."""

from celery import shared_task

from catalog.services.ledger import worker_name
from training import jobs, services


@shared_task(name="training.tasks.round_run")
def round_run(round_id: int) -> None:
    """Run a queued round. A message that comes twice finds the round claimed and does nothing."""
    services.rounds_sweep()
    claim = services.round_claim(round_id=round_id, worker=worker_name())
    if claim is not None:
        jobs.run_round(claim)


@shared_task(name="training.tasks.round_sweep")
def round_sweep() -> None:
    """End rounds whose worker died (every 30 seconds, see CELERY_BEAT_SCHEDULE)."""
    services.rounds_sweep()
