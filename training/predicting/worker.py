"""A model worker: takes requests from the queue, several at a time; its model stays loaded."""

import hashlib
import logging
import os
import resource
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import redis
from django.conf import settings
from django_guid import clear_guid, set_guid

from catalog.imaging.errors import ImageError
from catalog.imaging.storage import media_local
from training.devices import worker_device
from training.ml.errors import DataError
from training.ml.records import Listing, Question
from training.ml.warm import Draw, Drawn, WarmModel
from training.predicting.queue import PREDICT, SIGN_SECONDS, Desk, Taken
from training.predicting.wire import Ask, Reply
from training.presence import EVERY_SECONDS, PREFIX, Present, present_write, queue_redis

logger = logging.getLogger(__name__)

MOST_TOGETHER = 16
"""Requests that are answered at once; the sampler bounds its memory by itself."""
PAUSE_SECONDS = 2.0
"""Before a Redis that is away is asked again."""
SUFFIX = ".jpg"
"""Of a photo on its way: readers look at what is in it."""


class ModelWorker:
    """Answers requests until it is told to stop.

    Args:
        name: of its own among all model workers.
        warm: what answers.
        ready: called while nobody asks, to have loaded what will be asked for.
    """

    def __init__(self, name: str, warm: WarmModel, ready: Callable[[], None] = lambda: None) -> None:
        self.name = name
        self._warm = warm
        self._ready = ready
        self._ended = Event()

    def stop(self) -> None:
        """End after what is being answered now."""
        self._ended.set()

    def run(self) -> None:
        """Answer requests; a Redis that is away is waited for."""
        while not self._ended.is_set():
            try:
                with queue_redis() as client:
                    self._serve(client)
            except redis.RedisError as error:
                logger.warning("the queue does not answer (%s): waiting for it", type(error).__name__)
                self._ended.wait(PAUSE_SECONDS)

    def _serve(self, client: "redis.Redis") -> None:
        desk = Desk(client, self.name)
        self._ready()
        desk.open()
        with self._signs(desk):
            while not self._ended.is_set():
                if taken := desk.take(MOST_TOGETHER):
                    self._answer(desk, taken)
                else:
                    self._ready()
        desk.close()

    def _answer(self, desk: Desk, taken: list[Taken]) -> None:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="attrx-predict-") as folder:
            draws, whose = [], []
            for one in taken:
                try:
                    draws.append(_draw(one.ask, Path(folder)))
                    whose.append(one)
                except (DataError, ImageError) as error:
                    desk.answer(one.key, Reply({}, problem=str(error)))
            for place, drawn in self._warm.answer(draws):
                seconds = time.monotonic() - started
                desk.answer(whose[place].key, _reply(draws[place], drawn, seconds))
                _log(whose[place].ask, drawn, seconds)

    @contextmanager
    def _signs(self, desk: Desk) -> Iterator[None]:
        """Say again and again that the worker is there, beside whatever it is at."""
        ended = Event()
        thread = Thread(target=_sign, args=[desk, ended], name="signs", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def worker_name(number: int = 1) -> str:
    """The name of this machine's model worker with this number: the same when it starts again."""
    return f"{PREDICT}{number if number > 1 else ''}@{socket.gethostname()}"


def _sign(desk: Desk, ended: Event) -> None:
    started, shown = time.time(), 0.0
    with queue_redis() as client:
        while not ended.is_set():
            try:
                desk.sign(client)
                if time.monotonic() - shown >= EVERY_SECONDS:
                    present_write(client, _present(desk.name, started))
                    shown = time.monotonic()
            except redis.RedisError:
                logger.debug("%s could not say that it is there", desk.name, exc_info=True)
            ended.wait(SIGN_SECONDS)
        try:
            client.delete(PREFIX + desk.name)
        except redis.RedisError:
            logger.debug("%s could not say that it is gone", desk.name, exc_info=True)


def _present(name: str, started: float) -> Present:
    return Present(
        name=name,
        host=socket.gethostname(),
        pid=os.getpid(),
        started=started,
        written=time.time(),
        queues=(PREDICT,),
        doing=(),
        device=worker_device(),
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        gpu_memory=0,
        gpu_total=0,
        home=(PREDICT,),
    )


def _draw(ask: Ask, folder: Path) -> Draw:
    """What the model is asked, with photos as files.

    Raises:
        ImageError: when a photo is missing from the media storage.
    """
    if ask.files:
        paths = media_local(ask.files)
        images = tuple(paths[name] for name in ask.files)
    else:
        images = tuple(_written(folder, photo) for photo in ask.photos)
    listing = Listing(ask.listing_id, ask.vertical, images, title=ask.title, description=ask.description)
    return Draw(
        model=ask.model,
        adapter=Path(settings.ATTRX_ARTIFACTS_DIR) / ask.adapter,
        sample=ask.sample,
        seed=ask.seed,
        questions=tuple(Question(listing, attribute) for attribute in ask.attributes),
    )


def _written(folder: Path, photo: bytes) -> Path:
    path = folder / f"{hashlib.sha256(photo).hexdigest()}{SUFFIX}"
    path.write_bytes(photo)
    return path


def _reply(draw: Draw, drawn: Drawn, seconds: float) -> Reply:
    chains = {
        question.attribute.code: drawn.chains[question.question_id]
        for question in draw.questions
        if not drawn.problem
    }
    return Reply(chains, together=drawn.together, seconds=round(seconds, 4), problem=drawn.problem)


def _log(ask: Ask, drawn: Drawn, seconds: float) -> None:
    """A line under the id of the request that the site logged it by."""
    set_guid(ask.request)
    said = {"version": ask.version, "together": drawn.together, "seconds": round(seconds, 4)}
    if drawn.problem:
        logger.warning("version %s could not answer: %s", ask.version, drawn.problem, extra=said)
    else:
        logger.info("version %s answered, %s at once", ask.version, drawn.together, extra=said)
    clear_guid()
