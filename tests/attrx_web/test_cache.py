"""The cache that processes share, and what becomes of it without Redis."""

from pathlib import Path
from typing import Any

import pytest

from attrx_web.cache import SharedCache
from attrx_web.env import embedded_redis_url


def test_two_processes_count_together(redis: Any, redis_folder: Path) -> None:
    first, second = (SharedCache(embedded_redis_url(redis_folder), {}) for _ in range(2))
    assert first.add("attempts", 1) and not second.add("attempts", 1)
    first.set("attempts", 2)
    assert second.get("attempts") == 2
    assert second.delete("attempts") and first.get("attempts", "none") == "none"


def test_without_redis_a_process_counts_for_itself(tmp_path: Path) -> None:
    cache = SharedCache(f"unix://{tmp_path / 'nothing.sock'}", {})
    assert cache.add("attempts", 1) and not cache.add("attempts", 1)
    cache.set("attempts", 2)
    assert cache.get("attempts") == 2
    assert cache.delete("attempts") and cache.get("attempts") is None


def test_the_queues_beside_it_are_never_emptied(redis: Any, redis_folder: Path) -> None:
    redis.set("of a queue", 1)
    with pytest.raises(NotImplementedError, match="the queues are in this Redis"):
        SharedCache(embedded_redis_url(redis_folder), {}).clear()
    assert redis.get("of a queue")


def test_a_silent_redis_is_not_asked_again_at_once(tmp_path: Path) -> None:
    cache = SharedCache(f"unix://{tmp_path / 'nothing.sock'}", {})
    cache.get("attempts")
    asked = cache._silent_until
    cache.get("attempts")
    assert cache._silent_until == asked > 0
