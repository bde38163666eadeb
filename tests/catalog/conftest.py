"""Fixtures of the catalogue's tests."""

from collections.abc import Iterator

import pytest
from celery import current_app

from tests.queues import Queue, memory_queue


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    """Where services send their tasks."""
    with memory_queue(monkeypatch, "default") as queue:
        yield queue


@pytest.fixture
def no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that does not answer."""
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
