from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from catalog.models import Import, Listing, SplitReport, Vertical
from catalog.selectors import listings_of
from catalog.services.splits import (
    listings_train_on,
)
from catalog.splits import Quota, Split
from tests.catalog.bringing import LOOK, OTHER_LOOK, bring, settle, shown, splits
from tests.factories import ImportFactory, VerticalFactory

pytestmark = pytest.mark.django_db


class Cancelled(Exception):
    """Somebody asked for the end."""


@pytest.fixture
def vertical() -> Vertical:
    return VerticalFactory.create(code="watch")


def groups() -> dict[str, str]:
    return dict(Listing.objects.order_by("external_id").values_list("external_id", "group_key"))


def report(vertical: Vertical) -> SplitReport:
    return SplitReport.objects.get(vertical=vertical)


def test_new_groups_fill_gold_and_seed_and_rounds_may_use_them(vertical: Vertical) -> None:
    import_ = bring(vertical, *(f"w{n}" for n in range(9)))
    assert not listings_of(split=Split.POOL).exists()
    settle(import_, gold=Quota(3), seed=Quota(2))
    assert Counter(splits().values()) == {"gold": 3, "seed": 2, "pool": 4}
    assert listings_of(split=Split.POOL).count() == 4


def test_every_vertical_is_filled(vertical: Vertical) -> None:
    import_ = bring(vertical, "w1", "w2", "w3")
    bring(VerticalFactory.create(code="sofa"), "s1", "s2", by=import_)
    settle(import_, gold=Quota(1), seed=Quota(1))
    rows = Counter(Listing.objects.values_list("vertical__code", "split"))
    assert rows == {
        ("watch", "gold"): 1,
        ("watch", "seed"): 1,
        ("watch", "pool"): 1,
        ("sofa", "gold"): 1,
        ("sofa", "seed"): 1,
    }


def test_a_count_is_filled_up_by_later_imports(vertical: Vertical) -> None:
    settle(bring(vertical, "w1", "w2", "w3"), gold=Quota(2))
    before = splits()
    settle(bring(vertical, "w4", "w5", "w6"), gold=Quota(4))
    assert Counter(splits().values()) == {"gold": 4, "pool": 2}
    assert before.items() <= splits().items()


def test_gold_groups_of_retired_listings_are_filled_anew_and_retired_listings_are_not_chosen(
    vertical: Vertical,
) -> None:
    settle(bring(vertical, "w1", "w2"), gold=Quota(2))
    Listing.objects.update(retired=True)
    import_ = bring(vertical, "w3", "w4")
    bring(vertical, "w5", "w6", "w7", "w8", by=import_, retired=True)
    settle(import_, gold=Quota(2))
    assert {name for name, split in splits().items() if split == "gold"} == {"w1", "w2", "w3", "w4"}


@pytest.mark.parametrize("seed", range(4))
def test_with_shares_neither_order_nor_import_matters(vertical: Vertical, seed: int) -> None:
    order = list(range(12))
    Random(seed).shuffle(order)
    for part in (order[: 3 * seed], order[3 * seed :]):
        import_ = ImportFactory.create()
        for number in part:
            bring(vertical, f"w{number}", by=import_, given_group=f"g{number // 2}")
        settle(import_, gold=Quota(share=0.4), seed=Quota(share=0.4))
    assert {split: [n for n in range(12) if splits()[f"w{n}"] == split] for split in Split} == {
        Split.GOLD: [0, 1],
        Split.SEED: [2, 3, 8, 9],
        Split.POOL: [4, 5, 6, 7, 10, 11],
    }


def test_near_duplicates_of_one_import_form_a_group_with_the_smallest_name(vertical: Vertical) -> None:
    import_ = bring(vertical, "w3", photos=[shown(LOOK)], title="red wool hat")
    bring(vertical, "w2", by=import_, photos=[shown(LOOK ^ 3)], title="Red wool hat")
    bring(vertical, "w4", by=import_, photos=[shown(OTHER_LOOK)], title="red wool hat")
    bring(vertical, "w5", "w6", by=import_, given_group="family")
    settle(import_)
    assert groups() == {"w2": "w2", "w3": "w2", "w4": "w4", "w5": "family", "w6": "family"}
    assert (report(vertical).by_look, report(vertical).by_given) == (2, 2)


