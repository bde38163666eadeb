"""A teacher behind a real OpenAI-compatible server: `transformers serve` with the tiny model."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from attrx_web.env import REPOSITORY
from attrx_web.processes import embedded_redis, worker_process
from catalog.demo import write_folder
from tests.flows.laptop import Laptop, set_environment
from tests.flows.serving import serving

TINY = REPOSITORY / "training" / "ml" / "tiny"
LISTINGS, ATTRIBUTES = 6, 4
"""Of the vertical cap."""

OPEN_TASKS = """
from catalog.models import Listing
from labeling.models import Purpose
from labeling.services.tasks import tasks_open
tasks_open(listing_ids=list(Listing.objects.values_list("pk", flat=True)), purpose=Purpose.SEED)
"""

SIGNED_IN = """
import json
from django.test import Client
from attrx_web.accounts import user_ensure
from attrx_web.roles import Role
person = user_ensure(username="{role}", password="correct horse battery", role=Role("{role}"))
client = Client(headers={{"host": "localhost"}})
client.force_login(person)
"""

START = """
answer = client.post("/labeling/teacher/start", {form!r})
print(answer.status_code, answer.headers.get("Location"))
"""

CONFIRM = """
def ask(path, data):
    return client.post("/label/api/" + path, json.dumps(data), content_type="application/json").json()

[item] = ask("lease", {"purposes": ["seed"], "vertical": None, "count": 1, "have": []})["items"]
schema = client.get(f"/label/api/schema/{item['schema']}").json()
codes = {
    attribute["code"]: {value["label"]: value["code"] for value in attribute["values"]}
    for attribute in schema["attributes"]
}
lease = {"turn": item["turn"], "token": item["token"]}
messages = []
for number, (attribute, values) in enumerate(codes.items()):
    proposed = item["suggestions"].get(attribute)
    said = max(proposed["shares"]) if proposed else "unknown"
    chosen = [values[said]] if said in values else []
    messages.append(
        lease | {"kind": "answer", "key": str(number), "attribute": attribute, "values": chosen,
        "state": "" if chosen else said.replace(" ", "_"), "evidence": None,
        "suggestion": proposed and proposed["id"]}
    )
