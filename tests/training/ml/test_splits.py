"""Splits are stable, never divide a group, and say what is missing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.ml.errors import DataError
from training.ml.records import Listing
from training.ml.splits import Splits, group_by, split_listings


def listing(listing_id: str, *, vertical: str = "cap", group: str = "", labelled: bool = True) -> Listing:
    answers = {"colour": "red"} if labelled else {}
    return Listing(
        listing_id, vertical, (Path("x.png"),), answers=answers, evidence={"colour": (1,)}, group=group
    )


def split(
    listings: Sequence[Listing], *, labelled_per_vertical: int = 3, gold_share: float = 0.4, seed: int = 0
) -> Splits:
    return split_listings(
        listings, {}, labelled_per_vertical=labelled_per_vertical, gold_share=gold_share, seed=seed
    )


def ids(listings: Sequence[Listing]) -> set[str]:
    return {one.listing_id for one in listings}


CATALOGUE = [listing(f"{vertical}-{n}", vertical=vertical) for vertical in ("cap", "bag") for n in range(20)]


def test_each_vertical_gets_its_share_and_the_rest_is_the_pool() -> None:
    parts = split(CATALOGUE)
    for vertical in ("cap", "bag"):
        sizes = [
            sum(one.vertical == vertical for one in part) for part in (parts.seed, parts.gold, parts.pool)
        ]
        assert sizes == [3, 8, 9]
    assert ids(parts.seed) | ids(parts.gold) | ids(parts.pool) == ids(CATALOGUE)


def test_the_pool_keeps_no_answers_and_no_evidence() -> None:
    parts = split(CATALOGUE)
    assert not any(one.answers or one.evidence for one in parts.pool)
    assert all(one.answers and one.evidence for one in (*parts.seed, *parts.gold))


def test_unlabelled_listings_go_to_the_pool() -> None:
    unlabelled = [listing(f"new-{number}", labelled=False) for number in range(5)]
    parts = split([*CATALOGUE, *unlabelled])
    assert ids(unlabelled) <= ids(parts.pool)
    assert len(parts.gold) == len(split(CATALOGUE).gold)


@given(st.integers(), st.integers(0, 3))
def test_the_order_of_listings_does_not_matter(order: int, seed: int) -> None:
    shuffled = random.Random(order).sample(CATALOGUE, len(CATALOGUE))
    assert split(shuffled, seed=seed) == split(CATALOGUE, seed=seed)


def test_another_seed_splits_otherwise() -> None:
    assert len({frozenset(ids(split(CATALOGUE, seed=seed).seed)) for seed in range(5)}) == 5


@given(st.lists(st.integers(1, 4), min_size=8, max_size=20), st.integers(0, 20))
def test_a_group_is_never_divided(sizes: list[int], seed: int) -> None:
    listings = [
        listing(f"{group}-{number}", group=f"g{group}")
        for group, size in enumerate(sizes)
        for number in range(size)
    ]
    try:
        parts = split(listings, labelled_per_vertical=2, seed=seed)
    except DataError:
        return
    groups = [{one.group for one in part} for part in (parts.seed, parts.gold, parts.pool)]
    assert sum(map(len, groups)) == len(set().union(*groups)) == len(sizes)


def test_a_small_vertical_gives_what_it_has() -> None:
    parts = split(
        [*CATALOGUE, *(listing(f"sari-{n}", vertical="sari") for n in range(3))], labelled_per_vertical=10
    )
    assert sum(one.vertical == "sari" for one in parts.seed) == 2
    assert sum(one.vertical == "sari" for one in parts.gold) == 1


def test_a_vertical_without_labels_is_named() -> None:
    unlabelled = [listing(f"sari-{number}", vertical="sari", labelled=False) for number in range(4)]
    with pytest.raises(
        DataError, match=r"'sari' \(4 listings\) has no labelled listing for the seed set: label"
    ):
        split([*CATALOGUE, *unlabelled])


def test_a_vertical_without_gold_is_named() -> None:
    with pytest.raises(
        DataError, match=r"'sari' \(1 listings\) has no labelled listing for the gold set: label more"
    ):
        split([*CATALOGUE, listing("sari-0", vertical="sari")])


def test_an_empty_pool_is_refused() -> None:
    with pytest.raises(
        DataError, match="the pool is empty: label fewer listings per vertical or add unlabelled"
    ):
        split(CATALOGUE, labelled_per_vertical=12)


def test_a_group_is_the_part_of_the_id_that_the_pattern_finds() -> None:
    listings = [listing("mag-MH01-Red"), listing("mag-MH01-Blue"), listing("mag-WS02-Red")]
    assert [one.group for one in group_by(listings, r"^(mag-\w+)-")] == ["mag-MH01", "mag-MH01", "mag-WS02"]
    assert [one.group for one in group_by(listings, r"M\w+|W\w+")] == ["MH01", "MH01", "WS02"]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [("(", r"group pattern '\(' is no regular expression"), ("x-", "'x-' does not match listing id 'mag-1'")],
)
def test_a_pattern_that_does_not_fit_is_named(pattern: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        group_by([listing("mag-1")], pattern)
