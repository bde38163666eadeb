from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import hamming
from catalog.hamming import Hashes, near_pairs

Found = Counter[tuple[int, int, int]]


def tell() -> None:
    pass


def found(hashes: Hashes, within: int) -> Found:
    pairs: Found = Counter()
    for portion in near_pairs(hashes, within=within, tell=tell):
        rows = np.sort(np.stack([portion.left, portion.right]), axis=0)
        pairs.update(zip(*rows.tolist(), portion.distance.tolist(), strict=True))
    return pairs


def compared_one_by_one(hashes: Hashes, within: int) -> Found:
    left, right = np.triu_indices(len(hashes), 1)
    distance = np.bitwise_count(hashes[left] ^ hashes[right])
    near = distance <= within
    return Counter(zip(left[near].tolist(), right[near].tolist(), distance[near].tolist(), strict=True))


def look_alikes(count: int, seed: int) -> Hashes:
    """A few hashes and their neighbours, up to twelve bits away."""
    random = np.random.default_rng(seed)
    kinds = random.integers(0, 2**64, size=count // 20 + 1, dtype=np.uint64)
    hashes = kinds[random.integers(len(kinds), size=count)]
    for _ in range(12):
        flips = random.integers(0, 2, size=count).astype(np.uint64)
        hashes = hashes ^ (flips << random.integers(0, 64, size=count, dtype=np.uint64))
    return random.permutation(np.unique(hashes))


@given(st.integers(0, 400), st.integers(0, 2**32), st.integers(0, 10))
def test_every_near_pair_is_found_once(count: int, seed: int, within: int) -> None:
    hashes = look_alikes(count, seed)
    assert found(hashes, within) == compared_one_by_one(hashes, within)


def test_buckets_larger_than_a_portion_and_sizes_beyond_the_count_lose_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hamming, "PORTION", 7)
    monkeypatch.setattr(hamming, "YIELDED", 5)
    monkeypatch.setattr(hamming, "LARGEST", 4)
    hashes = np.arange(200, dtype=np.uint64)  # All in few buckets: they differ in the lowest bits only.
    assert found(hashes, 4) == compared_one_by_one(hashes, 4)


def test_few_hashes_have_no_pairs() -> None:
    assert not found(np.array([], dtype=np.uint64), 8)
    assert not found(np.array([5], dtype=np.uint64), 8)


def test_it_gives_a_sign_of_life_for_each_table() -> None:
    calls: list[None] = []
    list(near_pairs(look_alikes(50, 1), within=8, tell=lambda: calls.append(None)))
    assert len(calls) == 165
