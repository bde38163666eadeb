"""Claims: one job runs a round, and only as long as nobody took it away."""

import pytest

from catalog.models import Status
from catalog.services.ledger import CancelRequested, Claim, ClaimLost, held, work_done
from tests.training.rounds import round_in
from training import services
from training.ml.run import Stage
from training.models import Round, RoundStage
from training.services import ledger

pytestmark = pytest.mark.django_db

SFT = Stage(0, "sft")


def claimed(round_: Round) -> Claim:
    claim = services.round_claim(round_id=round_.pk, worker="process 1 on laptop")
    assert claim is not None
    return claim


def test_a_queued_round_is_claimed_once() -> None:
    round_ = round_in(Status.QUEUED)
    claim = claimed(round_)
    assert services.round_claim(round_id=round_.pk, worker="process 2 on laptop") is None
    round_.refresh_from_db()
    assert (round_.status, round_.claim, round_.worker) == (
        Status.RUNNING,
        claim.token,
        "process 1 on laptop",
    )
    assert round_.started == round_.heartbeat


@pytest.mark.parametrize("status", [Status.RUNNING, Status.DONE, Status.FAILED, Status.CANCELLED])
def test_no_other_round_can_be_claimed(status: Status) -> None:
    round_ = round_in(status)
    assert services.round_claim(round_id=round_.pk, worker="process 1 on laptop") is None


def test_a_resumed_round_keeps_the_time_of_its_first_start() -> None:
    round_ = round_in(Status.FAILED)
    services.round_resume(round_id=round_.pk)
    claimed(round_)
    assert Round.objects.get(pk=round_.pk).started == round_.started


def test_every_write_is_a_sign_of_life() -> None:
    round_ = round_in(Status.QUEUED)
    claim = claimed(round_)
    before = Round.objects.get(pk=round_.pk).heartbeat
    with held(claim):
        pass
    after = Round.objects.get(pk=round_.pk).heartbeat
    assert before is not None and after is not None and after > before


def test_a_worker_that_was_swept_cannot_write_success() -> None:
    round_ = round_in(Status.QUEUED)
    claim = claimed(round_)
    row = ledger.stage_start(claim=claim, stage=SFT)
    ledger.round_failed(claim=claim, error="swept: resume it")
    with pytest.raises(ClaimLost), held(claim):
        ledger.stage_finish(row=row, result={})
    with pytest.raises(ClaimLost):
        ledger.stage_progress(claim=claim, row=row, done=1, total=2)
    with pytest.raises(ClaimLost):
        work_done(claim=claim, note="")
    assert not ledger.round_failed(claim=claim, error="another error")
    round_.refresh_from_db()
    row.refresh_from_db()
    assert (round_.status, round_.error, row.status) == (Status.FAILED, "swept: resume it", Status.FAILED)


def test_a_worker_whose_round_another_one_resumed_cannot_write() -> None:
    round_ = round_in(Status.QUEUED)
    old = claimed(round_)
    ledger.round_failed(claim=old, error="swept: resume it")
    services.round_resume(round_id=round_.pk)
    new = claimed(round_)
    with pytest.raises(ClaimLost), held(old):
        pass
    with held(new):
        work_done(claim=new, note="")
    assert Round.objects.get(pk=round_.pk).status == Status.DONE


def test_a_request_to_cancel_reaches_the_job() -> None:
    round_ = round_in(Status.QUEUED)
    claim = claimed(round_)
    services.round_cancel(round_id=round_.pk)
    with pytest.raises(CancelRequested), held(claim):
        pass


def test_a_stage_that_is_run_again_has_one_row() -> None:
    claim = claimed(round_in(Status.QUEUED))
    row = ledger.stage_start(claim=claim, stage=SFT)
    ledger.stage_progress(claim=claim, row=row, done=3, total=4)
    with held(claim):
        ledger.stage_finish(row=row, result={"steps": 4})
    ledger.stage_start(claim=claim, stage=SFT)
    again = RoundStage.objects.get()
    assert (again.pk, again.status, again.done, again.finished) == (row.pk, Status.RUNNING, 0, None)


def test_progress_beyond_the_total_is_the_total() -> None:
    claim = claimed(round_in(Status.QUEUED))
    row = ledger.stage_start(claim=claim, stage=SFT)
    ledger.stage_progress(claim=claim, row=row, done=5, total=4)
    row.refresh_from_db()
    assert (row.done, row.total) == (4, 4)
