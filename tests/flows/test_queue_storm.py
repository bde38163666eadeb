"""Many people at the queue at once, while browsers, the server and the clock fail at random.

What fails when is drawn from a seed, which a failure prints; STORM_SEED=... takes the same one again. Which
request meets which failure is up to the machine, so that the same seed makes a similar storm, not the same.
"""

import json
import os
import random
import secrets
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.flows import storm_client
from tests.flows.laptop import set_environment
from tests.flows.storm import PATIENCE_SECONDS, REFEREES, STEPS, TASKS, WINDOWS, Storm, world
from tests.services import postgresql

OVERLAPS = [3, 2]
"""People a listing, from the middle of each phase on. In a phase everybody works, and then all are gone."""
BLOWS = 15
"""Things that go wrong in each phase."""
MOST_BETWEEN = 40
"""Lines that come to the outboxes from one blow to the next, at most."""
OFFERED = "finished IS NULL AND withdrawn IS NULL"

Json = dict[str, Any]


@pytest.fixture(params=["sqlite", "postgres"])
def storm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storm]:
    """A world in which a storm can be, on each of the databases."""
    seed = os.environ.get("STORM_SEED") or secrets.token_hex(4)
    print(f"STORM_SEED={seed}", file=sys.stderr)
    before = dict(os.environ)
    set_environment(tmp_path, tmp_path / "no-model")
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'attrx.sqlite3'}"
        if request.param == "postgres":
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="attrx-storm-"))
            url = stack.enter_context(postgresql(Path(folder) / "postgresql"))
        os.environ["DATABASE_URL"] = url
        storm = Storm(tmp_path, url, random.Random(seed))
        stack.callback(storm.end)
        yield storm
    os.environ.clear()
    os.environ |= before


def test_no_turn_is_given_twice_and_no_answer_is_lost_or_doubled(storm: Storm) -> None:
    storm.begin()
    overlap = 2
    for phase in range(REFEREES):
        before, overlap = overlap, OVERLAPS[phase]
        storm.work()
        for blow in range(BLOWS):
            if blow == BLOWS // 3:
                changing = world("overlap", overlap)
            if blow == 2 * BLOWS // 3:
                storm.kill_server()
                storm.serve()
            storm.blow()
            check_leases(storm, most_people=max(before, overlap))
            storm.wait(storm.chance.randint(1, MOST_BETWEEN))
        _, problem = changing.communicate()
        assert changing.returncode == 0, problem
        storm.kill_clients()
        # Nor is the server at anything any more that they asked for.
        storm.kill_server()
        storm.serve()
        check_nothing_is_stuck(storm, f"referee-{phase}")
    check_answers(storm)
    check_truth(storm)


def check_leases(storm: Storm, *, most_people: int) -> None:
    """No listing has more people at it, or done with it, than it should."""
    assert storm.database.rows("SELECT * FROM storm_theft") == []
    crowded = f"""
        SELECT task_id, count(*) FROM labeling_turn
        WHERE {OFFERED} AND {storm.database.live()}
        GROUP BY task_id HAVING count(*) > {most_people}
    """
    assert storm.database.rows(crowded) == []


def check_nothing_is_stuck(storm: Storm, name: str) -> None:
    """When all are gone, somebody new can have every listing, now or at the latest a minute later.

    However the clock is set: a lease of long ago may look fresh again, but then only for its term.
    """
    waiting = f"SELECT DISTINCT task_id FROM labeling_turn WHERE {OFFERED} AND purpose = 'gold'"
    wanted = [task for (task,) in storm.database.rows(waiting)]
    outbox = storm_client.Outbox(os.fspath(storm.folder / f"outbox-{name}"))
    client = storm_client.Client(storm.port, storm.sessions[name], outbox, storm.chance)
    items: list[Json] = []
    for seconds in (storm.chance.choice(STEPS), 60.0):
        storm.database.step_clock(seconds)
        while found := client.lease(10, items):
            items += found
    tasks = dict(storm.database.rows("SELECT id, task_id FROM labeling_turn"))
    assert sorted(tasks[item["turn"]] for item in items) == sorted(wanted)
    for item in items:
        client.send(item, "aside", reason="", minutes=1)


