"""What the Celery worker is asked to do: ids in, ledger rows out."""

from celery import shared_task

from catalog.services.ledger import worker_name
from training import jobs, services, sharding
from training.roundlog import round_log
from training.routing import run
from training.services import accepted, deliveries, health, releasing, routings, shards


@shared_task(name="training.tasks.round_run")
def round_run(round_id: int) -> None:
    """Run a queued round. A message that comes twice finds the round claimed and does nothing."""
    services.rounds_sweep()
    claim = services.round_claim(round_id=round_id, worker=worker_name())
    if claim is not None:
        with round_log(pk=round_id):
            jobs.run_round(claim)


@shared_task(name="training.tasks.shard_run")
def shard_run(stage_id: int) -> None:
    """Draw one queued shard of the stage. A round that waits for a worker goes first."""
    if waiting := services.round_claim_next(worker=worker_name()):
        shards.shards_send(stage_id=stage_id, times=1)
        with round_log(pk=waiting.pk):
            jobs.run_round(waiting)
    elif claim := shards.shard_claim(stage_id=stage_id, worker=worker_name()):
        with round_log(stages=stage_id):
            sharding.run_shard(claim)


@shared_task(name="training.tasks.round_sweep")
def round_sweep() -> None:
    """Queue what lost its worker, and tell of what waits (every 30 seconds, see CELERY_BEAT_SCHEDULE)."""
    services.rounds_sweep()
    services.rounds_remind()


@shared_task(name="training.tasks.routing_run")
def routing_run(routing_id: int) -> None:
    """Run a queued dry run of a routing. A message that comes twice finds it claimed and does nothing."""
    routings.routings_sweep()
    claim = routings.routing_claim(routing_id=routing_id, worker=worker_name())
    if claim is not None:
        run.run_routing(claim)


@shared_task(name="training.tasks.routing_release")
def routing_release(routing_id: int) -> None:
    """Ask people what the routing has for them today, and take back what a superseded one asked."""
    releasing.routing_release(routing_id=routing_id)


@shared_task(name="training.tasks.routing_sweep")
def routing_sweep() -> None:
    """Queue dry runs that lost their worker, and tell of what waits (every minute, see CELERY_BEAT_SCHEDULE).

    That is also how each day's reviews come. And changes of accepted answers get their numbers.
    """
    routings.routings_sweep()
    routings.routings_remind()
    accepted.changes_number()


@shared_task(name=health.HEALTH_RUN)
def health_run(run_id: int) -> None:
    """Compute a week's figures. A message that comes twice finds the run claimed and does nothing."""
    if claim := health.health_claim(run_id=run_id, worker=worker_name()):
        health.health_run(claim)


@shared_task(name="training.tasks.health_sweep")
def health_sweep() -> None:
    """Queue the last week once a day (every five minutes, see CELERY_BEAT_SCHEDULE)."""
    health.health_sweep()


@shared_task(name=deliveries.DELIVERY_SEND)
def delivery_send(delivery_id: int) -> None:
    """Send one message about an alert."""
    if claim := deliveries.delivery_claim(delivery_id=delivery_id, worker=worker_name()):
        deliveries.delivery_send(claim)


@shared_task(name="training.tasks.deliveries_sweep")
def deliveries_sweep() -> None:
    """Tell workers of messages that are due (every 30 seconds, see CELERY_BEAT_SCHEDULE)."""
    deliveries.deliveries_sweep()
