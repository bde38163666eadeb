"""What a worker does of a round is written down as it does it."""

import os
from pathlib import Path

import pytest

from catalog.models import Status
from tests.fakes import FakeStages
from training import jobs, services, sharding
from training.ml.progress import silent
from training.worklog import work_logged, work_reports


def test_the_first_and_the_last_report_are_always_kept(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    report = work_logged(tmp_path, "1-sample", lambda done, total: told.append((done, total)), shard=3)
    for done in range(5):
        report(done, 4)
    kept = work_reports(tmp_path)
    assert [one.done for one in kept] == [0, 4]
    assert {(one.process, one.stage, one.shard, one.total) for one in kept} == {
        (os.getpid(), "1-sample", 3, 4)
    }
    assert told == [(done, 4) for done in range(5)], "progress hears everything"


def test_a_second_try_is_another_attempt(tmp_path: Path) -> None:
    for _ in range(2):
        work_logged(tmp_path, "0-sft", silent)(4, 4)
    assert len({one.attempt for one in work_reports(tmp_path)}) == 2


def test_a_line_that_a_kill_cut_short_is_left_out(tmp_path: Path) -> None:
    work_logged(tmp_path, "0-sft", silent)(4, 4)
    [path] = (tmp_path / "logs").iterdir()
    path.write_text(path.read_text() + '{"process": 1')
    assert len(work_reports(tmp_path)) == 1


def test_a_round_without_workers_has_no_reports(tmp_path: Path) -> None:
    assert work_reports(tmp_path) == []


@pytest.mark.usefixtures("catalogue", "queue")
def test_a_round_s_shards_and_trainings_are_in_it() -> None:
    claim = services.round_claim(round_id=services.round_start(iterations=1).pk, worker="process 1 on laptop")
    assert claim is not None
    jobs.run_round(claim, run_stage=FakeStages(per_shard=2))
    assert claim.model._default_manager.get(pk=claim.pk).status == Status.DONE
    found = {(one.stage, one.shard) for one in work_reports(sharding.prepare(claim.pk).run.folder)}
    assert {("1-sample", 0), ("1-sample", 1), ("0-sft", None), ("1-dpo", None)} <= found
