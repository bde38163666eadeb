"""A worker that is killed is replaced; one that cannot start is not, and one that is told to stop stops."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import pytest
from celery import Celery

from attrx_web.env import read_env
from attrx_web.processes import child_of, embedded_redis, worker_process
from tests.flows.laptop import Laptop, set_environment

PATIENCE_SECONDS = 120.0


@pytest.fixture
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Laptop]:
    """A laptop whose queue answers; its database has no tables yet."""
    before = dict(os.environ)
    set_environment(tmp_path, tmp_path / "no-model")
    with embedded_redis(tmp_path):
        yield Laptop(tmp_path)
    os.environ.clear()
    os.environ.update(before)


def until(process: "Popen[bytes]", look: Callable[[], int]) -> int:
    """What `look` finds once it finds something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := look():
            return found
    pytest.fail("there was nothing to be found")


@contextmanager
def kept(laptop: Laptop) -> Iterator["Popen[bytes]"]:
    """The keeper of a worker that answers."""
    with worker_process(laptop.var_dir, queues=["default"]) as keeper:
        answering(keeper)
        yield keeper


def answering(keeper: "Popen[bytes]") -> None:
    with Celery(broker=read_env().celery_broker_url) as app:
        until(keeper, lambda: len(app.control.ping(timeout=1.0) or ()))


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_worker_that_is_killed_is_replaced_by_one_that_works(laptop: Laptop) -> None:
    laptop.migrate()
    with kept(laptop) as keeper:
        first = child_of(keeper)
        os.kill(first, signal.SIGKILL)
        second = until(keeper, lambda: (child := child_of(keeper)) != first and child)
        answering(keeper)
        assert child_of(keeper) == second
    assert not is_there(second)
    assert f"the worker (process {first}) ended with -9: starting another one" in laptop.log()


def test_a_worker_whose_keeper_is_killed_ends_as_well(laptop: Laptop) -> None:
    with kept(laptop) as keeper:
        worker = child_of(keeper)
        keeper.kill()
        keeper.wait()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while is_there(worker) and time.monotonic() < deadline:
            pass
        assert not is_there(worker)


def test_a_worker_that_cannot_start_is_told_of(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "nonsense://127.0.0.1")
    process = laptop.start("worker", "--queues", "default")
    _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode != 0
    assert "REDIS_URL" in said or "ends at once" in said


def test_workers_are_counted_from_one(laptop: Laptop) -> None:
    process = laptop.start("worker", "--number", 0)
    _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, "count from 1" in said) == (2, True)
