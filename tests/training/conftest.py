"""Fixtures of the training app's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from kombu import Connection
from pytest_django.fixtures import Settings

from tests.training.rounds import model_folder, small_catalogue

BROKER = "memory://"


@pytest.fixture
def base_model(settings: Settings, tmp_path: Path) -> Path:
    """A model folder that the settings name."""
    folder = model_folder(tmp_path / "base")
    settings.ATTRX_BASE_MODEL = str(folder)
    return folder


@pytest.fixture
def catalogue(db: None, base_model: Path) -> None:
    """A small labelled catalogue and a base model: enough to start a round."""
    small_catalogue()


class Queue:
    """A broker in memory in place of Redis."""

    def __init__(self, connection: Connection) -> None:
        self._queue = connection.SimpleQueue("gpu")

    def take(self) -> list[tuple[str, int]]:
        """Every (task, round id) that was sent and not taken yet."""
        taken = []
        while self._queue.qsize():
            message = self._queue.get(block=False)
            message.ack()
            taken.append((message.headers["task"], message.payload[0][0]))
        return taken


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    """Where services send their tasks."""
    monkeypatch.setattr(current_app.conf, "broker_write_url", BROKER)
    with current_app.connection_for_read(BROKER) as connection:
        queue = Queue(connection)
        queue.take()
        yield queue


@pytest.fixture
def no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that does not answer."""
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
