import pytest

from labeling.models import Purpose, Task, TaskStatus
from labeling.services import tasks
from labeling.services.tasks import tasks_open
from tests.factories import ListingFactory, TaskFactory

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
