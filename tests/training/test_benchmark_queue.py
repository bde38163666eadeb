"""manage.py benchmark_queue measures on PostgreSQL, and says so elsewhere."""

import json
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from attrx_web.env import REPOSITORY
from labeling.leases import Lease
from labeling.models import Annotation, Turn
from tests.labeling.workspace import annotator, label_all, tasks
from training.management.commands.benchmark_queue import Command, Measured
from training.queue_benchmark import people
from training.queue_benchmark.checks import Findings, findings_of
from training.queue_benchmark.people import Log

FEW_HASTY_PEOPLE = """
import json
from dataclasses import asdict
from training.management.commands.benchmark_queue import Command
from training.queue_benchmark import people
people.WARM_UP_SECONDS, people.PACE_SECONDS = 0.5, 0.1
print(json.dumps(asdict(Command().measure(500, 3, 8.0, "PURPOSE"))))
"""


@pytest.mark.parametrize("purpose", ["gold", "review"])
def test_people_work_over_http_and_nothing_is_lost(purpose: str) -> None:
    script = FEW_HASTY_PEOPLE.replace("PURPOSE", purpose)
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", script]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    if connection.vendor != "postgresql":
        assert run.returncode != 0
        assert "a measurement needs PostgreSQL: set DATABASE_URL" in run.stderr
        return
    assert run.returncode == 0, run.stderr
    measured = json.loads(run.stdout.splitlines()[-1])
    assert measured["answers_per_s"] > 1
    assert set(measured["findings"].values()) == {0}
    for kind in (people.NEXT, people.SUBMIT, *([people.SIMILAR] if purpose == "review" else [])):
        figures = measured["kinds"][kind]
        assert 0 < figures["p50_ms"] <= figures["p95_ms"] <= figures["worst_ms"]


@pytest.mark.parametrize(("slower", "is_met"), [(1.4, True), (1.6, False)])
def test_times_that_grow_with_the_queue_miss_the_target(slower: float, is_met: bool) -> None:
    out = StringIO()
    Command(stdout=out).report(measured(10_000, 10.0), measured(1_000_000, 10.0 * slower), 3)
    summary = json.loads(out.getvalue().splitlines()[-1])
    assert set(summary["growth"].values()) == {slower}
    assert summary["met"] is is_met


def measured(tasks: int, milliseconds: float) -> Measured:
    figures = {"requests": 9, "p50_ms": milliseconds, "p95_ms": milliseconds, "worst_ms": milliseconds}
    kinds = {people.NEXT: figures, people.SUBMIT: figures}
    return Measured(tasks, 60.0, kinds, 25.0, Findings(0, 0, 0, 0, 0))


def test_a_queue_that_is_too_short_is_refused() -> None:
    with pytest.raises(CommandError, match="--tasks 50 .*: give more than 10000 tasks") as refused:
        call_command("benchmark_queue", "--tasks", "50")
    assert refused.value.returncode == 2


@pytest.mark.django_db
class TestFindings:
    """What is found in a database where anna has answered and finished one turn."""

    @pytest.fixture
    def lease(self) -> Lease:
        tasks(1)
        [lease] = label_all(annotator())
        return lease

    @pytest.fixture
    def log(self, lease: Lease) -> Log:
        """What anna was told."""
        log = Log(annotator().pk, leased=[lease.turn_id], finished=[lease.turn_id])
        for one in Annotation.objects.select_related("attribute"):
            key = one.idempotency_key.partition(":")[2]
            log.acknowledged[key] = (lease.turn_id, one.attribute.code, one.values[0])
        return log

    def test_nothing_is_found_where_everything_is_there_once(self, log: Log) -> None:
        assert findings_of([log], using="default") == Findings(0, 0, 0, 0, 0)

    def test_an_answer_that_is_gone_or_changed_is_lost(self, log: Log) -> None:
        first, second = Annotation.objects.order_by("pk")
        first.delete()
        Annotation.objects.filter(pk=second.pk).update(values=["blue"])
        assert findings_of([log], using="default") == Findings(0, 2, 0, 0, 0)

    def test_an_answer_that_was_written_twice_is_doubled(self, log: Log) -> None:
        one = Annotation.objects.earliest("pk")
        one.pk, one.idempotency_key = None, "another"
        one.save()
        assert findings_of([log], using="default") == Findings(0, 0, 1, 0, 0)

    def test_a_turn_that_two_people_got_is_a_double_lease(self, log: Log, lease: Lease) -> None:
        other = Log(annotator("bo").pk, leased=[lease.turn_id], problems=["401"])
        assert findings_of([log, other], using="default") == Findings(1, 0, 0, 0, 1)

    def test_an_end_that_the_database_does_not_know_is_lost(self, log: Log, lease: Lease) -> None:
        Turn.objects.filter(pk=lease.turn_id).update(finished=None)
        assert findings_of([log], using="default") == Findings(0, 0, 0, 1, 0)
