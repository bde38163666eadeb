"""manage.py benchmark_rounds measures on PostgreSQL, and says so elsewhere."""

import json
import os
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from attrx_web.env import REPOSITORY
from catalog.models import Status
from tests.training.rounds import round_in, stage_of
from training.management.commands.benchmark_rounds import Command
from training.round_benchmark.memory import descendants, peak_bytes


def test_a_small_round_runs_and_is_measured() -> None:
    if connection.vendor != "postgresql":
        with pytest.raises(CommandError, match="a measurement needs PostgreSQL: set DATABASE_URL"):
            call_command("benchmark_rounds")
        return
    command = [sys.executable, "manage.py", "benchmark_rounds", "--questions", "10000", "--visits", "5"]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    summary = json.loads([line for line in run.stdout.splitlines() if line.startswith("{")][-1])
    assert (summary["questions"], summary["listings"]) == (10_000, 2000), run.stderr
    assert summary["votes_per_s"] > 100
    assert 2**26 < summary["peak_bytes"]["worker"] < summary["targets"]["peak_bytes"]
    assert summary["met"]["worker_memory"] and summary["met"]["web_memory"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"questions": 5}, "--questions is 5: give 10000 or more"),
        ({"visits": 0}, "--visits is 0: give 1 or more"),
    ],
)
def test_too_little_is_refused(given: dict[str, int], message: str) -> None:
    with pytest.raises(CommandError, match=message) as caught:
        call_command("benchmark_rounds", **given)
    assert caught.value.returncode == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("worker", "milliseconds", "missed"),
    [(9 * 10**8, 150.0, ""), (11 * 10**8, 150.0, "worker_memory"), (9 * 10**8, 250.0, "pages")],
)
def test_a_target_that_is_missed_is_named(worker: int, milliseconds: float, missed: str) -> None:
    round_ = round_in(Status.DONE, questions={"pool": 5000}, counts={"pool": 1000})
    stage_of(round_, Status.DONE, "vote", 1)
    memory = {"worker": worker, "web_largest": 2 * 10**8, "web_together": 4 * 10**8}
    times = {"running": {"round page": [milliseconds] * 5, "compare": [900.0] * 5}}
    out = StringIO()
    command = Command(stdout=out)
    if missed:
        with pytest.raises(CommandError, match=f"missed: {missed}"):
            command.report(round_.pk, memory, 900.0, times)
    else:
        command.report(round_.pk, memory, 900.0, times)
    summary = json.loads(out.getvalue().splitlines()[-1])
    assert [name for name, is_met in summary["met"].items() if not is_met] == ([missed] if missed else [])
    assert summary["votes_per_s"] == pytest.approx(5000 / 3, rel=0.01)


def test_the_memory_of_a_process_and_of_its_children_is_known() -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as process:
        while len(descendants(process.pid)) < 1:
            pass
        [child] = descendants(process.pid)
        assert child in descendants(os.getpid())
        assert peak_bytes(process.pid) > 10**6
        process.communicate(b"\n")
    assert peak_bytes(process.pid) == 0
