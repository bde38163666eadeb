"""manage.py benchmark_queue measures on PostgreSQL, and says so elsewhere."""

import json
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from attrx_web.env import REPOSITORY
from labeling.leases import Lease
from labeling.models import Annotation, Turn
from tests.labeling.workspace import annotator, label_all, tasks
from training.queue_benchmark.checks import Findings, findings_of
from training.queue_benchmark.people import Log


def test_many_people_are_measured_and_nothing_is_lost() -> None:
    command = [sys.executable, "manage.py", "benchmark_queue", "--tasks", "11000", "--people", "3"]
    run = subprocess.run([*command, "--seconds", "3"], cwd=REPOSITORY, capture_output=True, text=True)
    if connection.vendor != "postgresql":
        assert run.returncode == 2
        assert "a measurement needs PostgreSQL: set DATABASE_URL" in run.stderr
        return
    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout.splitlines()[-1])
    assert [queue["tasks"] for queue in result["queues"]] == [10_000, 11_000]
    for queue in result["queues"]:
        assert queue["answers_per_s"] > 0
        assert set(queue["findings"].values()) == {0}
        assert 0 < queue["kinds"]["submit"]["p50_ms"] <= queue["kinds"]["submit"]["p95_ms"]


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