def check_answers(storm: Storm) -> None:
    """Every answer is there once, as it was given, and everything else that was said was done once."""
    for window in range(len(WINDOWS)):
        drain = storm.client(window, "drain")
        said, _ = drain.communicate(timeout=PATIENCE_SECONDS)
        assert drain.returncode == 0, said
    sent, refused = read_outboxes(storm.folder)
    people = dict(storm.database.rows("SELECT username, id FROM auth_user"))
    given = Counter(
        (f"{people[name]}:{one['key']}", people[name], one["attribute"], *one["values"])
        for name, one in sent
        if one["kind"] == "answer"
    )
    assert given and set(given.values()) == {1}
    assert kept_answers(storm) == given
    done = Counter(one["kind"] for _, one in sent if one["key"] not in refused)
    assert storm.database.rows("SELECT sum(seconds) FROM labeling_turn") == [(done["finish"],)]
    assert storm.database.rows("SELECT count(*) FROM labeling_comment") == [(done["remark"],)]
    assert storm.database.rows("SELECT count(*) FROM labeling_receipt") == [(done.total(),)]
    several = """
        SELECT task_id, annotator_id, attribute_id, count(*) FROM labeling_annotation
        GROUP BY 1, 2, 3 HAVING sum(CASE WHEN withdrawn IS NULL THEN 1 ELSE 0 END) <> 1
    """
    assert storm.database.rows(several) == []
    print(f"{done.total()} messages, {dict(done)}, {len(refused)} refused", file=sys.stderr)


def kept_answers(storm: Storm) -> Counter[tuple[Any, ...]]:
    """The answers that the database has: key, person, attribute, value."""
    query = """
        SELECT idempotency_key, annotator_id, code, "values" FROM labeling_annotation
        JOIN catalog_attribute ON catalog_attribute.id = attribute_id
    """
    kept = storm.database.rows(query)
    return Counter(
        (key, person, code, *(json.loads(values) if isinstance(values, str) else values))
        for key, person, code, values in kept
    )


def check_truth(storm: Storm) -> None:
    """What is done has a label for each question, or a reviewer is asked."""
    query = """
        SELECT task.id, attribute.code FROM labeling_task task
        JOIN catalog_listing listing ON listing.id = task.listing_id
        JOIN catalog_attribute attribute
            ON attribute.vertical_id = listing.vertical_id AND attribute.code <> 'note'
        WHERE task.purpose = 'gold' AND task.status = 'done'
            AND NOT EXISTS (SELECT 1 FROM labeling_label label
                WHERE label.listing_id = listing.id AND label.attribute_id = attribute.id)
    """
    asked = dict(
        storm.database.rows(
            "SELECT gold.id, asking.asks FROM labeling_task gold JOIN labeling_task asking "
            "ON asking.listing_id = gold.listing_id AND asking.purpose = 'adjudication' "
            "WHERE gold.purpose = 'gold'"
        )
    )
    for task, code in storm.database.rows(query):
        assert code in asked[task]
    [(finished,)] = storm.database.rows("SELECT count(*) FROM labeling_task WHERE status = 'done'")
    assert finished > TASKS // 8


def read_outboxes(folder: Path) -> tuple[list[tuple[str, Json]], set[str]]:
    """[(name, message)] of all that people said, each with a reply, and the keys that were refused."""
    sent, refused = [], set()
    for path in folder.glob("outbox-*"):
        window = path.name.removeprefix("outbox-")
        name = f"person-{WINDOWS[int(window)]}" if window.isdecimal() else window
        entries = [json.loads(line) for line in path.read_text().splitlines()]
        messages = [entry["message"] for entry in entries if "message" in entry]
        replies = {one["reply"]["key"]: one["reply"]["status"] for one in entries if "reply" in one}
        assert replies.keys() == {message["key"] for message in messages}
        refused |= {key for key, status in replies.items() if status == "refused"}
        sent += [(name, message) for message in messages]
    return sent, refused
