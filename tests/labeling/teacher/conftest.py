"""Fixtures of the tests of teachers: an endpoint that does as told, and the site configured for it."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from attrx_web.env import Teacher
from tests.labeling.teacher.endpoint import Endpoint, serving
from tests.queues import Queue, memory_queue

KEY = "sk-secret-0123456789"
MODEL = "large-vl"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A server that does what the test says."""
    with serving() as endpoint:
        yield endpoint


@pytest.fixture
def teacher(endpoint: Endpoint, settings: Settings) -> Teacher:
    """The site's teacher: that endpoint."""
    teacher = settings.ATTRX_TEACHER = Teacher(endpoint.url, MODEL, KEY)
    return teacher


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    """Where services send their tasks."""
    with memory_queue(monkeypatch, "default") as queue:
        yield queue
