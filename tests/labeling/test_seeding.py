from collections.abc import Collection, Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labeling.seeding import Rule, Vectors, choose, k_centre, k_median, stand_for

SMALL = arrays(np.float32, st.tuples(st.integers(2, 9), st.just(2)), elements=st.integers(-5, 5).map(float))


def distances(vectors: Vectors, chosen: Collection[int]) -> list[float]:
    """How far each listing is from the nearest chosen one."""
    return [min(float(np.linalg.norm(one - vectors[index])) for index in chosen) for one in vectors]


def cloud(seed: int, listings: int = 60) -> Vectors:
    return np.random.default_rng(seed).normal(size=(listings, 5)).astype(np.float32)


@given(SMALL, st.integers(1, 4), st.integers(0, 2))
@settings(max_examples=150)
def test_k_centre_is_at_most_twice_as_far_as_the_best_choice(
    vectors: Vectors, count: int, there: int
) -> None:
    kept = list(range(min(there, len(vectors) - 1)))
    others = [index for index in range(len(vectors)) if index not in kept]
    new = choose(vectors, count, rule=Rule.DIFFERENT, chosen=kept)
    best = min(
        max(distances(vectors, [*kept, *some])) for some in combinations(others, min(count, len(others)))
    )
    assert max(distances(vectors, [*kept, *new])) <= 2 * best + 1e-4


@given(SMALL, st.integers(1, 4))
@settings(max_examples=150)
def test_k_median_gains_nearly_two_thirds_of_what_the_best_choice_gains(vectors: Vectors, count: int) -> None:
    farthest = max(max(distances(vectors, [index])) for index in range(len(vectors)))

    def gain(chosen: Sequence[int]) -> float:
        return sum(farthest - distance for distance in distances(vectors, chosen))

    new = choose(vectors, count, rule=Rule.TYPICAL)
    best = max(gain(some) for some in combinations(range(len(vectors)), min(count, len(vectors))))
    assert gain(new) >= (1 - 1 / np.e) * best - 1e-3


@given(
    SMALL, st.integers(0, 12), st.sampled_from(Rule), st.sets(st.integers(0, 8)), st.sets(st.integers(0, 8))
)
@settings(max_examples=150)
def test_a_choice_has_each_listing_once_and_none_that_is_there_or_unwanted(
    vectors: Vectors, count: int, rule: Rule, chosen: set[int], never: set[int]
) -> None:
    chosen, never = ({index for index in some if index < len(vectors)} for some in (chosen, never))
    new = choose(vectors, count, rule=rule, chosen=chosen, never=never)
    assert len(new) == len(set(new)) == min(count, len(vectors) - len(chosen | never))
    assert not set(new) & (chosen | never)


@pytest.mark.parametrize("rule", [Rule.TYPICAL, Rule.DIFFERENT])
@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_listings_does_not_matter(rule: Rule, seed: int) -> None:
    vectors = cloud(seed)
    order = np.random.default_rng(seed).permutation(len(vectors))
    mixed = choose(vectors[order], 8, rule=rule)
    assert [int(order[index]) for index in mixed] == choose(vectors, 8, rule=rule)


@pytest.mark.parametrize("rule", Rule)
def test_the_same_listings_give_the_same_choice(rule: Rule) -> None:
    assert choose(cloud(1), 8, rule=rule) == choose(cloud(1), 8, rule=rule)


def test_another_draw_chooses_others_at_random() -> None:
    draws = {tuple(choose(cloud(1), 5, rule=Rule.RANDOM, draw=draw)) for draw in range(20)}
    assert len(draws) == 20


def test_more_listings_go_on_where_fewer_ended() -> None:
    vectors = cloud(2)
    for rule in (Rule.TYPICAL, Rule.DIFFERENT):
        ten = choose(vectors, 10, rule=rule)
        assert ten[:6] == choose(vectors, 6, rule=rule)
        assert ten[6:] == choose(vectors, 4, rule=rule, chosen=ten[:6])


def test_k_centre_begins_in_the_middle_and_goes_to_the_edges() -> None:
    line = np.array([[0.0], [1.0], [5.0], [9.0], [10.0]], dtype=np.float32)
    assert k_centre(line, 3) == [2, 0, 4]


def test_k_median_chooses_from_the_crowd_and_k_centre_the_stranger() -> None:
    crowds = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2], [12.0]], dtype=np.float32)
    assert 6 in k_centre(crowds, 2)
    assert k_median(crowds, 2) == [3, 1]


def test_of_equal_listings_the_first_is_chosen() -> None:
    same = np.zeros((4, 3), dtype=np.float32)
    assert k_centre(same, 2) == [0, 1]
    assert k_median(same, 2) == [0, 1]


@pytest.mark.parametrize("rule", Rule)
def test_nothing_is_chosen_from_nothing(rule: Rule) -> None:
    assert choose(np.empty((0, 3), dtype=np.float32), 5, rule=rule) == []


def test_every_listing_is_stood_for_by_the_nearest() -> None:
    line = np.array([[0.0], [1.0], [2.0], [9.0], [10.0], [9.0]], dtype=np.float32)
    assert stand_for(line, [1, 3]) == [3, 3]
    assert stand_for(line, [3, 5]) == [5, 1], "of equal ones the first stands for the rest"
    assert stand_for(line, []) == []
