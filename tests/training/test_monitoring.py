"""Metrics are for whoever has the token, are right, and are added up over the processes of the web server."""

import http.client
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from attrx_web.processes import web_process
from catalog.models import Status
from labeling.models import Purpose
from tests.flows.laptop import Laptop, set_environment
from tests.labeling import workspace
from tests.services import free_port
from tests.training.rounds import round_in, shard_of, stage_of
from training.monitoring import gauges
from training.presence import Present, present_write

TOKEN = "0123456789abcdef"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


def figures(text: str) -> dict[str, float]:
    """{name with labels: figure}."""
    rows = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(number) for name, number in rows}


@pytest.fixture
def token(settings: Settings) -> None:
    settings.ATTRX_METRICS_TOKEN = TOKEN


def test_nobody_reads_metrics_where_no_token_is_set(client: Client, settings: Settings) -> None:
    settings.ATTRX_METRICS_TOKEN = ""
    for headers in ({}, HEADERS, {"Authorization": "Bearer "}):
        assert client.get("/metrics", headers=headers).status_code == 403


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer 0123456789abcdeF", TOKEN, f"Basic {TOKEN}"])
def test_another_token_is_refused(client: Client, given: str) -> None:
    response = client.get("/metrics", headers={"Authorization": given})
    assert response.status_code == 403 and b"attrx_" not in response.content


@pytest.mark.django_db
@pytest.mark.usefixtures("token", "redis")
def test_whoever_has_the_token_reads_requests_and_rounds(client: Client) -> None:
    client.get("/accounts/login/")
    response = client.get("/metrics", headers=HEADERS)
    assert response.status_code == 200 and response["Content-Type"].startswith("text/plain")
    found = figures(response.content.decode())
    requests = [
        name for name in found if name.startswith("django_http_responses_total_by_status_view_method")
    ]
    assert any('view="account_login"' in name and 'status="200"' in name for name in requests)
    assert found['attrx_work{kind="round",status="queued"}'] == 0


@pytest.mark.django_db
def test_gauges_are_what_the_rows_say(
    redis: Any, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    one = round_in(Status.RUNNING)
    stage = stage_of(one, Status.RUNNING, "sample", 2, done=3, total=9)
    shard_of(stage, Status.QUEUED, 0)
    round_in(Status.QUEUED)
    workspace.tasks(2)
    workspace.claim(workspace.annotator())
    redis.rpush("default", "first", "second")
    gpu = Present(
        *("gpu@host", "host", 1, 0.0, 0.0, ("gpu",), ()), device="H100", memory=5, gpu_memory=6, gpu_total=7
    )
    present_write(redis, gpu)
    with django_assert_max_num_queries(6):
        found = figures(gauges().decode())
    assert found['attrx_work{kind="round",status="running"}'] == 1
    assert found['attrx_work{kind="round",status="queued"}'] == 1
    assert found['attrx_work{kind="shard",status="queued"}'] == 1
    assert found[f'attrx_stage_done{{round="{one.pk}",stage="sample 2"}}'] == 3
    assert found[f'attrx_stage_total{{round="{one.pk}",stage="sample 2"}}'] == 9
    assert 0 <= found[f'attrx_round_silence_seconds{{round="{one.pk}"}}'] < 60
    assert found[f'attrx_leases{{purpose="{Purpose.GOLD}"}}'] == 1
    assert found['attrx_queue_messages{queue="default"}'] == 2
    assert (found['attrx_workers{queue="gpu"}'], found['attrx_workers{queue="default"}']) == (1, 0)
    assert found['attrx_gpu_memory_bytes{device="H100",worker="gpu@host"}'] == 6


@pytest.mark.django_db
def test_a_silent_redis_is_said_and_no_queue_is_called_empty(settings: Settings, tmp_path: Path) -> None:
    settings.ATTRX_REDIS_URL = f"unix://{tmp_path}/none.sock"
    text = gauges().decode()
    assert figures(text)["attrx_redis_up"] == 0
    assert "attrx_queue_messages{" not in text


@pytest.fixture
def site(tmp_path: Path) -> Iterator[int]:
    """The port of a web server of two processes."""
    before = dict(os.environ)
    set_environment(tmp_path, tmp_path / "no-model")
    os.environ["ATTRX_METRICS_TOKEN"] = TOKEN
    port = free_port()
    Laptop(tmp_path).migrate()
    with web_process(tmp_path, port=port):
        yield port
    os.environ.clear()
    os.environ |= before


def ask(port: int, address: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", address, headers=HEADERS)
    response = connection.getresponse()
    return response.status, response.read().decode()


def test_what_processes_count_is_added_up(site: int) -> None:
    asked = 24
    for _ in range(asked):
        assert ask(site, "/accounts/login/")[0] == 200
    labels = 'method="GET",status="200",view="account_login"'
    name = f"django_http_responses_total_by_status_view_method_total{{{labels}}}"
    for _ in range(4):  # Whichever process answers.
        status, text = ask(site, "/metrics")
        assert (status, figures(text)[name]) == (200, asked)
