"""What may happen to a teacher run while it waits and runs: cancel, kill, a lost claim, and going on."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from attrx_web.env import Teacher
from catalog.models import Image, Listing, Photo, Status
from labeling.models import Suggestion, TeacherAnswer, TeacherOutcome, TeacherRun
from labeling.services.teacher import teacher_cancel
from labeling.services.teacher_queue import teacher_claim, teachers_sweep
from labeling.services.teacher_run import spent_of, teacher_run
from labeling.teacher.calls import Caller
from labeling.teacher.money import Budget, Usage
from labeling.teacher.prompts import Style
from tests.labeling.teacher.conftest import MODEL
from tests.labeling.teacher.endpoint import Endpoint
from tests.labeling.teacher.runs import (
    ANSWERED,
    QUICK,
    WAITING,
    answers,
    bags,
    claimed,
    outcomes,
    resumed,
    says,
    started,
    suggested,
    worked,
)
from tests.queues import Queue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("teacher")]


def test_a_cancelled_run_ends_with_what_is_under_way_and_goes_on_when_resumed(endpoint: Endpoint) -> None:
    bags(4)
    run = started()
    endpoint.says(says())
    run = worked(run, tell=cancel_after(2, run))
    assert (run.status, outcomes(run)) == (Status.CANCELLED, [ANSWERED] * 2 + [WAITING] * 2)
    run = resumed(run)
    assert (run.status, outcomes(run), len(endpoint.asked)) == (Status.DONE, [ANSWERED] * 4, 4)
    assert Suggestion.objects.count() == 4 * 3


def cancel_after(listings: int, run: TeacherRun) -> Callable[[int], object]:
    seen = 0

    def tell(number: int) -> None:
        nonlocal seen
        seen += number
        if seen == listings:
            teacher_cancel(run_id=run.pk)

    return tell


class Killed(BaseException):
    """Ends a worker where it stands, as kill -9 does: nothing catches it."""


def kill_after(listings: int) -> Callable[[int], object]:
    seen = 0

    def tell(number: int) -> None:
        nonlocal seen
        seen += number
        if number and seen == listings:
            raise Killed

    return tell


def test_a_killed_run_is_swept_resumed_and_counts_no_answer_twice(endpoint: Endpoint) -> None:
    bags(5)
    endpoint.says(says())
    run = started()
    with pytest.raises(Killed):
        worked(run, tell=kill_after(2))
    under_way = run.answers.get(position=3)
    TeacherAnswer.objects.filter(pk=under_way.pk).update(
        outcome=TeacherOutcome.ASKED, request={"estimate": [70, 30]}
    )
    assert teachers_sweep(silent_for=timedelta()) == [run.pk]
    run.refresh_from_db()
    assert run.status == Status.FAILED and "stopped answering. Resume the run" in run.error
    run = resumed(run)
    assert (run.status, outcomes(run)) == (Status.DONE, [ANSWERED] * 5)
    assert Suggestion.objects.count() == 5 * 3, "each question has one proposal"
    assert all(len(row.said) == 1 for row in answers(run))
    assert spent_of(run) == Usage(5 * 100 + 70, 5 * 20 + 30), "what was under way may have been charged"


def test_a_listing_that_was_answered_in_part_when_the_budget_ended_is_finished_later(
    endpoint: Endpoint,
) -> None:
    [bag] = bags()
    endpoint.says("Answer: red", usage={"prompt_tokens": 300, "completion_tokens": 10})
    run = worked(started(style=Style.SINGLE, budget=Budget(tokens=600)))
    assert (run.note, outcomes(run)) == ("stopped by the budget: 0 of 1 asked", [WAITING])
    assert suggested(bag.pk) == {"colour": [{"Red": 1.0}]}
    again = started(style=Style.SINGLE)
    assert [row.listing_id for row in answers(again)] == [bag.pk], "not all of it was answered"


def test_a_worker_whose_claim_is_lost_writes_nothing_more(endpoint: Endpoint) -> None:
    bags(2)
    run = started()
    endpoint.says(says())

    def lose(number: int) -> None:
        if number:
            teachers_sweep(silent_for=timedelta())

    run = worked(run, tell=lose)
    assert run.status == Status.FAILED and "stopped answering" in run.error
    assert (outcomes(run), Suggestion.objects.count()) == ([ANSWERED, WAITING], 3)


def test_a_run_gives_its_worker_to_others_after_its_turn_and_goes_on(
    endpoint: Endpoint, queue: Queue
) -> None:
    bags(2)
    endpoint.says(says())
    run = worked(started(), seconds=0.0)
    assert (run.status, run.claim, outcomes(run)) == (Status.QUEUED, None, [WAITING, WAITING])
    run = worked(run)
    assert (run.status, outcomes(run)) == (Status.DONE, [ANSWERED, ANSWERED])


def test_one_run_is_at_work_at_a_time_and_the_next_is_told_at_its_end(
    endpoint: Endpoint, queue: Queue
) -> None:
    bags(2)
    endpoint.says(says())
    first, second = started(most=1), started()
    worker = claimed(first)
    assert teacher_claim(run_id=second.pk, worker="another") is None
    assert queue.take() == []
    teacher_run(worker, patience=QUICK)
    assert queue.take() == [("labeling.tasks.teacher_run", second.pk)]


def test_a_queued_run_that_was_forgotten_is_told_of_again(queue: Queue) -> None:
    bags()
    run = started()
    teachers_sweep()
    assert queue.take() == []
    TeacherRun.objects.update(queued=timezone.now() - timedelta(minutes=5))
    teachers_sweep()
    assert queue.take() == [("labeling.tasks.teacher_run", run.pk)]


def test_a_listing_whose_photos_cannot_be_sent_is_told_of(endpoint: Endpoint) -> None:
    lost, broken, good = bags(3)
    Image.objects.filter(listing=lost).delete()
    Photo.objects.create(sha256="0" * 64, width=8, height=8, bytes=3, file="photos/nowhere.png")
    Image.objects.filter(listing=broken).update(photo=Photo.objects.get(sha256="0" * 64))
    endpoint.says(says())
    rows = run_rows(lost, broken, good)
    assert rows[lost.pk].error == "the listing has no photos any more: import it again, with its photos"
    assert rows[broken.pk].error == (
        "photo 1: its file is missing from the media storage: import the listing again, with its photos"
    )
    assert rows[good.pk].outcome == ANSWERED


def run_rows(*listings: Listing) -> dict[int, TeacherAnswer]:
    """What a run says about listings that had photos when it was started."""
    run = started()
    for listing in listings:
        if not run.answers.filter(listing=listing).exists():
            TeacherAnswer.objects.create(run=run, listing=listing, position=1000)
    return {row.listing_id: row for row in answers(worked(run))}


def test_a_run_for_another_address_does_not_send_photos_to_the_one_of_today(
    endpoint: Endpoint, settings: Settings
) -> None:
    bags()
    run = started()
    settings.ATTRX_TEACHER = Teacher("https://elsewhere.example/v1", MODEL)
    run = worked(run)
    assert run.status == Status.FAILED
    assert run.error.startswith(f"The run was started for {endpoint.url}, and ATTRX_TEACHER_URL is https://")


def test_an_unforeseen_error_ends_the_run_with_a_remedy(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    bags()
    endpoint.says(says())

    def explode(*args: object, **kwargs: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(Caller, "ask", explode)
    run = worked(started())
    assert run.status == Status.FAILED
    assert run.error.startswith("RuntimeError: disk full. The worker's log has the traceback; once the cause")
