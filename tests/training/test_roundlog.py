"""What a worker logs while it is at a round can be read on the round's page."""

import logging
import os
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from catalog.models import Status
from tests.training.rounds import round_in, stage_of
from training.roundlog import MOST_LINES, last_lines, round_log

logger = logging.getLogger("training.test")


@pytest.fixture(autouse=True)
def loud(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def folder(settings: Settings, name: str = "rounds/7") -> Path:
    return Path(settings.ATTRX_ARTIFACTS_DIR) / name / "logs"


@pytest.mark.django_db
def test_only_what_is_logged_within_the_block_is_kept() -> None:
    stage = stage_of(round_in(Status.RUNNING, artifact_path="rounds/7"), Status.RUNNING)
    logger.info("before")
    with round_log(stages=stage.pk):
        logger.info("sampling shard %s", 3)
    logger.info("after")
    (line,) = last_lines("rounds/7")
    assert line.endswith("INFO training.test: sampling shard 3")


def test_a_round_without_a_log_has_no_lines() -> None:
    assert last_lines("rounds/7") == []


def test_lines_of_several_workers_come_in_the_order_of_time(settings: Settings) -> None:
    folder(settings).mkdir(parents=True)
    (folder(settings) / "a.log").write_text(
        "2026-01-01 10:00:00,000 INFO x: one\n2026-01-01 10:00:02,000 ERROR x: three\nTraceback\n  in b\n"
    )
    (folder(settings) / "b.log").write_text("2026-01-01 10:00:01,000 INFO x: two\n")
    lines = last_lines("rounds/7")
    assert [line.rpartition(" ")[2] for line in lines] == ["one", "two", "three", "Traceback", "b"]


def test_only_the_end_of_a_long_log_is_read(settings: Settings) -> None:
    folder(settings).mkdir(parents=True)
    entry = "2026-01-01 10:00:{:02},000 INFO x: " + "y" * 200 + " {}\n"
    (folder(settings) / "a.log").write_text("".join(entry.format(n // 100, n) for n in range(5000)))
    lines = last_lines("rounds/7")
    assert 50 < len(lines) <= MOST_LINES
    assert lines[-1].endswith(" 4999") and all(line.startswith("2026") for line in lines)


def test_a_folder_of_many_workers_is_read_in_part(settings: Settings) -> None:
    folder(settings).mkdir(parents=True)
    for number in range(9):
        path = folder(settings) / f"{number}.log"
        path.write_text(f"2026-01-01 10:00:0{number},000 INFO x: worker {number}\n")
        os.utime(path, (number, number))
    assert [line[-1] for line in last_lines("rounds/7")] == ["5", "6", "7", "8"]
