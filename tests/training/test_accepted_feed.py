"""Who follows accepted answers has what holds: nothing is lost, nothing comes twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django.fixtures import DjangoAssertNumQueries

from attrx_web.roles import Role
from catalog.models import Listing
from catalog.rest.scopes import Scope
from labeling.labels import labels_merge
from labeling.models import Label, LabelChange, Provenance
from labeling.services.answers import label_record, label_restore
from tests.api.calling import Api, assert_problem
from tests.factories import user_with
from tests.queues import memory_queue
from tests.training.following import Follower
from tests.training.routed import World, dry_run, settings_of
from training.models import AcceptedChange, Prediction, Routing
from training.services import accepted, routings

LISTINGS = 20


@pytest.fixture
def world(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with memory_queue(monkeypatch, "default"):
        yield World(pool=LISTINGS)


@pytest.fixture
def api(world: World) -> Api:
    return Api(user_with(Role.REVIEWER), [Scope.READ])


@pytest.fixture
def follower(api: Api) -> Follower:
    return Follower(api)


def confirm(world: World, audit_share: float = 0.25) -> Routing:
    routing = dry_run(world, settings_of(audit_share=audit_share))
    routings.routing_confirm(routing_id=routing.pk, by=user_with(Role.ADMIN))
    return routing


def label(world: World, listing: Listing, value: str = "red") -> Label:
    return label_record(listing=listing, attribute=world.color, provenance=Provenance.VERDICT, values=[value])


def fresh(api: Api) -> Any:
    """What holds for somebody who reads everything now."""
    one = Follower(api)
    one.begin()
    return one.holds


def test_what_holds_are_labels_and_what_the_routing_accepts(world: World, api: Api) -> None:
    assert fresh(api) == {}
    routing = confirm(world)
    asked = set(routing.questions.values_list("listing__external_id", "attribute__code"))
    accepted_ones = {
        (one.external_id, "kurta", "color")
        for one in world.listings
        if (one.external_id, "color") not in asked
    }
    holds = fresh(api)
    assert set(holds) == accepted_ones and 0 < len(holds) < LISTINGS
    [first, *_] = holds.values()
    assert (first["source"], first["version"], first["routing"]) == ("model", world.version.pk, routing.pk)
    assert first["agreement"] == 1.0 and 0.9 < first["expected"] <= 1

    label(world, world.listings[0], "blue")
    own = fresh(api)[world.listings[0].external_id, "kurta", "color"]
    assert (own["source"], own["values"], own["provenance"]) == ("people", ["blue"], "verdict")
    assert own["version"] is own["agreement"] is None


def test_pages_by_listing_give_every_answer_once(world: World, api: Api) -> None:
    confirm(world)
    whole = fresh(api)
    for size in (1, 3, LISTINGS):
        follower = Follower(api, size=size)
        follower.begin()
        assert follower.holds == whole
    for filters in ({"vertical": "kurta"}, {"vertical": "kurta", "attribute": "color"}):
        assert len(api.get("accepted", None, **filters).json()["results"]) == len(whole)
    assert api.get("accepted", None, vertical="kurta", attribute="shape").json()["results"] == []
    [(listing, *_), *_] = whole
    [one] = api.get("accepted", None, listing=listing).json()["results"]
    assert one == whole[listing, "kurta", "color"]


def test_a_page_takes_as_many_queries_however_large(
    world: World, api: Api, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    confirm(world)
    with django_assert_max_num_queries(10):
        assert api.get("accepted", None, size=200).json()["results"]
    cursor = api.get("accepted/changes").json()["cursor"]
    for listing in world.listings:
        label(world, listing)
    accepted.changes_number()
    with django_assert_max_num_queries(16):
        assert len(api.get("accepted/changes", None, since=cursor, size=200).json()["results"]) == LISTINGS


def test_a_routing_is_one_change_an_attribute_however_many_answers(world: World, follower: Follower) -> None:
    follower.begin()
    confirm(world)
    assert follower.follow() == 1
    assert follower.events == [(None, "kurta", "color")]
    assert follower.holds == fresh(follower.api) != {}
    before = dict(follower.holds)
    confirm(world, audit_share=0.6)
    assert follower.follow() == 1
    assert follower.holds == fresh(follower.api)
    assert len(follower.holds) < len(before), "what is audited now was withdrawn"


def test_verdicts_corrections_and_restored_labels_come_each_once(world: World, follower: Follower) -> None:
    confirm(world)
    follower.begin()
    listing = world.listings[0]
    label(world, listing, "blue")
    assert follower.follow() == 1 and follower.holds == fresh(follower.api)
    assert follower.follow() == 0
    label(world, listing, "red")
    label(world, world.listings[1], "blue")
    assert follower.follow() == 2 and follower.holds == fresh(follower.api)
    revision = world.color.labelrevisions.filter(listing=listing).earliest("pk")
    label_restore(revision_id=revision.pk, by=user_with(Role.ADMIN))
    assert follower.follow() == 1
    assert follower.holds[listing.external_id, "kurta", "color"]["values"] == ["blue"]
    label(world, listing, "blue")
    assert follower.follow() <= 1 and follower.holds == fresh(follower.api)


def test_labels_that_are_merged_in_bulk_come_too(world: World, follower: Follower) -> None:
    confirm(world)
    follower.begin()
    labels = [
        Label(listing=one, attribute=world.color, values=["blue"], provenance=Provenance.IMPORT)
        for one in world.listings[:5]
    ]
    with transaction.atomic():
        labels_merge(labels, by=None)
    assert follower.follow() == 5 and follower.holds == fresh(follower.api)
    with transaction.atomic():
        labels_merge(labels, by=None)
    assert follower.follow() == 0, "they say so already"


def test_a_page_goes_on_where_the_one_before_ended(world: World, api: Api) -> None:
    follower = Follower(api, size=3)
    follower.begin()
    for listing in world.listings:
        label(world, listing)
    assert follower.follow() == LISTINGS
    assert len(set(follower.events)) == LISTINGS


def test_new_predictions_of_the_accepted_version_are_a_change(world: World, follower: Follower) -> None:
    confirm(world)
    follower.begin()
    gone = next(iter(follower.holds))[0]
    Prediction.objects.filter(listing__external_id=gone).delete()
    accepted.predictions_changed(version_id=world.version.pk)
    assert follower.follow() == 1 and follower.holds == fresh(follower.api)
    accepted.predictions_changed(version_id=world.version.pk + 1)
    assert follower.follow() == 0


def test_what_is_taken_back_with_its_transaction_is_no_change(world: World, follower: Follower) -> None:
    follower.begin()
    with pytest.raises(RuntimeError), transaction.atomic():
        label(world, world.listings[0])
        raise RuntimeError
    assert follower.follow() == 0 and follower.holds == {}


def test_a_change_that_is_committed_late_comes_after_what_was_read_meanwhile(
    world: World, follower: Follower
) -> None:
    """The first transaction writes before the second and ends after it: a sequence would lose it."""
    confirm(world)
    follower.begin()
    written, ends = Event(), Event()

    def write_and_wait() -> None:
        try:
            with transaction.atomic():
                label(world, world.listings[0], "blue")
                written.set()
                assert ends.wait(30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(write_and_wait)
        assert written.wait(30)
        between = 0
        if connection.vendor == "postgresql":  # SQLite lets one write at a time: nobody is early or late.
            label(world, world.listings[1], "blue")
            between = follower.follow()
            assert follower.events == [("pool-001", "kurta", "color")]
        ends.set()
        late.result()
    assert follower.follow() == 1
    assert follower.events[between:] == [("pool-000", "kurta", "color")]
    assert follower.holds == fresh(follower.api)


def test_many_who_write_and_read_at_once_lose_nothing_and_get_nothing_twice(world: World, api: Api) -> None:
    confirm(world)
    follower = Follower(api, size=2)
    follower.begin()

    def write(number: int) -> None:
        try:
            for listing in world.listings[number::4]:
                label(world, listing, "blue")
        finally:
            connection.close()

    def number_all() -> None:
        try:
            accepted.changes_number()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        writing = [pool.submit(write, number) for number in range(4)]
        while not all(one.done() for one in writing):
            pool.submit(number_all)
            follower.follow()
        for one in writing:
            one.result()
    follower.follow()
    assert sorted(follower.events) == [(one.external_id, "kurta", "color") for one in world.listings]
    assert follower.holds == fresh(api)
    numbers = list(AcceptedChange.objects.exclude(listing=None).values_list("number", flat=True))
    assert len(set(numbers)) == LISTINGS and not LabelChange.objects.exists()


def test_numbers_are_given_in_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepted, "BATCH", 4)
    for listing in world.listings[:10]:
        label(world, listing)
    assert accepted.changes_number(most=4) == 4
    assert LabelChange.objects.count() == 6
    assert accepted.changes_number() == 6
    assert list(AcceptedChange.objects.values_list("number", flat=True)) == list(range(1, 11))


@pytest.mark.parametrize("since", ["7", "x-1", "0-0", "5f0c2a9e-", "5f0c2a9e-9999999999999999999"])
def test_what_is_no_cursor_is_refused(api: Api, since: str) -> None:
    assert_problem(api.get("accepted/changes", None, since=since), 400, "invalid", "no cursor of this feed")


def test_a_cursor_by_its_name_is_not_passed_over(api: Api) -> None:
    answer = api.get("accepted/changes", None, cursor="5f0c2a9e-1")
    assert_problem(answer, 400, "invalid", "as `since`")


def test_a_cursor_of_before_a_restore_is_gone(world: World, api: Api) -> None:
    label(world, world.listings[0])
    cursor = api.get("accepted/changes").json()["cursor"]
    assert api.get("accepted/changes", None, since=cursor).status_code == 200
    epoch, number = cursor.split("-")
    later = f"{epoch}-{int(number) + 1}"
    assert_problem(api.get("accepted/changes", None, since=later), 410, "gone", "read all accepted answers")
    accepted.feed_renew()
    assert_problem(api.get("accepted/changes", None, since=cursor), 410, "gone")
    assert api.get("accepted/changes").json()["cursor"] != cursor


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"vertical": "nowhere"}, "no vertical 'nowhere'"),
        ({"vertical": "kurta", "attribute": "size"}, "no attribute 'size'"),
        ({"attribute": "color"}, "Name the vertical"),
        ({"listing": "a\0b"}, "a character that no code has"),
        ({"labels": "none"}, "no such parameter"),
        ({"cursor": "x"}, "no cursor"),
    ],
)
def test_filters_that_cannot_be_used_are_named(api: Api, query: Any, said: str) -> None:
    assert_problem(api.get("accepted", None, **query), 400, "invalid", said)