def test_a_group_is_chosen_as_a_whole(vertical: Vertical) -> None:
    import_ = bring(vertical, "a", "b", "c", photos=[shown(LOOK, "same")])
    settle(import_, gold=Quota(1))
    assert set(splits().values()) == {"gold"}


def test_listings_without_photos_are_grouped_by_their_text(vertical: Vertical) -> None:
    import_ = bring(vertical, "w1", title="Red hat", description="A fine  hat")
    bring(vertical, "w2", by=import_, title="red HAT", description="a fine hat")
    bring(vertical, "w3", by=import_, title="red hat", description="another hat")
    bring(vertical, "w4", "w5", by=import_)
    settle(import_)
    assert groups() == {"w1": "w1", "w2": "w1", "w3": "w3", "w4": "w4", "w5": "w5"}


@pytest.mark.parametrize("split", list(Split))
def test_a_new_listing_joins_the_split_of_its_near_duplicate(vertical: Vertical, split: Split) -> None:
    settle(bring(vertical, "old", photos=[shown(LOOK, "same")]))
    Listing.objects.update(split=split.value)
    settle(bring(vertical, "another", "new", photos=[shown(LOOK, "same")]), gold=Quota(5), seed=Quota(5))
    assert groups() == dict.fromkeys(["another", "new", "old"], "old")
    assert set(splits().values()) == {split.value}


def test_what_joins_a_group_that_a_round_has_learned_from_counts_as_learned_from(vertical: Vertical) -> None:
    settle(bring(vertical, "old", photos=[shown(LOOK, "same")]))
    listings_train_on(external_ids=["old"])
    settle(bring(vertical, "new", photos=[shown(LOOK, "same")]))
    assert Listing.objects.get(external_id="new").trained_on


def test_of_several_groups_gold_wins_and_none_is_merged_and_the_leak_is_reported(vertical: Vertical) -> None:
    settle(bring(vertical, "a", photos=[shown(LOOK, "one")]))
    settle(bring(vertical, "b", photos=[shown(OTHER_LOOK, "two")]))
    Listing.objects.filter(external_id="b").update(split="gold")
    settle(bring(vertical, "c", photos=[shown(LOOK, "one"), shown(OTHER_LOOK, "two")]))
    assert groups() == {"a": "a", "b": "b", "c": "b"}
    assert splits() == {"a": "pool", "b": "gold", "c": "gold"}
    [leak] = report(vertical).leaks
    assert leak == {"gold": "b", "other": "a", "same_group": False, "trained_on": False}


def test_a_group_called_like_a_settled_one_joins_it(vertical: Vertical) -> None:
    settle(bring(vertical, "parent"), gold=Quota(1))
    settle(bring(vertical, "child", given_group="parent"))
    assert groups() == {"child": "parent", "parent": "parent"}
    assert set(splits().values()) == {"gold"}


def test_other_verticals_do_not_matter(vertical: Vertical) -> None:
    settle(bring(vertical, "w1", photos=[shown(LOOK, "same")]))
    settle(bring(VerticalFactory.create(), "s1", photos=[shown(LOOK, "same")]))
    assert groups() == {"s1": "s1", "w1": "w1"}


def test_listings_of_an_import_that_is_not_settled_are_left_alone(vertical: Vertical) -> None:
    bring(vertical, "open", photos=[shown(LOOK, "same")])
    settle(bring(vertical, "w1", photos=[shown(LOOK, "same")]), gold=Quota(1))
    assert groups() == {"open": "open", "w1": "w1"}
    assert splits() == {"open": "pool", "w1": "gold"}


def test_settling_again_changes_nothing(vertical: Vertical) -> None:
    import_ = bring(vertical, *(f"w{n}" for n in range(6)))
    settle(import_, gold=Quota(2), seed=Quota(1))
    before = list(Listing.objects.order_by("pk").values())
    settle(import_, gold=Quota(4), seed=Quota(2))
    assert list(Listing.objects.order_by("pk").values()) == before


