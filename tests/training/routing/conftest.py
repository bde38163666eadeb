"""Fixtures of routings."""

from collections.abc import Iterator

import pytest

from tests.queues import Queue, memory_queue
from tests.training.routed import World


@pytest.fixture
def world(db: None) -> World:
    """A version with predictions and evidence."""
    return World()


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    """Where services send what is not for a GPU."""
    with memory_queue(monkeypatch, "default") as queue:
        yield queue
