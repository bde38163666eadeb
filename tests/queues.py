"""A broker in memory in place of Redis."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from celery import current_app
from kombu import Connection

BROKER = "memory://"


class Queue:
    """What services sent to one queue."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._queue = connection.SimpleQueue(name)

    def take(self) -> list[tuple[str, int]]:
        """Every (task, id) that was sent and not taken yet; 0 where a task takes no id."""
        taken = []
        while self._queue.qsize():
            message = self._queue.get(block=False)
            message.ack()
            arguments = message.payload[0] or [0]
            taken.append((message.headers["task"], arguments[0]))
        return taken


@contextmanager
def memory_queue(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[Queue]:
    """Have services send their tasks to memory."""
    monkeypatch.setattr(current_app.conf, "broker_write_url", BROKER)
    with current_app.connection_for_read(BROKER) as connection:
        queue = Queue(connection, name)
        queue.take()
        yield queue