messages.append(lease | {"kind": "finish", "key": "end", "seconds": 5})
replies = [reply["status"] for reply in ask("outbox", {"messages": messages})["replies"]]
print(json.dumps({"listing": item["listing"], "suggestions": item["suggestions"], "replies": replies}))
"""


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    """A machine with a catalogue of caps whose listings wait for people."""
    before = dict(os.environ)
    set_environment(tmp_path / "var", TINY)
    laptop = Laptop(tmp_path / "var")
    catalogue = tmp_path / "catalogue"
    write_folder(catalogue, per_vertical=LISTINGS, look="studio", seed=0, size=64, verticals=["cap"], jobs=1)
    laptop.migrate()
    laptop.manage("catalog_import", catalogue)
    laptop.manage("shell", "-c", OPEN_TASKS)
    yield laptop
    laptop.stop()
    os.environ.clear()
    os.environ |= before


def start(laptop: Laptop, *, listings: int, **changes: object) -> str:
    """Press the button on the page; the address of the run."""
    form = {
        "vertical": "cap",
        "choice": "purpose:seed",
        "most": 200,
        "attribute": ["color", "print", "brim", "closure"],
        "style": "single",
        "budget_tokens": 1_000_000,
        "photos": 6,
        "side": 64,
        "output_tokens": 60,
        "per_minute": 6000,
        "at_once": 2,
        "expected": listings,
    }
    script = SIGNED_IN.format(role="admin") + START.format(form=form | changes)
    status, address = laptop.manage("shell", "-c", script).split()[-2:]
    assert status == "302"
    return address


def ended(laptop: Laptop, worker: "subprocess.Popen[bytes]", run: int) -> tuple[str, str, str]:
    """(status, error, note) of the run at its end."""
    query = f"SELECT status, error, note FROM labeling_teacherrun WHERE id = {run}"
    laptop.wait(worker, lambda: laptop.rows(query)[0][0] not in ("queued", "running"))
    [(status, error, note)] = laptop.rows(query)
    return status, error, note


def test_a_served_model_proposes_a_person_confirms_and_the_budget_stops_it(
    laptop: Laptop, tmp_path: Path
) -> None:
    with serving(TINY, "tiny", tmp_path) as url, embedded_redis(laptop.var_dir):
        os.environ |= {"ATTRX_TEACHER_URL": url, "ATTRX_TEACHER_MODEL": "tiny"}
        with worker_process(laptop.var_dir, queues=("default",)) as worker:
            assert start(laptop, listings=LISTINGS) == "/labeling/teacher/1/"
            assert ended(laptop, worker, 1) == ("done", "", ""), laptop.log()
            check_everything_was_proposed(laptop)
            check_a_person_confirms(laptop)

            check_what_it_cannot_do_is_told(laptop, worker)
            check_the_budget_stops_it(laptop, worker)


def check_everything_was_proposed(laptop: Laptop) -> None:
    """All that the model said is kept; what could be read of it is proposed."""
    rows = laptop.rows("SELECT outcome, said, answers, guessed FROM labeling_teacheranswer WHERE run_id = 1")
    assert [outcome for outcome, *_ in rows] == ["answered"] * LISTINGS
    said = [one for _, texts, *_ in rows for one in json.loads(texts)]
    assert len(said) == LISTINGS * ATTRIBUTES
    assert all(one["text"].startswith("Photo ") and one["input"] > 0 < one["output"] for one in said)
    assert not any(guessed for *_, guessed in rows), "the server tells what it used"
    proposed = sum(len(json.loads(answers)) for _, _, answers, _ in rows)
    assert proposed > LISTINGS * ATTRIBUTES // 2
    assert laptop.rows("SELECT source, count(*) FROM labeling_suggestion GROUP BY source") == [
        ("teacher: tiny", proposed)
    ]
    assert laptop.rows("SELECT count(*) FROM labeling_label") == [(0,)]


def check_a_person_confirms(laptop: Laptop) -> None:
    """The proposals come with the listing; what the person sends makes labels of the person's."""
    out = laptop.manage("shell", "-c", SIGNED_IN.format(role="annotator") + CONFIRM)
    confirmed = json.loads(out.splitlines()[-1])
    assert confirmed["replies"] == ["done"] * (ATTRIBUTES + 1)
    assert {one["source"] for one in confirmed["suggestions"].values()} == {"teacher: tiny"}
    labels = laptop.rows("SELECT provenance, count(*) FROM labeling_label GROUP BY provenance")
    assert labels == [("annotation", ATTRIBUTES)]
    kept = laptop.rows("SELECT count(*) FROM labeling_annotation WHERE suggestion_id IS NOT NULL")
    assert kept == [(len(confirmed["suggestions"]),)]


def check_what_it_cannot_do_is_told(laptop: Laptop, worker: "subprocess.Popen[bytes]") -> None:
    """All attributes in one request are too much for the tiny model, which says nothing or no JSON."""
    start(laptop, listings=LISTINGS - 1, style="whole", again="True", output_tokens="")
    assert ended(laptop, worker, 2) == ("done", "", "")
    rows = laptop.rows("SELECT outcome, said, problems FROM labeling_teacheranswer WHERE run_id = 2")
    assert [outcome for outcome, *_ in rows] == ["unreadable"] * (LISTINGS - 1)
    for _, said, problems in rows:
        [one] = json.loads(said)
        why = "there is no JSON object in it" if one["text"] else "it said nothing"
        assert all(problem.startswith(why) for problem in json.loads(problems).values())


def check_the_budget_stops_it(laptop: Laptop, worker: "subprocess.Popen[bytes]") -> None:
    """A budget for two listings ends the run behind them, and is not passed."""
    [(one,)] = laptop.rows(
        "SELECT max(input_tokens + output_tokens) FROM labeling_teacheranswer WHERE run_id = 1"
    )
    budget = 2 * one + 400
    start(laptop, listings=LISTINGS - 1, again="True", budget_tokens=budget)
    status, _, note = ended(laptop, worker, 3)
    assert status == "done" and note.startswith("stopped by the budget: ")
    [(spent, waiting)] = laptop.rows(
        "SELECT sum(input_tokens + output_tokens), sum(outcome = 'waiting') "
        "FROM labeling_teacheranswer WHERE run_id = 3"
    )
    assert 0 < spent <= budget
    assert 0 < waiting < LISTINGS - 1
