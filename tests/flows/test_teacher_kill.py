"""A teacher run that is killed while it asks proposes no answer twice and counts what it may have cost."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.demo import write_folder
from catalog.demo.schema import VERTICALS
from tests.flows.laptop import Laptop, set_environment
from tests.labeling.teacher.endpoint import Endpoint, serving

LISTINGS, KILLS = 9, 2
ATTRIBUTES = VERTICALS["cap"].attributes

SWEEP = """
from datetime import timedelta
from labeling.services.teacher_queue import teachers_sweep
teachers_sweep(silent_for=timedelta())
"""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as endpoint:
        yield endpoint


@pytest.fixture
def laptop(tmp_path: Path, endpoint: Endpoint) -> Iterator[Laptop]:
    """A machine with a catalogue of caps and a teacher."""
    before = dict(os.environ)
    set_environment(tmp_path / "var", tmp_path / "no-model")
    os.environ |= {"ATTRX_TEACHER_URL": endpoint.url, "ATTRX_TEACHER_MODEL": "large-vl"}
    laptop = Laptop(tmp_path / "var")
    folder = tmp_path / "catalogue"
    write_folder(folder, per_vertical=LISTINGS, look="studio", seed=0, size=64, verticals=["cap"], jobs=1)
    laptop.migrate()
    laptop.manage("catalog_import", folder)
    yield laptop
    laptop.stop()
    os.environ.clear()
    os.environ |= before


def answer() -> str:
    """The first value of each attribute."""
    return json.dumps(
        {code: {"values": [attribute.values[0]], "state": ""} for code, attribute in ATTRIBUTES.items()}
    )


def kill_while_asking(laptop: Laptop, endpoint: Endpoint, *command: object) -> None:
    """Run the command until three requests are answered and a fourth is under way; then kill -9."""
    endpoint.moves.clear()
    endpoint.arrived.clear()
    for _ in range(3):
        endpoint.says(answer())
    endpoint.hangs()
    process = laptop.start(*command)
    laptop.wait(process, endpoint.arrived.is_set)
    process.kill()
    process.wait()
    laptop.manage("shell", "-c", SWEEP)


def test_a_run_killed_while_asking_proposes_nothing_twice(laptop: Laptop, endpoint: Endpoint) -> None:
    ask = ("teacher_run", "--vertical", "cap", "--split", "pool", "--budget-tokens", 10**6)
    pace = ("--per-minute", 60_000, "--at-once", 1)
    kill_while_asking(laptop, endpoint, *ask, *pace)
    assert laptop.rows("SELECT status FROM labeling_teacherrun") == [("failed",)]
    kill_while_asking(laptop, endpoint, "teacher_run", "--resume", 1)
    [estimate] = {
        sum(json.loads(request)["estimate"])
        for (request,) in laptop.rows("SELECT request FROM labeling_teacheranswer WHERE outcome = 'asked'")
    }

    endpoint.moves.clear()
    endpoint.says(answer())
    assert f"{LISTINGS} answered" in laptop.manage("teacher_run", "--resume", 1)
    assert laptop.rows("SELECT status, error, note FROM labeling_teacherrun") == [("done", "", "")]
    assert len(endpoint.asked) == LISTINGS + KILLS
    per_question = "SELECT count(*) FROM labeling_suggestion GROUP BY listing_id, attribute_id"
    assert laptop.rows(per_question) == [(1,)] * LISTINGS * len(ATTRIBUTES)
    said = [json.loads(said) for (said,) in laptop.rows("SELECT said FROM labeling_teacheranswer")]
    assert [len(one) for one in said] == [1] * LISTINGS
    [(spent, guessed)] = laptop.rows(
        "SELECT sum(input_tokens + output_tokens), sum(guessed) FROM labeling_teacheranswer"
    )
    assert guessed == KILLS
    assert LISTINGS * 120 + estimate < spent < LISTINGS * 120 + 2 * KILLS * estimate
