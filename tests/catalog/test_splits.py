from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import CatalogError
from catalog.splits import Quota, Ranks, Split, assign_ranks, parse_quota, shortlist, split_rank

GROUPS = [f"group-{n}" for n in range(40)]
names = st.lists(st.text(min_size=1, max_size=8), max_size=30, unique=True)
counts = st.integers(0, 10).map(Quota)
shares = st.floats(0, 1).map(lambda share: Quota(share=share))
quotas = counts | shares


def ranks(groups: Sequence[str]) -> tuple[Ranks, Ranks]:
    gold, seed = (
        np.array([split_rank(group, split) for group in groups], dtype=np.uint64)
        for split in (Split.GOLD, Split.SEED)
    )
    return gold, seed


def assigned(groups: Sequence[str], *, gold: Quota, seed: Quota) -> dict[str, Split]:
    in_gold, in_seed = assign_ranks(*ranks(groups), gold=gold, seed=seed)
    return {
        group: Split.GOLD if of_gold else Split.SEED if of_seed else Split.POOL
        for group, of_gold, of_seed in zip(groups, in_gold, in_seed, strict=True)
    }


def test_splits_have_the_sizes_asked_for() -> None:
    splits = Counter(assigned(GROUPS, gold=Quota(12), seed=Quota(10)).values())
    assert splits == {Split.GOLD: 12, Split.SEED: 10, Split.POOL: 18}


@given(st.data(), names, quotas, quotas)
def test_rows_in_any_order_give_the_same_splits(
    data: st.DataObject, groups: list[str], gold: Quota, seed: Quota
) -> None:
    shuffled = data.draw(st.permutations(groups))
    assert assigned(groups, gold=gold, seed=seed) == assigned(shuffled, gold=gold, seed=seed)


@given(st.data(), names, shares, shares)
def test_with_shares_any_parts_of_an_import_give_the_same_splits_as_the_whole(
    data: st.DataObject, groups: list[str], gold: Quota, seed: Quota
) -> None:
    shuffled = data.draw(st.permutations(groups))
    cut = data.draw(st.integers(0, len(groups)))
    parts = [assigned(part, gold=gold, seed=seed) for part in (shuffled[:cut], shuffled[cut:])]
    assert parts[0] | parts[1] == assigned(groups, gold=gold, seed=seed)


@given(names, quotas, quotas, st.integers(1, 5))
def test_a_short_list_of_portions_decides_like_all_groups(
    groups: list[str], gold: Quota, seed: Quota, size: int
) -> None:
    kept: list[str] = []
    for start in range(0, len(groups), size):
        kept += groups[start : start + size]
        listed = shortlist(*ranks(kept), gold=gold, seed=seed)
        kept = [group for group, is_listed in zip(kept, listed, strict=True) if is_listed]
    whole = assigned(groups, gold=gold, seed=seed)
    of_kept = assigned(kept, gold=gold, seed=seed)
    assert {group: of_kept.get(group, Split.POOL) for group in groups} == whole


def test_gold_comes_first_when_groups_are_few() -> None:
    splits = assigned(GROUPS[:5], gold=Quota(4), seed=Quota(4))
    assert Counter(splits.values()) == {Split.GOLD: 4, Split.SEED: 1}


@given(names, counts, counts)
def test_a_larger_gold_set_keeps_the_smaller_one(groups: list[str], one: Quota, other: Quota) -> None:
    small, large = sorted((one, other), key=lambda quota: quota.groups)
    gold_of_small = {g for g, split in assigned(groups, gold=small, seed=Quota()).items() if split == "gold"}
    of_large = assigned(groups, gold=large, seed=Quota())
    assert all(of_large[group] is Split.GOLD for group in gold_of_small)


def test_the_hashes_are_pinned_so_that_splits_never_move_between_versions() -> None:
    splits = assigned(list("abcdefgh"), gold=Quota(2), seed=Quota(2))
    assert {split: "".join(g for g in splits if splits[g] is split) for split in Split} == {
        Split.GOLD: "ae",
        Split.SEED: "fg",
        Split.POOL: "bcdh",
    }
    assert split_rank("a", Split.GOLD) == 0x019A0EFC5E894EF6


@pytest.mark.parametrize(("gold", "seed"), [(0.3, 0.0), (0.3, 0.5)])
def test_shares_take_about_their_part_of_the_groups(gold: float, seed: float) -> None:
    groups = [f"group-{n}" for n in range(2000)]
    splits = Counter(assigned(groups, gold=Quota(share=gold), seed=Quota(share=seed)).values())
    assert splits[Split.GOLD] == pytest.approx(2000 * gold, abs=60)
    assert splits[Split.SEED] == pytest.approx(2000 * (1 - gold) * seed, abs=60)


@given(names, st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_keeps_the_gold_of_a_smaller_one(groups: list[str], one: float, other: float) -> None:
    small, large = (
        {
            group
            for group, split in assigned(groups, gold=Quota(share=share), seed=Quota()).items()
            if split is Split.GOLD
        }
        for share in sorted((one, other))
    )
    assert small <= large


def test_a_share_of_all_is_everything_and_of_nothing_is_none() -> None:
    assert set(assigned(GROUPS, gold=Quota(share=1.0), seed=Quota(share=1.0)).values()) == {Split.GOLD}
    assert set(assigned(GROUPS, gold=Quota(share=0.0), seed=Quota(share=1.0)).values()) == {Split.SEED}


@pytest.mark.parametrize(
    ("text", "quota"),
    [
        ("0", Quota()),
        ("20", Quota(20)),
        (" 20 ", Quota(20)),
        ("5%", Quota(share=0.05)),
        ("2.5 %", Quota(share=0.025)),
        ("100%", Quota(share=1.0)),
    ],
)
def test_a_quota_is_a_count_or_a_share(text: str, quota: Quota) -> None:
    assert parse_quota(text) == quota


@pytest.mark.parametrize("text", ["", "many", "-1", "1.5", "5 % of", "%", "1e3", "٣"])
def test_what_is_no_quota_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(CatalogError, match="is no quota: give a number of groups .* such as 20, or a share"):
        parse_quota(text)


def test_a_share_of_more_than_all_is_refused() -> None:
    with pytest.raises(CatalogError, match="'101%' is more than all groups: give a share from 0% to 100%"):
        parse_quota("101%")


@given(counts | st.integers(0, 100_00).map(lambda parts: Quota(share=parts / 100_00)))
def test_a_quota_is_written_as_it_is_read(quota: Quota) -> None:
    assert parse_quota(str(quota)) == quota


def test_a_count_is_filled_up_and_a_share_never_is() -> None:
    assert Quota(20).less(15) == Quota(5)
    assert Quota(20).less(30) == Quota(0)
    assert Quota(share=0.1).less(30) == Quota(share=0.1)
