"""What the Celery worker is asked to do for labels."""

from celery import shared_task

from catalog.services.ledger import worker_name
from labeling.services import people, rules, teacher_queue, teacher_run


@shared_task(name="labeling.tasks.teacher_run")
def run_teacher(run_id: int) -> None:
    """Work on a queued teacher run. A message that comes twice does nothing."""
    teacher_queue.teachers_sweep()
    claim = teacher_queue.teacher_claim(run_id=run_id, worker=worker_name())
    if claim is not None:
        teacher_run.teacher_run(claim)


@shared_task(name="labeling.tasks.teacher_sweep")
def sweep_teachers() -> None:
    """End runs whose worker died, and send forgotten ones (every 30 seconds, see CELERY_BEAT_SCHEDULE)."""
    teacher_queue.teachers_sweep()


@shared_task(name=rules.RULES_APPLY)
def apply_rules() -> None:
    """Bring begun tasks to rules that were changed (on every change, and every 30 seconds)."""
    rules.rules_apply()


@shared_task(name=people.PEOPLE_COUNT)
def count_people(count_id: int) -> None:
    """Count what everybody did. A message that comes twice finds the count claimed and does nothing."""
    if claim := people.count_claim(count_id=count_id, worker=worker_name()):
        people.count_run(claim)


@shared_task(name="labeling.tasks.people_sweep")
def sweep_people() -> None:
    """Queue a count once an hour (every five minutes, see CELERY_BEAT_SCHEDULE)."""
    people.count_sweep()
