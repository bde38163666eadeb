"""What processes count together: a cache in Redis that a silent Redis does not take the site down with."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

T = TypeVar("T")

PATIENCE = 5.0
"""Seconds for which a Redis that did not answer is not asked again."""


class SharedCache(RedisCache):
    """Django's cache in Redis; while Redis is silent each process counts for itself.

    Only what may be forgotten belongs here: counts of attempts, not answers.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._own = LocMemCache(f"beside {server}", {})
        self._silent_until = 0.0

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """The value of the key."""
        return self._ask(
            lambda: super(SharedCache, self).get(key, default, version),
            lambda: self._own.get(key, default, version),
        )

    def set(self, key: Any, value: Any, timeout: Any = 300, version: int | None = None) -> None:
        """Keep a value for so many seconds."""
        self._ask(
            lambda: super(SharedCache, self).set(key, value, timeout, version),
            lambda: self._own.set(key, value, timeout, version),
        )

    def add(self, key: Any, value: Any, timeout: Any = 300, version: int | None = None) -> bool:
        """Keep a value where there is none; False where there is one."""
        return self._ask(
            lambda: super(SharedCache, self).add(key, value, timeout, version),
            lambda: self._own.add(key, value, timeout, version),
        )

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Forget the key."""
        return self._ask(
            lambda: super(SharedCache, self).delete(key, version), lambda: self._own.delete(key, version)
        )

    def clear(self) -> None:
        """Not to be had: Django would empty the whole Redis, and with it the queues."""
        raise NotImplementedError("the queues are in this Redis: delete keys by their names")

    def _ask(self, together: Callable[[], T], alone: Callable[[], T]) -> T:
        if time.monotonic() >= self._silent_until:
            try:
                return together()
            except (RedisError, OSError):
                self._silent_until = time.monotonic() + PATIENCE
        return alone()
