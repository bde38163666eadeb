"""The model worker: answers come back, together with others where they came together."""

import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from attrx_web.logs import Context
from tests.fakes import FakeSampler
from tests.training.predicting.working import ask_of, until, working
from training.ml.records import Listing, Question
from training.ml.warm import WarmModel
from training.predicting import queue
from training.predicting.queue import answer_to
from training.predicting.wire import Reply
from training.predicting.worker import ModelWorker, worker_name
from training.presence import presents, queue_redis


def reply_to(name: str, *photos: bytes, **changes: Any) -> Reply:
    with queue_redis() as client:
        return answer_to(client, ask_of(name, *photos, **changes))


def test_every_attribute_has_its_chains(redis: Any, settings: Settings) -> None:
    with working(redis) as sampler:
        reply = reply_to("one")
    assert sampler.used == [Path(settings.ATTRX_ARTIFACTS_DIR) / "adapter"]
    assert set(reply.chains) == {"Color", "Shape"} and not reply.problem
    for chains in reply.chains.values():
        assert [chain.index for chain in chains] == list(range(8))


def test_photos_are_shown_in_order_and_are_gone_afterwards(redis: Any) -> None:
    shown: list[Path] = []
    held: list[bytes] = []

    def look(questions: Any) -> None:
        shown.extend(questions[0].listing.images)
        held.extend(path.read_bytes() for path in questions[0].listing.images)

    with working(redis, FakeSampler(before=look)):
        reply_to("one", b"front", b"back")
    assert held == [b"front", b"back"]
    assert not [path for path in shown if path.exists()]


def test_requests_that_wait_meanwhile_are_answered_at_once(redis: Any) -> None:
    begun, goes_on = Event(), Event()

    def hold(questions: Any) -> None:
        begun.set()
        assert goes_on.wait(30)

    with working(redis, FakeSampler(before=hold)) as sampler, ThreadPoolExecutor(4) as pool:
        first = pool.submit(reply_to, "first")
        assert begun.wait(30)
        others = [pool.submit(reply_to, name) for name in ("a", "b", "c")]
        until(lambda: queue.waiting(redis) == 3)
        goes_on.set()
        assert first.result().together == 1
        assert [one.result().together for one in others] == [3, 3, 3]
    assert len(sampler.asked) == 2
    alone = [FakeSampler().sample(_questions(name), ask_of().sample, seed=3) for name in ("a", "b", "c")]
    said = [[chain for of in one.result().chains.values() for chain in of] for one in others]
    assert said == alone


def test_the_worker_is_on_the_page_of_workers_while_it_is_there(redis: Any) -> None:
    with working(redis):
        until(lambda: presents(redis))
        [present] = presents(redis)
        assert (present.name, present.queues) == ("predict@here", ("predict",))
    assert presents(redis) == [] and queue.workers(redis) == []


def test_each_answer_is_logged_under_the_id_of_its_request(
    redis: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(Context())
    with caplog.at_level(logging.INFO, "training.predicting.worker"), working(redis):
        reply_to("one", request="f" * 32)
    [line] = [one for one in caplog.records if one.name == "training.predicting.worker"]
    assert vars(line)["request_id"] == "f" * 32 and vars(line)["version"] == 1


def test_a_redis_that_was_away_is_waited_for(redis: Any, settings: Settings) -> None:
    there, settings.ATTRX_REDIS_URL = settings.ATTRX_REDIS_URL, "unix:///nowhere/redis.sock"
    tried = Event()

    class Waiting(Event):
        def wait(self, timeout: float | None = None) -> bool:
            tried.set()
            settings.ATTRX_REDIS_URL = there
            return super().wait(0)

    worker = ModelWorker("predict@here", WarmModel(lambda params, adapter: FakeSampler()))
    worker._ended = Waiting()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(worker.run)
        assert tried.wait(30)
        until(lambda: queue.workers(redis))
        worker.stop()
        running.result()


def test_workers_of_a_machine_have_names_of_their_own_that_stay() -> None:
    assert worker_name() == worker_name(1) == f"predict@{socket.gethostname()}"
    assert worker_name(2) == f"predict2@{socket.gethostname()}"
    with pytest.raises(CommandError, match="--number 0: count from 1") as wrong:
        call_command("serve_model", "--number", "0")
    assert wrong.value.returncode == 2


def _questions(name: str) -> list[Question]:
    listing = Listing(name, "Kurta", ())
    return [Question(listing, attribute) for attribute in ask_of().attributes]
