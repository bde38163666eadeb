from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.db.utils import OperationalError
from django.test import Client
from pytest_django.fixtures import Settings

from attrx_web.env import embedded_redis_url
from attrx_web.processes import embedded_redis


@pytest.fixture
def with_redis(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.ATTRX_REDIS_URL = embedded_redis_url(tmp_path)
    with embedded_redis(tmp_path):
        yield


@pytest.fixture
def without_redis(settings: Settings, tmp_path: Path) -> None:
    settings.ATTRX_REDIS_URL = embedded_redis_url(tmp_path)


def test_a_process_that_answers_is_healthy(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
@pytest.mark.usefixtures("with_redis")
def test_ready_when_database_and_redis_answer(client: Client) -> None:
    response = client.get("/readyz")
    assert response.json() == {"status": "ok", "database": "ok", "redis": "ok"}
    assert response.status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("without_redis")
def test_not_ready_without_redis(client: Client) -> None:
    response = client.get("/readyz")
    assert response.json() == {"status": "unavailable", "database": "ok", "redis": "ConnectionError"}
    assert response.status_code == 503


@pytest.mark.django_db
@pytest.mark.usefixtures("with_redis")
def test_not_ready_without_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost() -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(connection, "cursor", lost)
    response = client.get("/readyz")
    assert response.json() == {"status": "unavailable", "database": "OperationalError", "redis": "ok"}
    assert response.status_code == 503
