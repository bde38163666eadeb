"""Workers say that they are there, and are gone when they say nothing any more."""

import json
import time
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from kombu import Queue

from training.presence import (
    GONE_AFTER_SECONDS,
    PREFIX,
    Presence,
    Present,
    home_of,
    present_write,
    presents,
)


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


def test_a_drained_worker_keeps_the_queues_it_goes_back_to(redis: Any) -> None:
    one = worker("gpu@laptop", "gpu")
    presence = Presence(one)
    presence._present(one)
    one.consumer.task_consumer.queues = []
    present_write(redis, presence._present(one))
    (found,) = presents(redis)
    assert (found.queues, found.home) == ((), ("gpu",))
    assert home_of("gpu@laptop") == ("gpu",)
    assert home_of("gpu@gone") == ()


def test_what_an_older_worker_writes_is_read() -> None:
    row = asdict(Presence(worker("a"))._present(worker("a")))
    del row["home"]
    assert Present.from_json(json.dumps(row)).home == ()


def test_workers_come_by_name(redis: Any) -> None:
    for name in ("gpu@b", "default@a"):
        present_write(redis, Presence(worker(name))._present(worker(name)))
    assert [present.name for present in presents(redis)] == ["default@a", "gpu@b"]
