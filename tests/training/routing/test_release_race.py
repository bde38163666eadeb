"""Several workers that ask people at the same time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from attrx_web.roles import Role
from labeling.models import Purpose, Suggestion, Task
from tests.factories import user_with
from tests.queues import Queue, memory_queue
from tests.training.routed import World, dry_run, settings_of
from training.models import Route, Routing
from training.services import releasing, routings

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS, PER_DAY = 4, 5


@pytest.fixture
def routing(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Routing]:
    with memory_queue(monkeypatch, "default") as queue:
        assert isinstance(queue, Queue)
        found = dry_run(World(pool=30), settings_of(per_day=PER_DAY))
        routings.routing_confirm(routing_id=found.pk, by=user_with(Role.ADMIN))
        yield found


def test_workers_that_release_at_once_ask_everything_once(routing: Routing) -> None:
    def release(worker: int) -> int:
        try:
            return releasing.routing_release(routing_id=routing.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        asked = sum(pool.map(release, range(WORKERS)))
    audits = routing.questions.filter(route=Route.AUDIT)
    assert asked == PER_DAY + audits.count()
    assert not audits.filter(released=None).exists()
    assert routing.questions.filter(route=Route.REVIEW).exclude(released=None).count() == PER_DAY
    assert Task.objects.filter(purpose=Purpose.REVIEW).count() == PER_DAY
    assert Suggestion.objects.count() == PER_DAY
