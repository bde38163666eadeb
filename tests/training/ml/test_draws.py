"""A draw that does not depend on the order, and keeps it."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from training.ml.draws import stable_draw

NAMES = [f"listing {number}/colour" for number in range(60)]


def drawn(names: list[str], most: int, *, seed: int = 0) -> list[str]:
    return stable_draw(names, most, seed=seed, name=str).rows


@given(most=st.integers(0, 60), shuffle=st.integers())
def test_the_same_rows_are_drawn_in_any_order(most: int, shuffle: int) -> None:
    mixed = random.Random(shuffle).sample(NAMES, len(NAMES))
    assert set(drawn(mixed, most)) == set(drawn(NAMES, most))
    assert len(drawn(NAMES, most)) == most


def test_rows_keep_their_order() -> None:
    assert drawn(NAMES, 20) == [name for name in NAMES if name in set(drawn(NAMES, 20))]


def test_everything_is_drawn_where_there_is_room() -> None:
    found = stable_draw(NAMES, 100, seed=0, name=str)
    assert (found.rows, found.of) == (NAMES, 60)


def test_a_larger_draw_has_the_smaller_one_in_it_and_another_seed_another() -> None:
    assert set(drawn(NAMES, 10)) < set(drawn(NAMES, 20))
    assert drawn(NAMES, 20) != drawn(NAMES, 20, seed=1)
