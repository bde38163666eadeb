"""The page of workers says who is there, what they do and what waits; or that the queue is silent."""

import time
from typing import Any

import pytest
from celery import current_app
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects
from pytest_django.fixtures import Settings

from attrx_web.roles import Role
from catalog.models import Status
from tests.factories import user_with
from tests.queues import BROKER
from tests.training.rounds import round_in, stage_of
from training.pages.workers import workers_page
from training.predicting.queue import WAITING
from training.presence import Doing, Present, present_write

pytestmark = pytest.mark.django_db

PAGE = reverse("training:workers")


def present(name: str = "gpu@box", **fields: Any) -> Present:
    now = time.time()
    known: dict[str, Any] = {
        "host": "box",
        "pid": 7,
        "started": now - 3600,
        "written": now,
        "queues": ("gpu",),
        "doing": (),
        "device": "",
        "memory": 3 * 2**30,
        "gpu_memory": 0,
        "gpu_total": 0,
    }
    return Present(name, **known | fields)


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(user_with(role))
    return client


def test_a_worker_is_shown_with_its_device_and_what_it_is_at(redis: Any) -> None:
    doing = (Doing("training.tasks.round_run", (12,), time.time() - 90),)
    present_write(redis, present(doing=doing, device="NVIDIA H100", gpu_memory=20, gpu_total=80))
    (line,) = workers_page().workers
    assert (line.device, line.gpu_percent, line.memory_gib) == ("NVIDIA H100", 25, "3.0")
    assert [(task.label, task.round_id, task.duration) for task in line.tasks] == [
        ("Round 12", 12, "1 min 30 s")
    ]
    assert not line.is_late and not line.is_drained


def test_a_worker_that_has_missed_signs_of_life_is_late(redis: Any) -> None:
    present_write(redis, present(written=time.time() - 20, queues=()))
    (line,) = workers_page().workers
    assert (line.is_late, line.is_drained, line.heard) == (True, True, "20 s")


def test_a_task_without_words_is_named_by_its_function(redis: Any) -> None:
    present_write(redis, present(doing=(Doing("catalog.tasks.import_sweep", (), time.time()),)))
    assert workers_page().workers[0].tasks[0].label == "Import sweep"


def test_a_worker_at_a_shard_is_at_its_round(redis: Any) -> None:
    stage = stage_of(round_in(Status.RUNNING), Status.RUNNING, "sample", 2)
    present_write(redis, present(doing=(Doing("training.tasks.shard_run", (stage.pk,), time.time()),)))
    (task,) = workers_page().workers[0].tasks
    assert task.label == f"Round {stage.round_id}, iteration 2, sampling chains"
    assert task.round_id == stage.round_id


def test_queues_say_what_waits_and_who_takes_it(redis: Any) -> None:
    redis.rpush("gpu", "one", "two")
    redis.rpush(WAITING, "a request")
    present_write(redis, present())
    depths = {depth.name: (depth.waiting, depth.takers) for depth in workers_page().queues}
    assert depths == {"default": (0, 0), "gpu": (2, 1), "predict": (1, 0)}


def test_a_model_worker_is_listed_and_not_drained(redis: Any) -> None:
    present_write(redis, present("predict@box", queues=("predict",)))
    (line,) = workers_page().workers
    assert not line.is_drainable and not line.is_drained
    assertNotContains(signed_in(Role.ADMIN).get(PAGE), reverse("training:worker_drain"))


def test_a_silent_redis_is_said_at_once_with_a_remedy(settings: Settings) -> None:
    settings.ATTRX_REDIS_URL = "redis://127.0.0.1:1/0"
    began = time.monotonic()
    answer = signed_in(Role.ADMIN).get(PAGE)
    assertContains(answer, "The queue does not answer (ConnectionError)")
    assertContains(answer, "Run manage.py serve")
    assert time.monotonic() - began < 5


def test_only_admins_drain(redis: Any) -> None:
    present_write(redis, present())
    assertContains(signed_in(Role.ADMIN).get(PAGE), ">Drain")
    reviewer = signed_in(Role.REVIEWER)
    assertNotContains(reviewer.get(PAGE), ">Drain")
    assert reviewer.post(reverse("training:worker_drain"), {"name": "gpu@box"}).status_code == 403


def test_a_drained_worker_is_told_to_leave_every_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app.conf, "broker_write_url", BROKER)
    told: list[Any] = []
    with current_app.connection_for_read(BROKER) as connection:
        mailbox = current_app.control.mailbox  # type: ignore[attr-defined]  # its stubs lack it
        node = mailbox.Node("gpu@box", channel=connection.default_channel)
        node.listen(callback=lambda body, message: told.append(body))
        answer = signed_in(Role.ADMIN).post(reverse("training:worker_drain"), {"name": "gpu@box"})
        for _ in range(2):
            connection.drain_events(timeout=5)
    assertRedirects(answer, PAGE, fetch_redirect_response=False)
    assert [(one["method"], one["arguments"]["queue"], one["destination"]) for one in told] == [
        ("cancel_consumer", "default", ["gpu@box"]),
        ("cancel_consumer", "gpu", ["gpu@box"]),
    ]


def test_a_drained_worker_can_be_told_to_take_work_again(redis: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes back to the queues that it had, and to no other."""
    monkeypatch.setattr(current_app.conf, "broker_write_url", BROKER)
    present_write(redis, present(queues=(), home=("gpu",)))
    told: list[Any] = []
    admin = signed_in(Role.ADMIN)
    assertContains(admin.get(PAGE), ">Take work again")
    with current_app.connection_for_read(BROKER) as connection:
        mailbox = current_app.control.mailbox  # type: ignore[attr-defined]  # its stubs lack it
        node = mailbox.Node("gpu@box", channel=connection.default_channel)
        node.listen(callback=lambda body, message: told.append(body))
        answer = admin.post(reverse("training:worker_undrain"), {"name": "gpu@box"}, follow=True)
        connection.drain_events(timeout=5)
    assertContains(answer, "gpu@box takes work again")
    assert [(one["method"], one["arguments"]["queue"], one["destination"]) for one in told] == [
        ("add_consumer", "gpu", ["gpu@box"])
    ]


def test_a_worker_that_is_gone_cannot_be_told_to_take_work(redis: Any) -> None:
    answer = signed_in(Role.ADMIN).post(reverse("training:worker_undrain"), {"name": "gpu@gone"}, follow=True)
    assertContains(answer, "gpu@gone was not told to take work again")
    reviewer = signed_in(Role.REVIEWER)
    assert reviewer.post(reverse("training:worker_undrain"), {"name": "gpu@box"}).status_code == 403


def test_a_drain_that_cannot_be_sent_says_so(no_queue: None, settings: Settings) -> None:
    settings.ATTRX_REDIS_URL = "redis://127.0.0.1:1/0"
    answer = signed_in(Role.ADMIN).post(reverse("training:worker_drain"), {"name": "gpu@box"}, follow=True)
    assertContains(answer, "the worker was not told")


def test_the_page_asks_for_its_fragment(redis: Any) -> None:
    client = signed_in(Role.REVIEWER)
    assertContains(client.get(PAGE), "<h1")
    fragment = client.get(PAGE, headers={"HX-Request": "true"})
    assertNotContains(fragment, "<h1")
    assertContains(fragment, "No worker is there")


def test_the_page_asks_visitors_to_log_in(client: Client) -> None:
    assertRedirects(client.get(PAGE), f"{reverse('account_login')}?next={PAGE}")
