"""A request is answered, or it is said why not: whatever becomes of the workers."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from tests.training.predicting.working import ask_of, until
from training.ml.records import Chain
from training.predicting import queue
from training.predicting.queue import Desk, Taken, Unanswered, answer_to
from training.predicting.wire import Ask, Reply
from training.presence import queue_redis

REPLY = Reply({"Color": [Chain("one/Color", 0, "Answer: red", "red", -1.0)]})


@pytest.fixture
def pool() -> Any:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def asked(pool: ThreadPoolExecutor, ask: Ask, **options: Any) -> "Future[Reply]":
    """The answer to come, over a connection of its own."""

    def run() -> Reply:
        with queue_redis() as client:
            return answer_to(client, ask, **options)

    return pool.submit(run)


def taken(desk: Desk, count: int = 1) -> list[Taken]:
    found: list[Taken] = []

    def complete() -> bool:
        found.extend(desk.take(count - len(found)))
        return len(found) == count

    until(complete)
    return found


def die(redis: Any, desk: Desk) -> None:
    """What is left of a worker that was killed, after ALIVE_SECONDS."""
    redis.delete(f"{queue.PREFIX}alive:{desk.name}")


def nothing_is_left(redis: Any) -> bool:
    """Nothing but workers that are there."""
    known = {queue.WORKERS, *(f"{queue.PREFIX}alive:{name}" for name in queue.workers(redis))}
    return {key.decode() for key in redis.scan_iter(match=f"{queue.PREFIX}*")} <= known


def test_who_asks_gets_what_the_worker_says(redis: Any, pool: ThreadPoolExecutor) -> None:
    desk = Desk(redis, "one")
    desk.open()
    coming = asked(pool, ask_of("one", b"photo"))
    [one] = taken(desk)
    assert one.ask == ask_of("one", b"photo")
    desk.answer(one.key, REPLY)
    assert coming.result() == REPLY
    until(lambda: nothing_is_left(redis))


def test_requests_that_come_together_are_taken_together_in_their_order(
    redis: Any, pool: ThreadPoolExecutor
) -> None:
    desk = Desk(redis, "one")
    desk.open()
    coming = []
    for number in range(3):
        coming.append(asked(pool, ask_of(str(number))))
        until(lambda: queue.waiting(redis) == len(coming))
    found = desk.take(16)
    assert [one.ask.listing_id for one in found] == ["0", "1", "2"]
    for one in found:
        desk.answer(one.key, REPLY)
    assert [one.result() for one in coming] == [REPLY] * 3


def test_without_a_worker_nobody_is_made_to_wait(redis: Any) -> None:
    with pytest.raises(Unanswered, match="manage.py serve_model") as refused:
        answer_to(redis, ask_of())
    assert refused.value.again > 0 and nothing_is_left(redis)


def test_a_full_queue_takes_no_more(redis: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MOST_WAITING", 2)
    Desk(redis, "one").open()
    redis.lpush(queue.WAITING, "a", "b")
    with pytest.raises(Unanswered, match="2 requests wait already"):
        answer_to(redis, ask_of())
    assert queue.waiting(redis) == 2


def test_an_answer_that_does_not_come_in_time_is_not_waited_for(redis: Any) -> None:
    desk = Desk(redis, "one")
    desk.open()
    with pytest.raises(Unanswered, match=r"no answer within 0\.2 seconds"):
        answer_to(redis, ask_of(), seconds=0.2)
    assert desk.take(16, wait=0.01) == [] and nothing_is_left(redis)


def test_a_worker_that_dies_over_the_only_request_is_told_of(redis: Any, pool: ThreadPoolExecutor) -> None:
    desk = Desk(redis, "one")
    desk.open()
    coming = asked(pool, ask_of())
    taken(desk)
    die(redis, desk)
    with pytest.raises(Unanswered, match="ended over it") as refused:
        coming.result()
    assert refused.value.again > 0


def test_another_worker_takes_what_a_dead_one_held_first_in_line(
    redis: Any, pool: ThreadPoolExecutor
) -> None:
    dead, other = Desk(redis, "dead"), Desk(queue_redis(), "other")
    for desk in (dead, other):
        desk.open()
    coming = [asked(pool, ask_of("first"))]
    taken(dead)
    coming.append(asked(pool, ask_of("second")))
    until(lambda: queue.waiting(redis) == 1)
    die(redis, dead)
    found = taken(other, 2)
    assert [(one.ask.listing_id, one.attempts) for one in found] == [("first", 2), ("second", 1)]
    for one in found:
        other.answer(one.key, REPLY)
    assert [one.result() for one in coming] == [REPLY, REPLY]


def test_a_worker_that_starts_again_takes_what_it_held(redis: Any, pool: ThreadPoolExecutor) -> None:
    before = Desk(redis, "one")
    before.open()
    coming = asked(pool, ask_of())
    taken(before)
    again = Desk(redis, "one")
    again.open()
    [one] = taken(again)
    again.answer(one.key, REPLY)
    assert coming.result() == REPLY


def test_a_request_that_kills_its_workers_is_given_up(redis: Any, pool: ThreadPoolExecutor) -> None:
    coming = None
    for _ in range(queue.MOST_ATTEMPTS):
        desk = Desk(redis, "one")
        desk.open()
        coming = coming or asked(pool, ask_of())
        taken(desk)
    desk = Desk(redis, "one")
    desk.open()
    assert desk.take(16, wait=0.01) == []
    assert coming is not None and "2 model workers ended over it" in coming.result().problem


def test_what_nobody_waits_for_any_more_is_not_answered(redis: Any) -> None:
    desk = Desk(redis, "one")
    desk.open()
    redis.lpush(queue.WAITING, "gone")
    assert desk.take(16, wait=0.01) == [] and nothing_is_left(redis)


def test_a_worker_that_ends_well_leaves_what_it_held_to_others(redis: Any, pool: ThreadPoolExecutor) -> None:
    one, other = Desk(redis, "one"), Desk(queue_redis(), "other")
    for desk in (one, other):
        desk.open()
    coming = asked(pool, ask_of())
    taken(one)
    one.close()
    [found] = taken(other)
    other.answer(found.key, REPLY)
    assert coming.result() == REPLY
    assert queue.workers(redis) == ["other"]


def test_a_redis_that_is_away_is_told_of(settings: Settings) -> None:
    settings.ATTRX_REDIS_URL = "unix:///nowhere/redis.sock"
    with pytest.raises(Unanswered, match="the queue does not answer"), queue.asking() as client:
        queue.check_open(client)
