"""What the worker of the queue `default` is asked about routings."""

from attrx_web.roles import Role
from catalog.models import Status
from tests.factories import user_with
from tests.queues import Queue
from tests.training.routed import World, dry_run, settings_of
from training import tasks
from training.models import Route
from training.services import routings


def test_a_queued_routing_is_run_once(world: World, queue: Queue) -> None:
    routing = routings.routing_start(version_id=world.version.pk, settings=settings_of())
    tasks.routing_run(routing.pk)
    routing.refresh_from_db()
    assert (routing.status, routing.attempts) == (Status.DONE, 1)
    tasks.routing_run(routing.pk)
    routing.refresh_from_db()
    assert routing.attempts == 1


def test_a_release_asks_people(world: World, queue: Queue) -> None:
    routing = dry_run(world)
    routings.routing_confirm(routing_id=routing.pk, by=user_with(Role.ADMIN))
    tasks.routing_release(routing.pk)
    assert routing.questions.filter(route=Route.REVIEW).exclude(released=None).count() == 6


def test_the_sweep_tells_of_what_waits(world: World, queue: Queue) -> None:
    routing = routings.routing_start(version_id=world.version.pk, settings=settings_of())
    queue.take()
    tasks.routing_sweep()
    assert queue.take() == [("training.tasks.routing_run", routing.pk)]
