"""Requests for predictions in Redis: who asks waits for the answer, whoever takes a request answers it.

A request is a hash with an end, and its key lies in one list: of those that wait, or of those that a worker
holds. A worker says every second that it is there; what one holds that is there no more waits again, first
in line. So a request is answered, or its end comes; nothing of it stays.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast
from uuid import uuid4

import redis

from training.predicting.wire import Ask, Reply
from training.presence import queue_redis

PREFIX = "attrx:predict:"
PREDICT = "predict"
"""What the page of workers calls this queue."""
WAITING, WORKERS = f"{PREFIX}waiting", f"{PREFIX}workers"

MOST_WAITING = 32
"""Requests; with MOST_BYTES of photos each they are what Redis has to hold at most."""
MOST_BYTES = 16_000_000
"""Photos of a request."""
WAIT_SECONDS = 30.0
"""From asking to the answer."""
ALIVE_SECONDS = 6
"""A worker that has said nothing for so long is gone."""
SIGN_SECONDS = 1.0
LOOK_SECONDS = 1.0
"""Between two looks whether anybody is there to answer."""
ANSWER_SECONDS = 60
"""An answer that nobody fetches is forgotten."""
MOST_ATTEMPTS = 2
"""Workers that may be lost over one request."""
GATHER_SECONDS = 0.01
"""A worker that took a request waits so long for others to answer with it."""
PAUSE_SECONDS = 0.001


class Unanswered(Exception):
    """There is no answer now: why, and after how many seconds to ask again."""

    def __init__(self, reason: str, again: int) -> None:
        super().__init__(reason)
        self.again = again


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that a worker holds."""

    key: str
    ask: Ask
    attempts: int
    """How often it was taken, this time counted."""


@contextmanager
def asking() -> Iterator["redis.Redis"]:
    """The Redis of the queue, for who asks.

    Raises:
        Unanswered: when it does not answer.
    """
    try:
        with queue_redis() as client:
            yield client
    except redis.RedisError as error:
        raise Unanswered(
            f"the queue does not answer ({type(error).__name__}): start Redis, or set REDIS_URL to one "
            "that runs",
            5,
        ) from error


def check_open(client: "redis.Redis") -> None:
    """Go on where a request would be taken.

    Raises:
        Unanswered: where no worker is there, or too many requests wait.
    """
    if not workers(client):
        raise Unanswered("no model worker runs: start one with manage.py serve_model", 10)
    if waiting(client) >= MOST_WAITING:
        raise Unanswered(f"{MOST_WAITING} requests wait already: ask again later, or run more workers", 2)


def answer_to(client: "redis.Redis", ask: Ask, *, seconds: float = WAIT_SECONDS) -> Reply:
    """Ask, and wait for the answer.

    Raises:
        Unanswered: when nobody is there to answer (any more), or not in time; nobody will answer then.
    """
    check_open(client)
    key = uuid4().hex
    with client.pipeline() as together:
        together.hset(_request(key), mapping=ask.to_fields())  # type: ignore[arg-type]  # bytes do as well
        together.expire(_request(key), int(seconds) + 1)
        together.lpush(WAITING, key)
        together.execute()
    until = time.monotonic() + seconds
    try:
        while (left := until - time.monotonic()) > 0:
            if found := client.blpop([_answer(key)], timeout=min(LOOK_SECONDS, left)):
                return Reply.from_json(cast(bytes, found[1]))
            if not workers(client):
                raise Unanswered("the model worker ended over it: ask again once one runs", 10)
    finally:
        client.delete(_request(key))
        client.lrem(WAITING, 0, key)
    raise Unanswered(f"there was no answer within {seconds:g} seconds: ask again, or run more workers", 5)


def waiting(client: "redis.Redis") -> int:
    """Requests that no worker has taken."""
    return int(client.llen(WAITING))


def workers(client: "redis.Redis") -> list[str]:
    """Names of the workers that are there."""
    known = sorted(_text(name) for name in client.smembers(WORKERS))
    return [name for name in known if client.exists(_alive(name))]


class Desk:
    """A worker's side of the queue. What it held under this name before, it takes again at first."""

    def __init__(self, client: "redis.Redis", name: str) -> None:
        self.name = name
        self._client = client
        self._held = _held(name)

    def open(self) -> None:
        """Say that the worker is there, and put back what it held when it ended last."""
        self._put_back(self.name)
        self.sign(self._client)

    def sign(self, client: "redis.Redis") -> None:
        """Say that the worker is there; from another thread, over a connection of its own."""
        with client.pipeline() as together:
            together.set(_alive(self.name), 1, ex=ALIVE_SECONDS)
            together.sadd(WORKERS, self.name)
            together.execute()

    def close(self) -> None:
        """Put back what the worker holds, and say that it is gone."""
        self._client.delete(_alive(self.name))
        self._put_back(self.name)
        self._client.srem(WORKERS, self.name)

    def take(self, most: int, *, wait: float = LOOK_SECONDS) -> list[Taken]:
        """Up to `most` requests that came within moments; none when none came for `wait` seconds."""
        self._put_back_of_the_gone()
        keys: list[str] = []
        first = self._client.blmove(WAITING, self._held, wait, "RIGHT", "LEFT")  # type: ignore[arg-type]
        until = time.monotonic() + GATHER_SECONDS
        following = first
        while following or (keys and time.monotonic() < until):
            if following:
                keys.append(_text(following))
            else:
                time.sleep(PAUSE_SECONDS)
            if len(keys) == most:
                break
            following = self._client.lmove(WAITING, self._held, "RIGHT", "LEFT")
        return [taken for key in keys if (taken := self._open(key)) is not None]

    def answer(self, key: str, reply: Reply) -> None:
        """Answer a request that the worker holds."""
        with self._client.pipeline() as together:
            together.rpush(_answer(key), reply.to_json())
            together.expire(_answer(key), ANSWER_SECONDS)
            together.delete(_request(key))
            together.lrem(self._held, 0, key)
            together.execute()

    def _open(self, key: str) -> Taken | None:
        """The request; None where nobody waits for it any more, or too many workers were lost over it."""
        fields = cast(dict[bytes, bytes], self._client.hgetall(_request(key)))
        if b"ask" not in fields:
            self._client.lrem(self._held, 0, key)
            return None
        attempts = int(fields.get(b"attempts", 0)) + 1
        if attempts > MOST_ATTEMPTS:
            problem = f"{MOST_ATTEMPTS} model workers ended over it: is their memory too small?"
            self.answer(key, Reply({}, problem=problem))
            return None
        self._client.hset(_request(key), "attempts", str(attempts))
        self._client.expire(_request(key), ANSWER_SECONDS)
        return Taken(key, Ask.from_fields(fields), attempts)

    def _put_back_of_the_gone(self) -> None:
        for member in self._client.smembers(WORKERS):
            name = _text(member)
            if name != self.name and not self._client.exists(_alive(name)):
                self._put_back(name)
                self._client.srem(WORKERS, name)

    def _put_back(self, name: str) -> None:
        while self._client.lmove(_held(name), WAITING, "LEFT", "RIGHT"):
            pass


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else name


def _request(key: str) -> str:
    return f"{PREFIX}request:{key}"


def _answer(key: str) -> str:
    return f"{PREFIX}answer:{key}"


def _alive(name: str) -> str:
    return f"{PREFIX}alive:{name}"


def _held(name: str) -> str:
    return f"{PREFIX}held:{name}"
