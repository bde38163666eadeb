"""What a teacher run comes to before it is started, and what may not be started."""

from decimal import Decimal
from typing import Any

import pytest
from celery import current_app
from django.db import IntegrityError
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from attrx_web.env import Teacher
from catalog.models import Image, Listing, Status
from labeling.errors import LabelingError
from labeling.models import Purpose, TeacherRun
from labeling.selectors import teacher_plan
from labeling.selectors.teacher_plan import plan_chosen, plan_estimate
from labeling.services.teacher import teacher_cancel, teacher_resume, teacher_start
from labeling.teacher.money import Budget, Price, Usage
from labeling.teacher.plan import Choice, Estimate, Limits, TeacherPlan
from labeling.teacher.prompts import Style
from tests.labeling.teacher.conftest import MODEL
from tests.labeling.teacher.runs import plan, started
from tests.labeling.workspace import bag, listings, tasks
from tests.queues import Queue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("teacher")]


def chosen(given: TeacherPlan) -> list[int]:
    """Ids of the listings that a plan comes to."""
    return list(plan_chosen(given, model=MODEL).listings)


def test_listings_that_wait_for_people_come_in_the_order_in_which_people_get_them() -> None:
    low, high = tasks(1), tasks(1, vertical=None, priority=5)
    tasks(1, purpose=Purpose.REVIEW)
    assert chosen(plan()) == [high[0].listing_id, low[0].listing_id]


def test_listings_of_a_split_or_named_one_by_one_are_asked_about() -> None:
    first, second = listings(2)
    Listing.objects.filter(pk=second.pk).update(split="gold")
    assert chosen(plan(choice=Choice(split="gold"))) == [second.pk]
    assert chosen(plan(choice=Choice(listings=(first.external_id,)))) == [first.pk]


def test_listings_without_photos_and_retired_ones_are_left_out() -> None:
    bare, retired, good = (task.listing for task in tasks(3))
    Image.objects.filter(listing=bare).delete()
    Listing.objects.filter(pk=retired.pk).update(retired=True)
    assert chosen(plan()) == [good.pk]


def test_a_listing_with_two_tasks_is_asked_about_once() -> None:
    [task] = tasks(1)
    assert chosen(plan()) == [task.listing_id]
    assert chosen(plan(most=1)) == [task.listing_id]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"vertical": "hat"}, "vertical 'hat': it is not there, or has no schema: choose another"),
        (
            {"attributes": ("size",)},
            "vertical 'bag': it has no attribute 'size': choose of colour, closing, note",
        ),
        (
            {"choice": Choice(listings=("x1", "x2"))},
            "2 of 2 listings are not of vertical 'bag', such as 'x1', 'x2': leave them out",
        ),
        ({"budget": Budget()}, "there is no budget: give one of tokens, or of money"),
        (
            {"budget": Budget(money=Decimal(1))},
            f"the price of {MODEL} is not known: give a budget of tokens, or set ATTRX_TEACHER_PRICE",
        ),
        ({"limits": Limits(photos=99)}, "photos is 99: give 1 to 50"),
        ({"limits": Limits(side=10)}, "side is 10: give 64 to 1600"),
        (
            {"choice": Choice(purpose=Purpose.AUDIT)},
            "there is no listing to ask about: choose others, or ask again about these",
        ),
    ],
)
def test_a_plan_that_cannot_be_used_is_refused_with_the_remedy(
    fields: dict[str, object], problem: str
) -> None:
    tasks(1)
    with pytest.raises(LabelingError) as refused:
        teacher_start(plan=plan(**fields))
    assert str(refused.value) == problem
    assert not TeacherRun.objects.exists()


def test_without_a_configured_teacher_nothing_starts(settings: Settings) -> None:
    settings.ATTRX_TEACHER = None
    tasks(1)
    with pytest.raises(LabelingError, match="set ATTRX_TEACHER_URL and ATTRX_TEACHER_MODEL"):
        teacher_start(plan=plan())


def test_a_run_without_a_budget_cannot_even_be_stored() -> None:
    tasks(1)
    run = started()
    with pytest.raises(IntegrityError, match="labeling_teacherrun_budget_given"):
        TeacherRun.objects.filter(pk=run.pk).update(budget_tokens=None)


def test_half_a_price_cannot_be_stored() -> None:
    tasks(1)
    run = started()
    with pytest.raises(IntegrityError, match="labeling_teacherrun_price_whole"):
        TeacherRun.objects.filter(pk=run.pk).update(price_output=1, currency="EUR")


def test_the_estimate_grows_with_photos_listings_and_requests() -> None:
    tasks(4)
    price = Price(Decimal(1), Decimal(10), "EUR")

    def estimate(**fields: Any) -> Estimate:
        given = plan(**fields)
        return plan_estimate(given, plan_chosen(given, model=MODEL), price=price)

    whole, single = estimate(), estimate(style=Style.SINGLE)
    assert (whole.listings, whole.requests, single.requests) == (4, 4, 12)
    assert whole.about.output == 4 * 3 * 30
    assert whole.most.output == 4 * (200 + 3 * 60)
    assert whole.about.input == whole.most.input > 4 * 200
    assert whole.money_about == price.of(whole.about)
    assert whole.is_covered
    assert not estimate(budget=Budget(tokens=100)).is_covered


def test_an_estimate_looks_at_some_listings_and_takes_the_others_to_be_like_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tasks(4)
    whole = plan_estimate(plan(), plan_chosen(plan(), model=MODEL), price=None)
    monkeypatch.setattr(teacher_plan, "SAMPLE", 2)
    assert plan_estimate(plan(), plan_chosen(plan(), model=MODEL), price=None) == whole


def test_an_estimate_of_nothing_is_nothing() -> None:
    bag()
    estimate = plan_estimate(plan(), plan_chosen(plan(), model=MODEL), price=None)
    assert (estimate.listings, estimate.requests, estimate.most) == (0, 0, Usage())


def test_a_started_run_is_told_to_the_workers_once_it_is_stored(
    queue: Queue, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    tasks(1)
    with django_capture_on_commit_callbacks(execute=True):
        run = teacher_start(plan=plan())
        assert queue.take() == []
    assert queue.take() == [("labeling.tasks.teacher_run", run.pk)]


def test_a_run_that_no_worker_can_be_told_of_fails_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    tasks(1)
    with django_capture_on_commit_callbacks(execute=True):
        run = teacher_start(plan=plan())
    run.refresh_from_db()
    assert run.status == Status.FAILED
    assert run.error.endswith("Run manage.py serve, or set REDIS_URL to a Redis that runs; then resume.")


def test_only_what_waits_or_runs_is_cancelled_and_only_what_stopped_is_resumed() -> None:
    tasks(1)
    run = started()
    assert not teacher_resume(run_id=run.pk, send=False)
    assert teacher_cancel(run_id=run.pk)
    assert not teacher_cancel(run_id=run.pk)
    assert teacher_resume(run_id=run.pk, send=False)
    run.refresh_from_db()
    assert run.status == Status.QUEUED


def test_the_key_is_in_no_row(teacher: Teacher) -> None:
    tasks(1)
    run = started()
    kept = TeacherRun.objects.filter(pk=run.pk).values().get()
    assert teacher.key and teacher.key not in str(kept)
    assert teacher.key not in repr(teacher)
