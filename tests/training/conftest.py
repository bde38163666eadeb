"""Fixtures of the training app's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from pytest_django.fixtures import Settings

from tests.queues import Queue, memory_queue
from tests.training.rounds import model_folder, small_catalogue


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


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    """Where services send their tasks."""
    with memory_queue(monkeypatch, "gpu") as queue:
        yield queue


@pytest.fixture
def no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that does not answer."""
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
