"""An import that is killed again and again loses no row and doubles none."""

import multiprocessing
import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.factories import photo_bytes
from tests.flows import import_process
from tests.flows.laptop import Laptop, set_environment

ROWS = 9000
EVERY_BAD = 50
KILLS = 20
PATIENCE_SECONDS = 60.0
SCHEMA = """
from catalog.services import schema_import
schema_import(schema={"bag": {"color": {"allowed_values": ["red", "blue"]}}})
"""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Laptop]:
    """A machine with a schema."""
    before = dict(os.environ)
    set_environment(tmp_path / "var", tmp_path / "no-model")
    os.environ["DJANGO_SETTINGS_MODULE"] = "attrx_web.settings"
    machine = Laptop(tmp_path / "var")
    machine.migrate()
    machine.manage("shell", "-c", SCHEMA)
    yield machine
    machine.stop()
    os.environ.clear()
    os.environ |= before


def write_rows(folder: Path) -> set[str]:
    """Listings with a photo each, now and then a bad row; returns the ids of the good ones."""
    (folder / "a.png").write_bytes(photo_bytes())
    good = set()
    with (folder / "rows.csv").open("w") as file:
        file.write("sku,name,image,color\n")
        for number in range(1, ROWS + 1):
            color = "gold" if number % EVERY_BAD == 0 else "red"
            file.write(f"s{number},Bag {number},a.png,{color}\n")
            if color == "red":
                good.add(f"s{number}")
    return good


def test_an_import_killed_at_twenty_points_has_every_good_row_once(machine: Laptop, tmp_path: Path) -> None:
    good = write_rows(tmp_path)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.flows.import_process"])

    def start(target: Callable[..., None], *arguments: object) -> Any:
        process = processes.Process(target=target, args=arguments)
        process.start()
        return process

    start(import_process.queue, str(tmp_path / "rows.csv"), str(tmp_path)).join(PATIENCE_SECONDS)
    chance = random.Random(7)
    killed_at: list[int] = []
    for kill in range(KILLS):
        goal, beyond = (ROWS * (kill + after) // (KILLS + 2) for after in (1, 2))
        process = start(import_process.go_on, 1, beyond)
        if kill % 2:
            wait_until(machine, process, f"rows >= {goal}")
        else:
            process.join(chance.uniform(0.05, 0.5))
        kill_9(process)
        assert process.exitcode == -signal.SIGKILL, killed_at
        killed_at.append(ledger(machine)[0])
    assert len(set(killed_at)) > KILLS // 3, killed_at
    for _ in range(2):
        process = start(import_process.go_on, 1)
        wait_until(machine, process, "stage = 'settle'")
        kill_9(process)

    last = start(import_process.go_on, 1)
    last.join(PATIENCE_SECONDS)
    assert (last.exitcode, ledger(machine)) == (0, (ROWS, "done")), killed_at
    check_everything_is_there_once(machine, good)


def check_everything_is_there_once(machine: Laptop, good: set[str]) -> None:
    listings = machine.rows("SELECT external_id, last_row FROM catalog_listing")
    assert len(listings) == len(good)
    assert set(listings) == {(name, int(name[1:])) for name in good}
    assert machine.rows("SELECT count(*), count(DISTINCT listing_id) FROM catalog_image") == [
        (len(good), len(good))
    ]
    bad = list(range(EVERY_BAD, ROWS + 1, EVERY_BAD))
    assert machine.rows("SELECT row FROM catalog_importproblem ORDER BY row, id") == [(row,) for row in bad]
    counts = "listings_created, listings_updated, listings_unchanged, listings_refused, rows, settled"
    assert machine.rows(f"SELECT {counts} FROM catalog_import") == [(len(good), 0, 0, len(bad), ROWS, 1)]


def ledger(machine: Laptop) -> tuple[int, str]:
    """(rows that are dealt with, status) of the import."""
    [(rows, status)] = machine.rows("SELECT rows, status FROM catalog_import")
    return rows, status


def wait_until(machine: Laptop, process: Any, condition: str) -> None:
    """Look at the ledger until it is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    query = f"SELECT 1 FROM catalog_import WHERE {condition}"
    with closing(sqlite3.connect(f"{machine.database.as_uri()}?mode=ro", uri=True)) as connection:
        while not connection.execute(query).fetchone():
            assert time.monotonic() < deadline
            process.join(0.002)


def kill_9(process: Any) -> None:
    """End the process in the middle of whatever it does."""
    process.kill()
    process.join(PATIENCE_SECONDS)
