"""manage.py teacher_run: a run in this process."""

import signal

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Status
from labeling import tasks as jobs
from labeling.models import Suggestion, TeacherRun
from labeling.services.teacher import teacher_cancel
from tests.labeling.teacher.conftest import KEY
from tests.labeling.teacher.endpoint import Body, Endpoint
from tests.labeling.teacher.runs import claimed, says, started
from tests.labeling.workspace import tasks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("teacher", "queue")]

ASK = ("teacher_run", "--vertical", "bag", "--purpose", "gold", "--per-minute", "60000", "--at-once", "1")


def test_a_run_is_worked_on_here_and_now(endpoint: Endpoint, capsys: pytest.CaptureFixture[str]) -> None:
    tasks(2)
    endpoint.says("Sorry.")
    endpoint.says(says())
    call_command(*ASK, "--budget-tokens", "100000")
    run = TeacherRun.objects.get()
    assert run.status == Status.DONE
    out = capsys.readouterr().out
    assert out == f"run {run.pk}: 1 answered, 1 not readable, 0 without an answer; 240 tokens\n"


def test_a_dry_run_says_what_it_would_take_and_asks_nothing(
    endpoint: Endpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks(2)
    call_command(*ASK, "--budget-tokens", "100000", "--dry-run")
    assert capsys.readouterr().out.startswith("2 listings, 2 requests, about ")
    assert not TeacherRun.objects.exists() and endpoint.asked == []


def test_a_run_that_fails_ends_with_the_remedy_and_goes_on_when_resumed(
    endpoint: Endpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks(2)
    endpoint.fails(401, f"bad key {KEY}")
    with pytest.raises(CommandError) as failed:
        call_command(*ASK, "--budget-tokens", "100000")
    run = TeacherRun.objects.get()
    assert failed.value.returncode == 2
    assert str(failed.value) == (
        f"run {run.pk} failed: The server answered 401: bad key [key]. Mend that, then resume the run. "
        f"manage.py teacher_run --resume {run.pk}"
    )
    endpoint.moves.clear()
    endpoint.says(says())
    capsys.readouterr()
    call_command("teacher_run", "--resume", str(run.pk))
    assert "2 answered" in capsys.readouterr().out


def test_ctrl_c_ends_a_run_with_what_is_under_way(endpoint: Endpoint) -> None:
    tasks(3)

    def interrupt(body: Body) -> str:
        signal.raise_signal(signal.SIGINT)
        return says()

    endpoint.says(interrupt)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(CommandError, match="was cancelled: What was answered is kept."):
        call_command(*ASK, "--budget-tokens", "100000")
    assert Suggestion.objects.count() == 3
    assert signal.getsignal(signal.SIGINT) is before


def test_another_run_at_work_is_named(endpoint: Endpoint) -> None:
    tasks(2)
    claimed(started(most=1))
    with pytest.raises(CommandError, match="another run is at work: wait for it, or cancel it on its page"):
        call_command(*ASK, "--budget-tokens", "100000")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--vertical", "bag"], "nothing to ask about: give --vertical, and --purpose, --split or --listing"),
        (["--vertical", "bag", "--split", "seed"], "there is no budget: give one of tokens, or of money"),
        (["--resume", "77"], "run 77 is neither failed nor cancelled: look at its page"),
        (["--vertical", "hat", "--split", "seed", "--budget-tokens", "9"], "vertical 'hat': it is not there"),
        (["--vertical", "bag", "--budget-tokens", "0"], "'0' is no count: give a whole number from 1"),
        (["--vertical", "bag", "--budget-money", "nan"], "'nan' is no amount: give a number above 0"),
        (["--vertical", "bag", "--budget-money", "x"], "'x' is no amount: give a number, such as 2.50"),
    ],
)
def test_what_cannot_be_asked_is_said_with_the_remedy(options: list[str], problem: str) -> None:
    tasks(1)
    with pytest.raises(CommandError) as refused:
        call_command("teacher_run", *options)
    assert problem in str(refused.value)


def test_a_worker_works_on_a_run_that_it_is_told_of_and_a_second_message_does_nothing(
    endpoint: Endpoint,
) -> None:
    tasks(1)
    endpoint.says(says())
    run = started()
    jobs.run_teacher(run.pk)
    jobs.run_teacher(run.pk)
    run.refresh_from_db()
    assert (run.status, len(endpoint.asked)) == (Status.DONE, 1)


def test_a_cancelled_run_is_not_worked_on(endpoint: Endpoint) -> None:
    tasks(1)
    run = started()
    teacher_cancel(run_id=run.pk)
    jobs.run_teacher(run.pk)
    assert endpoint.asked == []
