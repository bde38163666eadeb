import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from catalog.partitions import Parts, bounded, heads, merged, parts_of_equals

MOST_ROWS = 12
links = st.lists(st.tuples(st.integers(0, MOST_ROWS - 1), st.integers(0, MOST_ROWS - 1)), max_size=14)


def alone(rows: int = MOST_ROWS) -> Parts:
    return np.arange(rows)


def joined(parts: Parts, pairs: list[tuple[int, int]]) -> Parts:
    left, right = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    return merged(parts, left, right)


def chained_by_hand(pairs: list[tuple[int, int]]) -> list[int]:
    part_of = {row: {row} for row in range(MOST_ROWS)}
    for left, right in pairs:
        together = part_of[left] | part_of[right]
        part_of.update(dict.fromkeys(together, together))
    return [min(part_of[row]) for row in range(MOST_ROWS)]


def test_equal_values_form_a_part_and_zeros_stay_alone() -> None:
    assert parts_of_equals(np.array([7, 0, 9, 7, 0, 9])).tolist() == [0, 1, 2, 0, 4, 2]


@given(links, links)
def test_parts_are_what_links_connect_in_chains(
    first: list[tuple[int, int]], then: list[tuple[int, int]]
) -> None:
    assert joined(joined(alone(), first), then).tolist() == chained_by_hand(first + then)


@given(links)
def test_heads_are_the_first_rows_of_parts(pairs: list[tuple[int, int]]) -> None:
    parts = joined(alone(), pairs)
    assert heads(parts).tolist() == sorted(set(parts.tolist()))


def test_a_chain_that_grows_too_long_is_left_where_it_was_short() -> None:
    near = joined(alone(), [(0, 1), (2, 3), (4, 5)])
    far = joined(alone(), [(1, 2), (3, 4), (8, 9)])
    parts, cut = bounded(alone(), [near, far], most=4)
    assert parts.tolist() == [0, 0, 2, 2, 4, 4, 6, 7, 8, 8, 10, 11]
    assert cut == 1


def test_what_was_one_part_before_counts_once() -> None:
    base = joined(alone(), [(0, 1), (1, 2), (2, 3)])
    parts, cut = bounded(base, [joined(alone(), [(3, 4)])], most=2)
    assert parts[:5].tolist() == [0, 0, 0, 0, 0]
    assert cut == 0


@given(st.data(), st.lists(links, max_size=3), st.integers(1, 6))
def test_the_order_of_rows_does_not_matter(
    data: st.DataObject, levels: list[list[tuple[int, int]]], most: int
) -> None:
    order = np.array(data.draw(st.permutations(range(MOST_ROWS))))
    parts, cut = bounded(alone(), [joined(alone(), pairs) for pairs in levels], most=most)
    moved = [[(int(order[left]), int(order[right])) for left, right in pairs] for pairs in levels]
    parts_moved, cut_moved = bounded(alone(), [joined(alone(), pairs) for pairs in moved], most=most)
    together = parts[:, None] == parts[None, :]
    assert (together == (parts_moved[order][:, None] == parts_moved[order][None, :])).all()
    assert cut == cut_moved
