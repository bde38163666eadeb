"""A model worker in a thread, and something to ask it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from django.conf import settings

from tests.factories import ImageFactory
from tests.fakes import FakeSampler
from tests.training.routed import World
from training.ml.params import ModelParams, SampleParams
from training.ml.records import Attribute
from training.ml.warm import WarmModel
from training.predicting import queue
from training.predicting.wire import Ask
from training.predicting.worker import ModelWorker

PATIENCE_SECONDS = 30.0


def until(condition: Callable[[], Any]) -> None:
    """Wait for it; a test that waits for too long has failed."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not come about"


def ask_of(name: str = "one", *photos: bytes, **changes: Any) -> Ask:
    """Two questions about a listing of this name."""
    given: dict[str, Any] = {
        "version": 1,
        "model": ModelParams(base="tiny"),
        "adapter": "adapter",
        "sample": SampleParams(chains=8),
        "seed": 3,
        "listing_id": name,
        "vertical": "Kurta",
        "attributes": (
            Attribute("Color", "The color", ("red", "blue")),
            Attribute("Shape", "The shape", ("round", "square")),
        ),
        "photos": photos or (b"a photo",),
        "request": "0123456789abcdef0123456789abcdef",
    }
    return Ask(**given | changes)


@contextmanager
def working(
    client: Any, sampler: FakeSampler | None = None, name: str = "predict@here", ready: Any = lambda: None
) -> Iterator[FakeSampler]:
    """A worker that takes requests; yields what it answers with."""
    used = sampler or FakeSampler()
    worker = ModelWorker(name, WarmModel(lambda params, adapter: used), ready)
    thread = Thread(target=worker.run, daemon=True)
    thread.start()
    until(lambda: name in queue.workers(client))
    try:
        yield used
    finally:
        worker.stop()
        thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()


def askable(world: World) -> World:
    """The world, whose champion's files are there now, and whose first listing has a photo."""
    (Path(settings.ATTRX_ARTIFACTS_DIR) / world.version.adapter_path).mkdir(parents=True)
    ImageFactory.create(listing=world.listings[0])
    return world
