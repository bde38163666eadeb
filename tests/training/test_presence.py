"""Workers say that they are there, and are gone when they say nothing any more."""

import time
from types import SimpleNamespace
from typing import Any

from kombu import Queue

from training.presence import GONE_AFTER_SECONDS, PREFIX, Presence, present_write, presents


def worker(name: str, *queues: str) -> Any:
    """As much of Celery's worker as a presence reads."""
    consumer = SimpleNamespace(task_consumer=SimpleNamespace(queues=[Queue(queue) for queue in queues]))
    return SimpleNamespace(hostname=name, consumer=consumer)


def test_a_worker_that_has_started_is_there_and_one_that_stopped_is_not(redis: Any) -> None:
    one = worker("gpu@laptop", "gpu")
    presence = Presence(one)
    presence.start(one)
    try:
        deadline = time.monotonic() + 5
        while not redis.exists(PREFIX + "gpu@laptop") and time.monotonic() < deadline:
            pass
        (present,) = presents(redis)
    finally:
        presence.stop(one)
    assert (present.name, present.queues, present.doing) == ("gpu@laptop", ("gpu",), ())
    assert present.memory > 2**20
    assert presents(redis) == []


def test_a_worker_that_dies_is_forgotten(redis: Any) -> None:
    one = worker("gpu@laptop", "gpu")
    present_write(redis, Presence(one)._present(one))
    assert 0 < redis.ttl(PREFIX + "gpu@laptop") <= GONE_AFTER_SECONDS


def test_a_worker_whose_consumer_is_not_up_yet_takes_from_nothing(redis: Any) -> None:
    one = SimpleNamespace(hostname="gpu@laptop", consumer=None)
    assert Presence(one)._present(one).queues == ()


def test_workers_come_by_name(redis: Any) -> None:
    for name in ("gpu@b", "default@a"):
        present_write(redis, Presence(worker(name))._present(worker(name)))
    assert [present.name for present in presents(redis)] == ["default@a", "gpu@b"]
