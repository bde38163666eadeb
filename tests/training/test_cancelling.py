"""A round that is cancelled ends also where it says nothing: while a model loads, within a batch."""

import threading
from collections.abc import Callable

import pytest

from catalog.models import Status
from catalog.services import ledger as claims
from tests.fakes import FakeStages
from training import jobs, services
from training.ml.run import Stage
from training.models import Round, RoundStage, Shard

LONG_SECONDS = 60.0
SAMPLE = "1-sample"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue", "queue")]


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the looks."""
    monkeypatch.setattr(claims, "LOOK_SECONDS", 0.01)


def run(round_: Round, stages: FakeStages) -> Round:
    claim = services.round_claim(round_id=round_.pk, worker="process 1 on laptop")
    assert claim is not None
    jobs.run_round(claim, run_stage=stages)
    return Round.objects.get(pk=round_.pk)


def blocked(act: Callable[[], object]) -> None:
    """Act, and then wait as for a model that takes a minute to load."""
    act()
    threading.Event().wait(LONG_SECONDS)
    pytest.fail("nobody ended it")


def test_a_training_that_says_nothing_is_ended_and_can_be_resumed() -> None:
    round_ = services.round_start(iterations=0)

    def before(stage: Stage) -> None:
        if stage.name == "sft":
            blocked(lambda: services.round_cancel(round_id=round_.pk))

    cancelled = run(round_, FakeStages(before=before))
    assert (cancelled.status, cancelled.claim, cancelled.error) == (Status.CANCELLED, None, "")
    assert RoundStage.objects.get(name="zero_shot").status == Status.DONE
    assert services.round_resume(round_id=round_.pk)
    assert run(round_, FakeStages()).status == Status.DONE


def test_a_shard_that_says_nothing_is_ended_with_its_round() -> None:
    round_ = services.round_start(iterations=1)

    def before_shard(stage: Stage, number: int) -> None:
        if (stage.key, number) == (SAMPLE, 1):
            blocked(lambda: services.round_cancel(round_id=round_.pk))

    assert run(round_, FakeStages(per_shard=1, before_shard=before_shard)).status == Status.CANCELLED
    shards = Shard.objects.filter(stage__name="sample").order_by("number")
    assert [shard.status for shard in shards][:2] == [Status.DONE, Status.CANCELLED]


def test_a_stage_whose_claim_is_lost_is_ended_without_writing() -> None:
    round_ = services.round_start(iterations=0)

    def before(stage: Stage) -> None:
        if stage.name == "sft":
            blocked(lambda: services.worker_gone(pid=1))

    claim = services.round_claim(round_id=round_.pk, worker=claims.worker_name(1))
    assert claim is not None
    jobs.run_round(claim, run_stage=FakeStages(before=before))
    round_.refresh_from_db()
    assert (round_.status, round_.claim) == (Status.QUEUED, None)
