"""Real child processes: an embedded Redis, a worker, the site."""

import os
import signal
import socket
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import redis
from celery import Celery

from attrx_web.env import embedded_redis_url, read_env
from attrx_web.processes import ProcessError, embedded_redis, web_process, worker_process
from attrx_web.redis_probe import redis_problem

START_SECONDS = 60.0


def connect(var_dir: Path) -> "redis.Redis":
    return redis.Redis.from_url(embedded_redis_url(var_dir), decode_responses=True)


def test_redis_lives_as_long_as_its_block_and_keeps_its_data(tmp_path: Path) -> None:
    with embedded_redis(tmp_path):
        connect(tmp_path).set("key", "kept")
    assert redis_problem(embedded_redis_url(tmp_path))
    with embedded_redis(tmp_path):
        assert connect(tmp_path).get("key") == "kept"


def test_a_redis_that_answers_already_is_used_and_left_running(tmp_path: Path) -> None:
    with embedded_redis(tmp_path):
        with embedded_redis(tmp_path):
            connect(tmp_path).set("key", "shared")
        assert connect(tmp_path).get("key") == "shared"


def test_redis_stops_when_its_block_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), embedded_redis(tmp_path):
        1 / 0  # noqa: B018
    assert redis_problem(embedded_redis_url(tmp_path))


def test_a_redis_that_does_not_start_is_told_with_its_log(tmp_path: Path) -> None:
    (tmp_path / "appendonly.aof").write_text("this is no append-only file")
    with (
        pytest.raises(
            ProcessError, match=r"the embedded Redis did not start: read .*redis.log, or set REDIS_URL"
        ),
        embedded_redis(tmp_path),
    ):
        pass


def replies(app: Celery, worker: Any) -> list[dict[str, Any]]:
    """The workers' answers to a ping, once there is one."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and worker.poll() is None:
        if found := app.control.ping(timeout=1.0):
            return list(found)
    return []


def test_a_worker_serves_both_queues_and_its_death_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTRX_VAR_DIR", str(tmp_path))
    monkeypatch.delenv("REDIS_URL", raising=False)
    broker = read_env().celery_broker_url
    with embedded_redis(tmp_path), worker_process(tmp_path) as worker, Celery(broker=broker) as app:
        assert len(replies(app, worker)) == 1, (tmp_path / "worker.log").read_text()
        [queues] = (app.control.inspect(timeout=5.0).active_queues() or {}).values()
        assert [queue["name"] for queue in queues] == ["gpu", "default"]
        os.kill(worker.pid, signal.SIGKILL)
        assert worker.wait(5.0) == -signal.SIGKILL


def test_a_worker_of_one_queue_works_beside_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTRX_VAR_DIR", str(tmp_path))
    monkeypatch.delenv("REDIS_URL", raising=False)
    broker = read_env().celery_broker_url
    with (
        embedded_redis(tmp_path),
        worker_process(tmp_path, queues=["gpu"], log="gpu.log") as gpu,
        worker_process(tmp_path, queues=["default"], log="default.log") as default,
        Celery(broker=broker) as app,
    ):
        deadline = time.monotonic() + START_SECONDS
        while len(app.control.ping(timeout=1.0) or ()) < 2 and time.monotonic() < deadline:
            assert gpu.poll() is default.poll() is None
        queues = (app.control.inspect(timeout=5.0).active_queues() or {}).values()
        assert sorted(queue["name"] for [queue] in queues) == ["default", "gpu"]
    assert "gpu@" in (tmp_path / "gpu.log").read_text()
    assert "default@" in (tmp_path / "default.log").read_text()


def test_the_worker_ends_with_its_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTRX_VAR_DIR", str(tmp_path))
    monkeypatch.delenv("REDIS_URL", raising=False)
    with embedded_redis(tmp_path):
        with worker_process(tmp_path) as worker:
            assert worker.poll() is None
        assert worker.poll() is not None


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_the_site_is_served(tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTRX_VAR_DIR", str(tmp_path))
    with web_process(tmp_path, port=port), urlopen(f"http://127.0.0.1:{port}/healthz") as response:
        assert response.status == 200


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(
                ProcessError, match=f"something listens on port {port} already: stop it, or choose"
            ),
            web_process(tmp_path, port=port),
        ):
            pass


def test_a_site_that_does_not_start_is_told_with_its_log(
    tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTRX_DEBUG", "maybe")
    with (
        pytest.raises(
            ProcessError, match=f"cannot be served on port {port}: read .*web.log, or choose another"
        ),
        web_process(tmp_path, port=port),
    ):
        pass
    assert "ATTRX_DEBUG is 'maybe'" in (tmp_path / "web.log").read_text()
