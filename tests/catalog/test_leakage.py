import numpy as np

from catalog.leakage import SPLITS, Leak, Standing, find_leaks
from catalog.splits import Split

GOLD, SEED, POOL = Split.GOLD, Split.SEED, Split.POOL


def leaks(
    *splits: Split,
    groups: list[int] | None = None,
    families: list[int] | None = None,
    trained_on: list[int] | None = None,
    retired: list[int] | None = None,
) -> list[Leak]:
    """The leaks of rows in these splits; groups and families by first row, flags by their rows."""
    rows = np.arange(len(splits))
    own = np.array(groups or rows)
    return find_leaks(
        Standing(
            splits=np.array([SPLITS.index(split) for split in splits], dtype=np.uint8),
            trained_on=np.isin(rows, trained_on or []),
            retired=np.isin(rows, retired or []),
            groups=own,
            families=np.array(families or own),
        )
    )


def test_groups_in_one_split_do_not_leak() -> None:
    assert leaks(GOLD, GOLD, POOL, SEED, groups=[0, 0, 2, 3], trained_on=[2, 3]) == []


def test_a_group_in_gold_and_elsewhere_leaks() -> None:
    assert leaks(GOLD, POOL, groups=[0, 0]) == [Leak(0, 1, same_group=True, trained_on=False)]


def test_a_gold_group_like_one_that_is_learned_from_leaks() -> None:
    found = leaks(GOLD, POOL, SEED, families=[0, 0, 0], trained_on=[2])
    assert found == [Leak(0, 2, same_group=False, trained_on=True)]


def test_a_leak_is_reported_once_for_each_gold_group() -> None:
    found = leaks(GOLD, GOLD, GOLD, POOL, POOL, groups=[0, 0, 2, 3, 4], families=[0] * 5)
    assert [(leak.gold, leak.other) for leak in found] == [(0, 3), (2, 3)]


def test_gold_groups_like_each_other_do_not_leak() -> None:
    assert leaks(GOLD, GOLD, families=[0, 0]) == []


def test_retired_listings_do_not_leak_unless_a_round_has_learned_from_them() -> None:
    assert leaks(GOLD, POOL, families=[0, 0], retired=[0]) == []
    assert leaks(GOLD, POOL, families=[0, 0], retired=[1]) == []
    assert leaks(GOLD, POOL, families=[0, 0], retired=[1], trained_on=[1]) == [
        Leak(0, 1, same_group=False, trained_on=True)
    ]


def test_families_are_looked_through_one_by_one() -> None:
    found = leaks(POOL, GOLD, GOLD, POOL, GOLD, families=[0, 1, 0, 1, 4])
    assert [(leak.gold, leak.other) for leak in found] == [(2, 0), (1, 3)]