def test_an_attempt_that_ended_in_the_middle_is_gone_on_with_to_the_same_end(vertical: Vertical) -> None:
    other = VerticalFactory.create(code="sofa")
    settle(bring(vertical, "old", photos=[shown(LOOK, "same")]))
    listings_train_on(external_ids=["old"])
    import_ = bring(vertical, "w1", photos=[shown(LOOK, "same")])
    for kind in (vertical, other):
        bring(kind, *(f"{kind.code}-{n}" for n in range(6)), by=import_)
    calls = 0

    def end_after(most: int) -> Callable[[], None]:
        def tell() -> None:
            nonlocal calls
            calls += 1
            if calls > most:
                raise Cancelled

        return tell

    states = []
    for most in range(400):
        calls = 0
        try:
            settle(import_, gold=Quota(2), seed=Quota(1), tell=end_after(most))
        except Cancelled:
            import_.refresh_from_db()
            assert not import_.settled
            states.append(splits())
        else:
            break
    assert any("gold" in state.values() for state in states)
    counts = Counter(
        Listing.objects.exclude(external_id__in=["old", "w1"]).values_list("vertical__code", "split")
    )
    assert counts == {
        (code, split): number
        for code in ("watch", "sofa")
        for split, number in (("gold", 2), ("seed", 1), ("pool", 3))
    }
    assert groups()["w1"] == "old"


def test_gold_of_an_unfinished_attempt_is_not_kept_when_another_import_filled_gold(
    vertical: Vertical,
) -> None:
    unfinished = bring(vertical, "w1", "w2")
    Listing.objects.update(split="gold")
    settle(bring(vertical, "w3", "w4"), gold=Quota(2))
    settle(unfinished, gold=Quota(2))
    assert splits() == {"w1": "pool", "w2": "pool", "w3": "gold", "w4": "gold"}


def test_what_was_settled_keeps_its_split_when_the_import_goes_on(vertical: Vertical) -> None:
    import_ = bring(vertical, "w1", "w2", "w3")
    settle(import_, gold=Quota(1), seed=Quota(1))
    listings_train_on(external_ids=[name for name, split in splits().items() if split != "gold"])
    before = splits()
    Import.objects.update(settled=False)
    assert listings_of(split=Split.GOLD).exists()
    bring(vertical, "w0", "w4", "w5", by=import_)
    settle(import_, gold=Quota(2), seed=Quota(1))
    assert before.items() <= splits().items()
    assert Counter(splits().values()) == {"gold": 2, "seed": 1, "pool": 3}
    assert Listing.objects.filter(trained_on=True).count() == 2


def test_the_report_counts_groups_and_what_connects_them(vertical: Vertical) -> None:
    import_ = bring(vertical, "a", "b", "c", given_group="g")
    bring(vertical, "d", "e", by=import_, photos=[shown(LOOK, "same")])
    bring(vertical, "f", by=import_)
    bring(vertical, "h", by=import_, retired=True, given_group="g")
    settle(import_, gold=Quota(1), seed=Quota(1))
    found = report(vertical)
    assert (found.listings, found.gold_groups, found.seed_groups, found.pool_groups) == (6, 1, 1, 1)
    assert (found.groups_of_several, found.listings_grouped) == (2, 5)
    assert (found.by_given, found.by_photo, found.by_text, found.by_look) == (4, 2, 0, 0)
    assert found.largest == [{"key": "g", "listings": 3}, {"key": "d", "listings": 2}]
    assert (found.leak_count, found.leaks) == (0, [])


def test_few_queries_do_not_become_more_with_listings(
    vertical: Vertical, django_assert_max_num_queries: object
) -> None:
    import_ = bring(vertical, *(f"w{n}" for n in range(60)), given_group="")
    bring(vertical, *(f"g{n}" for n in range(60)), by=import_, given_group="one")
    with django_assert_max_num_queries(45):  # type: ignore[operator]
        settle(import_, gold=Quota(30), seed=Quota(share=0.5))
