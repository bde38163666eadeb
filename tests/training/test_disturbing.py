"""A round is disturbed as often as asked for, in every way, and resumed until it is done."""

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError

from catalog.models import Status
from tests.training.rounds import round_in
from training.management import disturbing
from training.management.disturbing import KINDS, Laptop, disturb
from training.ml.redone import Kill
from training.models import Round

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("queue")]

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


class Paper(Laptop):
    """A laptop that notes what is done to it.

    Args:
        round_: is done after the last of so many blows.
        failing: the first blow makes it fail.
    """

    def __init__(self, round_: Round, blows: int, *, failing: bool = False) -> None:
        self.round, self.blows, self.failing = round_, blows, failing
        self.keeper = subprocess.Popen(SLEEPER)
        self.workers = iter(range(100, 200))
        self.gone = 0

    def kill_worker(self) -> Kill | None:
        if self.gone:
            self.gone -= 1
            return None
        self.struck()
        return Kill(next(self.workers), 0.0)

    def kill_redis(self, away: float) -> None:
        self.struck()

    def struck(self) -> None:
        rows = Round.objects.filter(pk=self.round.pk)
        self.blows -= 1
        if self.failing:
            self.failing = False
            rows.update(status=Status.FAILED, claim=None, error="disk", finished=self.round.heartbeat)
        elif not self.blows:
            rows.update(status=Status.DONE, claim=None, error="", finished=self.round.heartbeat)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disturbing, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(disturbing, "LOCKED_SECONDS", 0.0)


@pytest.fixture
def round_() -> Round:
    return round_in(Status.RUNNING, stage_count=3)


@pytest.fixture
def papers() -> Iterator[list[Paper]]:
    """Laptops to be ended."""
    made: list[Paper] = []
    yield made
    for one in made:
        one.keeper.kill()
        one.keeper.wait()


def test_every_kind_comes_in_turn_until_the_round_is_done(round_: Round, papers: list[Paper]) -> None:
    papers.append(Paper(round_, blows=4))
    blows = disturb(papers[0], round_.pk, kills=6, every=0.0, chance=random.Random(0))
    assert dict(blows.kills) == dict.fromkeys(KINDS, 2)
    assert [kill.process for kill in blows.workers] == [100, 101]
    assert blows.resumed == 0


def test_a_round_that_fails_on_the_way_is_resumed(round_: Round, papers: list[Paper]) -> None:
    papers.append(Paper(round_, blows=4, failing=True))
    Round.objects.filter(pk=round_.pk).update(heartbeat=round_.started)
    blows = disturb(papers[0], round_.pk, kills=6, every=0.0, chance=random.Random(0))
    assert blows.resumed == 1
    assert blows.kills.total() == 6


def test_a_worker_that_is_starting_is_killed_once_it_is_there(round_: Round, papers: list[Paper]) -> None:
    papers.append(Paper(round_, blows=2))
    papers[0].gone = 3
    blows = disturb(papers[0], round_.pk, kills=3, every=0.0, chance=random.Random(0))
    assert dict(blows.kills) == dict.fromkeys(KINDS, 1)


def test_without_a_keeper_nobody_goes_on(round_: Round, papers: list[Paper]) -> None:
    papers.append(Paper(round_, blows=9))
    papers[0].keeper.kill()
    papers[0].keeper.wait()
    with pytest.raises(CommandError, match=r"read worker\.log"):
        disturb(papers[0], round_.pk, kills=3, every=60.0, chance=random.Random(0))


def test_a_real_worker_is_killed_with_the_moment_it_happened(tmp_path: Path, papers: list[Paper]) -> None:
    """The child of what stands for a keeper."""
    script = f"import subprocess; print(subprocess.Popen({SLEEPER}).pid, flush=True); input()"
    keeper = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert keeper.stdout
    worker = int(keeper.stdout.readline())
    laptop = Laptop.__new__(Laptop)
    laptop.keeper = keeper
    kill = laptop.kill_worker()
    assert kill is not None and kill.process == worker
    keeper.communicate(b"\n")
    assert laptop.kill_worker() is None
