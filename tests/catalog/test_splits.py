from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from catalog.splits import Split, assign_splits, is_gold

GROUPS = [f"group-{n}" for n in range(40)]
names = st.lists(st.text(min_size=1, max_size=8), max_size=30)
counts = st.integers(0, 10)


def test_splits_have_the_sizes_asked_for() -> None:
    splits = Counter(assign_splits(GROUPS, gold=12, seed=10).values())
    assert splits == {Split.GOLD: 12, Split.SEED: 10, Split.POOL: 18}


@given(names, counts, counts)
def test_the_order_of_groups_does_not_matter(groups: list[str], gold: int, seed: int) -> None:
    there = assign_splits(groups, gold=gold, seed=seed)
    back = assign_splits(groups[::-1] * 2, gold=gold, seed=seed)
    assert there == back
    assert set(there) == set(groups)


def test_gold_comes_first_when_groups_are_few() -> None:
    assert Counter(assign_splits(GROUPS[:5], gold=4, seed=4).values()) == {Split.GOLD: 4, Split.SEED: 1}


def test_a_larger_gold_set_keeps_the_smaller_one() -> None:
    small, large = (assign_splits(GROUPS, gold=gold, seed=0) for gold in (5, 15))
    gold_of_small = {group for group, split in small.items() if split is Split.GOLD}
    assert all(large[group] is Split.GOLD for group in gold_of_small)


def test_the_hashes_are_pinned_so_that_splits_never_move_between_versions() -> None:
    splits = assign_splits(list("abcdefgh"), gold=2, seed=2)
    assert {split: "".join(g for g in splits if splits[g] is split) for split in Split} == {
        Split.GOLD: "ae",
        Split.SEED: "fg",
        Split.POOL: "bcdh",
    }


def test_gold_takes_about_its_share_of_groups() -> None:
    gold = sum(is_gold(f"group-{n}", gold_share=0.3) for n in range(2000))
    assert 540 <= gold <= 660


@given(st.text(), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_keeps_the_gold_of_a_smaller_one(group: str, one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert is_gold(group, gold_share=large) or not is_gold(group, gold_share=small)


def test_a_share_of_all_is_everything_and_of_nothing_is_none() -> None:
    assert all(is_gold(group, gold_share=1.0) for group in GROUPS)
    assert not any(is_gold(group, gold_share=0.0) for group in GROUPS)
