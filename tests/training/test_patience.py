"""Waiting for a database that is away, and telling workers of work."""

import pytest
from celery import current_app
from django.db import DataError, InterfaceError, OperationalError

from catalog.models import Status
from catalog.services import ledger
from catalog.services.ledger import patiently, work_claim, work_hint, work_return
from tests.queues import memory_queue
from tests.training.rounds import round_in
from training.models import Round


class Flaky:
    """Fails so many times with this error, then answers."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.failures, self.error, self.calls = failures, error, 0

    def __call__(self, number: int, *, more: int) -> int:
        self.calls += 1
        if self.calls <= self.failures:
            raise self.error
        return number + more


@pytest.fixture
def no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "RETRY_SECONDS", 0.0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("connection closed")])
def test_a_database_that_comes_back_is_waited_for(no_delay: None, error: Exception) -> None:
    flaky = Flaky(3, error)
    assert patiently(flaky, 1, more=2) == 3
    assert flaky.calls == 4


@pytest.mark.django_db(transaction=True)
def test_patience_ends(no_delay: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "PATIENCE_SECONDS", -1.0)
    with pytest.raises(OperationalError):
        patiently(Flaky(1, OperationalError("gone")), 1, more=2)


@pytest.mark.django_db(transaction=True)
def test_what_will_not_change_is_not_tried_again(no_delay: None) -> None:
    flaky = Flaky(1, DataError("too long"))
    with pytest.raises(DataError):
        patiently(flaky, 1, more=2)
    assert flaky.calls == 1


@pytest.mark.django_db
def test_a_transaction_that_lost_its_connection_is_lost(no_delay: None) -> None:
    flaky = Flaky(1, OperationalError("gone"))
    with pytest.raises(OperationalError):
        patiently(flaky, 1, more=2)
    assert flaky.calls == 1


@pytest.mark.django_db
def test_work_that_is_given_back_waits_again() -> None:
    round_ = round_in(Status.QUEUED)
    claim = work_claim(Round, pk=round_.pk, worker="process 1 on laptop", note="taken")
    assert claim is not None
    assert Round.objects.get().note == "taken"
    assert not work_return(Round, pk=round_.pk, worker="process 2 on laptop")
    assert work_return(Round, pk=round_.pk, claim=claim.token)
    again = Round.objects.get()
    assert (again.status, again.claim, again.worker) == (Status.QUEUED, None, "")


@pytest.mark.django_db
def test_work_that_is_to_end_is_not_given_back() -> None:
    round_ = round_in(Status.RUNNING, cancel_requested=True)
    assert not work_return(Round, pk=round_.pk, claim=round_.claim)


def test_a_hint_is_sent_as_often_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with memory_queue(monkeypatch, "gpu") as queue:
        assert work_hint(task="some.task", pk=7, queue="gpu", times=3, expires=30.0)
        assert queue.take() == [("some.task", 7)] * 3


def test_a_hint_that_cannot_be_sent_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    assert not work_hint(task="some.task", pk=7, queue="gpu")
