"""Moves between splits, what rounds learned from, retired listings, and what the database refuses."""

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, connection, transaction

from catalog.errors import CatalogError
from catalog.models import Image, Listing, SplitReport, Vertical
from catalog.selectors import listings_of
from catalog.services.splits import (
    Move,
    Refusal,
    listings_move,
    listings_restore,
    listings_retire,
    listings_train_on,
    pool_train_on,
    splits_recheck,
)
from catalog.splits import Quota, Split
from tests.catalog.bringing import LOOK, OTHER_LOOK, bring, settle, shown, splits
from tests.factories import ListingFactory, UserFactory, VerticalFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def vertical() -> Vertical:
    return VerticalFactory.create(code="watch")


@pytest.fixture
def admin() -> User:
    return UserFactory.create(username="ada")


def test_moving_a_listing_moves_its_group_with_what_is_retired(vertical: Vertical, admin: User) -> None:
    settle(bring(vertical, "a", "b", "c", given_group="g"))
    settle(bring(vertical, "d"))
    Listing.objects.filter(external_id="b").update(retired=True)
    move = listings_move(external_ids=["a"], split=Split.GOLD, by=admin)
    assert move == Move(groups=1, listings=3, refused=())
    assert splits() == {"a": "gold", "b": "gold", "c": "gold", "d": "pool"}
    assert listings_move(external_ids=["a", "c"], split=Split.GOLD, by=admin) == Move(0, 0, ())


def test_a_group_that_a_round_has_learned_from_cannot_become_gold(vertical: Vertical, admin: User) -> None:
    settle(bring(vertical, "a", "b", given_group="g"))
    settle(bring(vertical, "c"))
    listings_train_on(external_ids=["a"])
    move = listings_move(external_ids=["b", "c"], split=Split.GOLD, by=admin)
    assert (move.groups, move.listings) == (1, 1)
    [refusal] = move.refused
    assert refusal.external_id == "b"
    assert "a round has learned from its group 'g'" in refusal.reason
    assert splits() == {"a": "pool", "b": "pool", "c": "gold"}
    assert listings_move(external_ids=["b"], split=Split.SEED, by=admin).listings == 2


def test_unknown_listings_and_those_of_an_unfinished_import_are_refused(
    vertical: Vertical, admin: User
) -> None:
    bring(vertical, "open")
    move = listings_move(external_ids=["open", "gone"], split=Split.SEED, by=admin)
    assert (move.groups, move.listings) == (0, 0)
    assert [(refusal.external_id, refusal.reason.split(":")[0]) for refusal in move.refused] == [
        ("open", "its import is not finished, so its group is not known"),
        ("gone", "there is no such listing"),
    ]
    assert isinstance(move.refused[0], Refusal)


def test_learning_from_a_listing_is_noted_for_its_whole_group(vertical: Vertical) -> None:
    settle(bring(vertical, "a", "b", given_group="g"))
    listings_train_on(external_ids=["a"])
    assert Listing.objects.filter(trained_on=True).count() == 2


def test_no_round_learns_from_a_group_that_is_gold(vertical: Vertical) -> None:
    settle(bring(vertical, "a"), gold=Quota(1))
    settle(bring(vertical, "b"))
    with pytest.raises(CatalogError, match="listing 'a' became gold just now: start the round again"):
        listings_train_on(external_ids=["b", "a"])
    assert not Listing.objects.filter(trained_on=True).exists()


def test_listings_are_retired_and_restored(vertical: Vertical, admin: User) -> None:
    settle(bring(vertical, "a", "b"))
    assert listings_retire(external_ids=["a", "gone"], by=admin) == 1
    assert listings_retire(external_ids=["a"], by=admin) == 0
    assert [listing.external_id for listing in listings_of(split=Split.POOL)] == ["b"]
    assert listings_restore(external_ids=["a", "b"], by=admin) == 1
    assert listings_of(split=Split.POOL).count() == 2


def test_checking_again_finds_what_came_after_the_fact(vertical: Vertical) -> None:
    settle(bring(vertical, "a", photos=[shown(LOOK, "one")]), gold=Quota(1))
    settle(bring(vertical, "b", photos=[shown(OTHER_LOOK, "two")]))
    listings_train_on(external_ids=["b"])
    assert [found.leak_count for found in splits_recheck()] == [0]
    Image.objects.update(photo=shown(LOOK, "one"))
    [found] = splits_recheck()
    assert found.leaks == [{"gold": "a", "other": "b", "same_group": False, "trained_on": True}]
    assert SplitReport.objects.count() == 1


def test_a_group_that_is_gold_and_learned_from_is_refused_by_postgresql_and_found_elsewhere(
    vertical: Vertical,
) -> None:
    settle(bring(vertical, "a", "b", given_group="g"), gold=Quota(1))
    try:
        with transaction.atomic():
            Listing.objects.filter(external_id="b").update(split="pool", trained_on=True)
    except IntegrityError as error:
        assert "catalog_listing_gold_groups_apart" in str(error)
    else:
        assert connection.vendor == "sqlite"
        assert [leak["same_group"] for leak in splits_recheck()[0].leaks] == [True]


def test_no_listing_is_gold_and_learned_from(vertical: Vertical) -> None:
    settle(bring(vertical, "a"), gold=Quota(1))
    with pytest.raises(DatabaseError, match="catalog_listing_gold_never_trained_on"):
        Listing.objects.update(trained_on=True)


def test_what_is_in_the_pool_is_noted_with_its_group_and_returned(vertical: Vertical) -> None:
    names = ("pool", "twin", "gold", "retired", "other")
    a, twin, gold, retired, other = (
        ListingFactory.create(vertical=vertical, external_id=f"take-{name}", group_key=name, split="pool")
        for name in names
    )
    Listing.objects.filter(pk=twin.pk).update(group_key="pool", retired=True)
    Listing.objects.filter(pk=gold.pk).update(split="gold")
    Listing.objects.filter(pk=retired.pk).update(retired=True)
    assert pool_train_on(listing_ids=[a.pk, gold.pk, retired.pk, 10**9]) == {a.pk}
    noted = Listing.objects.filter(trained_on=True).values_list("external_id", flat=True)
    assert set(noted) == {"take-pool", "take-twin"}, "the group's retired listing counts as well"
    assert pool_train_on(listing_ids=[a.pk, other.pk]) == {a.pk, other.pk}
