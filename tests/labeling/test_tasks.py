import pytest

from catalog.models import Listing
from labeling.models import Label, Purpose, Task, TaskStatus, Turn
from labeling.services import tasks
from labeling.services.tasks import tasks_open, tasks_take_back
from tests.factories import AnnotationFactory, ListingFactory, TaskFactory, UserFactory
from tests.labeling import workspace
from tests.labeling.workspace import annotator, answers, claim, rule, send, statuses, step_clock

pytestmark = pytest.mark.django_db


def test_a_task_is_opened_for_every_listing_that_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "BATCH", 2)
    listings = [ListingFactory.create() for _ in range(5)]
    TaskFactory.create(listing=listings[0], purpose=Purpose.REVIEW)
    TaskFactory.create(listing=listings[1], purpose=Purpose.REVIEW, status=TaskStatus.DONE)
    TaskFactory.create(listing=listings[2], purpose=Purpose.GOLD)
    ids = [listing.pk for listing in listings]
    assert tasks_open(listing_ids=ids, purpose=Purpose.REVIEW, priority=7) == 4
    opened = Task.objects.filter(purpose=Purpose.REVIEW, status=TaskStatus.OPEN, priority=7)
    assert sorted(opened.values_list("listing_id", flat=True)) == ids[1:]
    assert tasks_open(listing_ids=ids, purpose=Purpose.REVIEW) == 0


def test_retired_and_unknown_listings_get_no_task() -> None:
    retired = ListingFactory.create(retired=True)
    assert tasks_open(listing_ids=[retired.pk, 10**12], purpose=Purpose.SEED) == 0
    assert not Task.objects.exists()


def test_a_listing_that_is_named_twice_gets_one_task() -> None:
    listing = ListingFactory.create()
    assert tasks_open(listing_ids=[listing.pk, listing.pk], purpose=Purpose.SEED) == 1


def test_retired_listings_leave_the_queue_and_come_back() -> None:
    rule(Purpose.GOLD, overlap=2)
    kept, retired = workspace.tasks(2)
    tasks.turns_withdraw(listing_ids=[retired.listing_id])
    assert [lease.task_id for lease in claim(annotator(), 3)] == [kept.pk]
    tasks.turns_restore(listing_ids=[retired.listing_id])
    assert [lease.task_id for lease in claim(annotator("bo"), 3)] == [retired.pk, kept.pk]


def test_whoever_is_at_a_listing_that_is_retired_may_finish_it() -> None:
    rule(Purpose.GOLD, overlap=2)
    [task] = workspace.tasks(1)
    [lease] = claim(annotator())
    tasks.turns_withdraw(listing_ids=[task.listing_id])
    Listing.objects.update(retired=True)
    assert claim(annotator("bo")) == []
    assert statuses(send(annotator(), *answers(lease))) == ["done"] * 3
    assert Label.objects.count() == 2
    Listing.objects.update(retired=False)
    tasks.turns_restore(listing_ids=[task.listing_id])
    offered = Turn.objects.filter(finished=None, withdrawn=None)
    assert (len(claim(annotator("bo"), 3)), offered.count()) == (0, 0)


def test_of_a_task_that_is_begun_only_the_turns_that_are_wanted_come_back() -> None:
    rule(Purpose.GOLD, overlap=2)
    [task] = workspace.tasks(1)
    [lost] = claim(annotator())
    step_clock(60)
    claim(annotator("bo"))
    send(annotator(), *answers(lost))
    for change in (tasks.turns_withdraw, tasks.turns_restore):
        change(listing_ids=[task.listing_id])
    assert Turn.objects.filter(finished=None, withdrawn=None).get().person == annotator("bo")


def test_open_tasks_that_nobody_began_are_taken_back() -> None:
    tasks = [TaskFactory.create() for _ in range(5)]
    for task in tasks:
        Turn.objects.create(task=task, number=1, purpose=task.purpose, vertical=task.listing.vertical)
    idle, begun, answered, done, other = tasks
    Turn.objects.filter(task=begun).update(person=UserFactory.create())
    AnnotationFactory.create(task=answered, listing=answered.listing)
    Task.objects.filter(pk=done.pk).update(status=TaskStatus.DONE)
    gone = tasks_take_back(task_ids=[task.pk for task in (idle, begun, answered, done)])
    assert gone == {idle.pk}
    assert set(Task.objects.values_list("pk", flat=True)) == {begun.pk, answered.pk, done.pk, other.pk}
